"""Ids sort by time, and nothing else has their shape."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paymux.kernel.clock import SystemClock
from paymux.kernel.ids import TimeSortedIds, earliest_id, has_id_shape


class _Clock:
    def __init__(self, time: datetime) -> None:
        self.time = time

    def now(self) -> datetime:
        return self.time


_times = st.datetimes(datetime(2020, 1, 1), datetime(2500, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(_times, st.timedeltas(timedelta(milliseconds=1), timedelta(days=9999)))
def test_a_later_id_sorts_after_an_earlier_one(time: datetime, wait: timedelta) -> None:
    clock = _Clock(time)
    ids = TimeSortedIds(clock)
    earlier = ids.new("pay")
    clock.time += wait
    later = ids.new("pay")
    assert earlier < later
    assert earliest_id("pay", clock.time) <= later


@given(_times, st.lists(st.timedeltas(timedelta(days=-1), timedelta(milliseconds=1)), max_size=20))
def test_ids_of_one_process_sort_as_they_were_made_even_when_the_clock_stands_or_goes_back(
    time: datetime, steps: list[timedelta]
) -> None:
    clock = _Clock(time)
    ids = TimeSortedIds(clock)
    made = [ids.new("pay")]
    for step in steps:
        clock.time += step
        made.append(ids.new("pay"))
    assert made == sorted(set(made))


@given(_times, st.from_regex(r"[a-z]{2,5}", fullmatch=True))
def test_every_id_has_the_shape_of_one(time: datetime, prefix: str) -> None:
    made = TimeSortedIds(_Clock(time)).new(prefix)
    assert made.startswith(f"{prefix}_")
    assert len(made) == len(prefix) + 27
    assert has_id_shape(made)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pay_",
        "pay_01",
        "PAY_00000000000000000000000000",
        "pay_0000000000000000000000000u",
        "pay_00000000000000000000000000\n",
        "pay-00000000000000000000000000",
        "p_00000000000000000000000000",
        "pay_00000000000000000000000000x",
        "pay_0000000000000000000000000\x00",
    ],
)
def test_nonsense_has_not(text: str) -> None:
    assert not has_id_shape(text)


def test_ten_thousand_ids_of_one_instant_differ() -> None:
    ids = TimeSortedIds(_Clock(datetime(2026, 11, 23, tzinfo=UTC)))
    assert len({ids.new("pay") for _ in range(10_000)}) == 10_000


def test_tokens_are_long_and_fit_into_a_url() -> None:
    ids = TimeSortedIds(SystemClock())
    tokens = {ids.token() for _ in range(100)}
    assert len(tokens) == 100
    assert all(
        len(one) == 32 and one.replace("-", "").replace("_", "").isalnum() for one in tokens
    )


def test_the_clock_tells_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)
