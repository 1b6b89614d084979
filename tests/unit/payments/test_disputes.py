"""Disputes as they are reported, and what is told of them."""

from datetime import timedelta
from itertools import permutations

import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId, DisputeId
from paymux.kernel.money import Money
from paymux.payments.application.jobs import REMIND, WATCH_DISPUTE
from paymux.payments.domain.attempt_report import AttemptStatus, Effect
from paymux.payments.domain.payment import Review
from paymux.payments.domain.timeline import Source
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.disputes import DisputeStage, DisputeStatus
from paymux.payments.ports.inbound import Observed
from tests.unit.payments.attempts import NOW, PRICE
from tests.unit.payments.dispute_house import DUE, SCOPE, DisputeHouse, report
from tests.unit.payments.providers import failure
from tests.unit.payments.refund_house import paid_attempt

DAY = timedelta(days=1)


async def test_a_dispute_is_taken_in_and_told_of() -> None:
    house = DisputeHouse()
    assert await house.contest() is Observed.APPLIED
    known = house.contested.current
    assert (known.status, known.amount, known.evidence_due_at) == ("needs_response", PRICE, DUE)
    assert house.contested.attempt_id == "att_1"
    assert house.payment.disputed
    assert house.payment.review is None
    assert house.told == ["opened", "needs_response"]
    (entry,) = house.tables.timeline
    assert (entry.dispute_id, entry.source, entry.effect) == (
        house.dispute_id,
        Source.WEBHOOK,
        Effect.APPLIED,
    )
    assert entry.reason_message == "Chargeback; to be answered by 2026-12-03T12:00+00:00."
    assert [(job.name, job.after) for job in house.planned] == [
        (WATCH_DISPUTE, DAY),
        (REMIND, 7 * DAY),
    ]


async def test_a_repeated_report_changes_and_tells_nothing() -> None:
    house = DisputeHouse()
    await house.contest()
    assert await house.contest() is Observed.REPEATED
    assert len(house.tables.timeline) == 1
    assert house.told == ["opened", "needs_response"]
    assert len(house.planned) == 2


async def test_a_dispute_that_comes_before_its_payment_is_known_waits() -> None:
    house = DisputeHouse()
    unknown = report(payment_reference="mov_9")
    assert await house.contest(unknown) is Observed.SUBJECT_UNKNOWN
    assert not house.tables.disputes
    assert not house.payment.disputed
    house.keep(paid_attempt("att_2", AttemptStatus.DUPLICATE, "mov_9"))
    assert await house.contest(unknown) is Observed.APPLIED


async def test_another_connections_dispute_is_not_ours() -> None:
    house = DisputeHouse()
    assert await house.contest(connection_id=ConnectionId("con_2")) is Observed.SUBJECT_UNKNOWN


async def test_money_of_a_superseded_attempt_may_be_contested_too() -> None:
    house = DisputeHouse()
    house.keep(paid_attempt("att_2", AttemptStatus.DUPLICATE, "mov_2"))
    await house.contest(report(payment_reference="mov_2"))
    assert house.contested.attempt_id == "att_2"
    assert house.payment.disputed


async def test_a_payment_may_have_several_disputes_at_once() -> None:
    house = DisputeHouse()
    part = Money(500, "USD")
    await house.contest(report(amount=part))
    await house.contest(report(reference="dp_2", amount=part))
    await house.contest(report(DisputeStatus.WON, NOW + DAY, reference="dp_2", amount=part))
    first, second = house.tables.disputes.values()
    assert (first.status, second.status) == ("needs_response", "won")
    details = await house.payments.get(SCOPE, house.payment.id)
    assert [one.provider_reference for one in details.disputes] == ["dp_1", "dp_2"]
    assert house.told == ["opened", "needs_response", "opened", "needs_response", "won"]


@pytest.mark.parametrize("amount", [Money(PRICE.amount + 1, "USD"), Money(PRICE.amount, "EUR")])
async def test_more_than_was_taken_is_taken_in_and_goes_before_a_person(amount: Money) -> None:
    house = DisputeHouse()
    assert await house.contest(report(amount=amount)) is Observed.AMOUNT_MISMATCH
    assert house.contested.current.amount == amount
    assert house.payment.review is Review.AMOUNT_MISMATCH
    assert house.tables.timeline[-1].effect is Effect.AMOUNT_MISMATCH


async def test_an_odd_amount_that_a_person_has_seen_does_not_come_back() -> None:
    house = DisputeHouse()
    odd = Money(PRICE.amount + 1, "USD")
    await house.contest(report(amount=odd))
    house.payment.resolve_review()
    await house.contest(report(DisputeStatus.LOST, NOW + DAY, amount=odd))
    assert (house.contested.status, house.payment.review) == ("lost", None)
    await house.contest(report(DisputeStatus.LOST, NOW + DAY, amount=Money(odd.amount + 1, "USD")))
    assert house.payment.review is Review.AMOUNT_MISMATCH


