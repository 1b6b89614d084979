from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from paymux.console.charts import HEIGHT, WIDTH, bar_chart, grouped
from paymux.payments.ports.views import PaymentsInTime

START = datetime(2026, 11, 23, tzinfo=UTC)


def steps(*counts: dict[str, int]) -> list[PaymentsInTime]:
    return [
        PaymentsInTime(START + timedelta(hours=number), one) for number, one in enumerate(counts)
    ]


def test_statuses_amount_to_paid_open_or_unpaid() -> None:
    counts = {"succeeded": 1, "processing": 2, "requires_action": 3, "authorized": 4}
    assert grouped({**counts, "failed": 5, "canceled": 6, "expired": 7}) == {
        "paid": 1,
        "open": 9,
        "unpaid": 18,
    }


def test_a_status_nobody_has_heard_of_is_not_lost() -> None:
    assert grouped({"strange": 2})["unpaid"] == 2


def test_the_highest_bar_fills_the_chart_and_others_in_proportion() -> None:
    chart = bar_chart(steps({"succeeded": 4}, {"succeeded": 1, "failed": 1}, {}))
    assert chart.highest == 4
    assert [sum(p.height for p in bar.pieces) for bar in chart.bars] == [HEIGHT, HEIGHT / 2, 0]


def test_pieces_stand_on_each_other_from_the_ground_up() -> None:
    [bar] = bar_chart(steps({"succeeded": 1, "processing": 1, "failed": 2})).bars
    ground = float(HEIGHT)
    for piece in bar.pieces:
        ground -= piece.height
        assert piece.y == pytest.approx(ground)
    assert ground == pytest.approx(0)


def test_bars_stay_within_the_chart_and_apart() -> None:
    bars = bar_chart(steps(*[{"succeeded": 1}] * 24)).bars
    edges = [(bar.pieces[0].x, bar.pieces[0].x + bar.pieces[0].width) for bar in bars]
    assert edges[0][0] > 0
    assert edges[-1][1] < WIDTH
    assert all(left[1] < right[0] for left, right in pairwise(edges))


@pytest.mark.parametrize("counts", [(), ({},), ({}, {})])
def test_nothing_is_drawn_for_nothing(counts: tuple[dict[str, int], ...]) -> None:
    chart = bar_chart(steps(*counts))
    assert chart.highest == 0
    assert not [bar for bar in chart.bars if bar.pieces]