async def test_every_turn_is_told_also_the_same_one_again() -> None:
    house = DisputeHouse()
    later = DUE + 5 * DAY
    for said in (
        report(),
        report(DisputeStatus.UNDER_REVIEW, NOW + DAY),
        report(at=NOW + 2 * DAY, due=later),
        report(DisputeStatus.UNDER_REVIEW, NOW + 3 * DAY),
        report(DisputeStatus.LOST, NOW + 4 * DAY),
    ):
        await house.contest(said)
    turns = ["needs_response", "under_review"]
    assert house.told == ["opened", *turns, *turns, "lost"]
    assert [job.detail for job in house.planned if job.name == REMIND] == [
        {"due": int(DUE.timestamp())},
        {"due": int(later.timestamp())},
    ]


async def test_a_new_stage_is_a_new_demand() -> None:
    house = DisputeHouse()
    await house.contest(report(stage=DisputeStage.INQUIRY))
    await house.contest(report(at=NOW + DAY, due=DUE + 9 * DAY))
    assert house.told == ["opened", "needs_response", "needs_response"]
    assert house.contested.current.stage == "chargeback"


async def test_reports_in_any_order_leave_one_state() -> None:
    said = (
        report(stage=DisputeStage.INQUIRY),
        report(at=NOW + DAY, due=DUE + DAY),
        report(DisputeStatus.UNDER_REVIEW, NOW + 2 * DAY),
        report(DisputeStatus.LOST, NOW + 3 * DAY),
    )
    ends = []
    for order in permutations(said):
        house = DisputeHouse()
        for one in order:
            await house.contest(one)
        known = house.contested
        ends.append((known.current, known.demand, known.review, house.payment.status))
        assert (house.told[0], house.told.count("lost")) == ("opened", 1)
    assert all(end == ends[0] for end in ends)


async def test_a_reminder_is_told_once_and_only_while_it_is_our_turn() -> None:
    house = DisputeHouse()
    await house.contest()
    for _ in range(2):
        await house.dispute.disputes.remind(SCOPE, house.dispute_id, int(DUE.timestamp()))
    assert house.told == ["opened", "needs_response", "due_soon"]
    await house.contest(report(DisputeStatus.UNDER_REVIEW, NOW + DAY))
    await house.contest(report(at=NOW + 2 * DAY, due=DUE + DAY))
    await house.dispute.disputes.remind(SCOPE, house.dispute_id, int(DUE.timestamp()))
    assert house.told.count("due_soon") == 1
    due = int((DUE + DAY).timestamp())
    await house.dispute.disputes.remind(SCOPE, house.dispute_id, due)
    assert house.told.count("due_soon") == 2


async def test_where_little_time_is_left_the_reminder_comes_half_way() -> None:
    house = DisputeHouse()
    await house.contest(report(due=NOW + 2 * DAY))
    (reminder,) = (job for job in house.planned if job.name == REMIND)
    assert reminder.after == DAY


async def test_a_deadline_that_has_passed_is_not_reminded_of() -> None:
    house = DisputeHouse()
    await house.contest(report(due=NOW - DAY))
    assert [job.name for job in house.planned] == [WATCH_DISPUTE]


async def test_an_open_dispute_is_looked_at_every_day_until_it_has_ended() -> None:
    house = DisputeHouse()
    await house.contest()
    house.provider.will("look_up_dispute", failure(Outcome.UNKNOWN))
    await house.dispute.disputes.watch(SCOPE, house.dispute_id)
    assert house.contested.status == "needs_response"
    house.provider.will("look_up_dispute", report(DisputeStatus.WON, None))
    await house.dispute.disputes.watch(SCOPE, house.dispute_id)
    assert house.contested.status == "won"
    assert house.tables.timeline[-1].source is Source.POLL
    watches = [job for job in house.planned if job.name == WATCH_DISPUTE]
    await house.dispute.disputes.watch(SCOPE, house.dispute_id)
    assert [job for job in house.planned if job.name == WATCH_DISPUTE] == watches


async def test_a_connection_that_is_gone_does_not_end_the_watch() -> None:
    house = DisputeHouse()
    await house.contest()
    house.connections.connectors.clear()
    await house.dispute.disputes.watch(SCOPE, house.dispute_id)
    assert [job.name for job in house.planned].count(WATCH_DISPUTE) == 2


async def test_a_dispute_that_is_taken_up_again_is_watched_again() -> None:
    house = DisputeHouse()
    await house.contest(report(DisputeStatus.LOST))
    assert not house.planned
    await house.contest(report(DisputeStatus.UNDER_REVIEW, NOW + 9 * DAY))
    assert [job.name for job in house.planned] == [WATCH_DISPUTE]


async def test_a_connection_with_an_open_dispute_is_still_needed() -> None:
    house = DisputeHouse()
    assert not await house.payments.has_open_attempts(SCOPE, ConnectionId("con_1"))
    await house.contest()
    assert await house.payments.has_open_attempts(SCOPE, ConnectionId("con_1"))


async def test_an_unknown_dispute_is_not_found() -> None:
    with pytest.raises(ThingIsNotFound):
        await DisputeHouse().dispute.disputes.get(SCOPE, DisputeId("dsp_9"))
