"""Disputes that a person or a reader makes us find out about."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId, DisputeId, TimeSortedIds
from paymux.kernel.pages import PageRequest
from paymux.payments.application.evidence import EvidenceDesk
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.reconciliation import Reconciliation
from paymux.payments.application.reviews import Reviews
from paymux.payments.domain.payment import Review
from paymux.payments.domain.resolution import (
    EndIsKnown,
    EvidenceIsNotConfirmed,
    Resolution,
    SomethingIsUnresolved,
    Verdict,
)
from paymux.payments.ports.connectors import NotFound, Outcome
from paymux.payments.ports.disputes import DisputeStatus
from tests.unit.payments.dispute_house import (
    LOST,
    SCOPE,
    UNDER_REVIEW,
    DisputeHouse,
    report,
)
from tests.unit.payments.house import SCHEDULE
from tests.unit.payments.providers import failure
from tests.unit.payments.refund_house import PAYMENT, RefundHouse

_REST = timedelta(seconds=5)


def _reviews(house: DisputeHouse) -> Reviews:
    refunds = RefundHouse()
    return Reviews(
        units_of_work=house.store.unit_of_work,
        payments=house.payments,
        desk=EvidenceDesk(
            attempts=house.attempts,
            refund_calls=refunds.calls,
            dispute_calls=house.dispute.calls,
            clock=house.clock,
        ),
        observations=house.observations,
        refund_observations=refunds.observations,
        dispute_observations=house.dispute.observations,
        clock=house.clock,
        ids=TimeSortedIds(house.clock),
    )


def _readers(house: DisputeHouse) -> Reconciliation:
    return Reconciliation(
        payments=house.payments,
        attempts=house.attempts,
        capture_calls=house.capture_calls,
        refund_calls=RefundHouse().calls,
        disputes=house.dispute.disputes,
        dispute_calls=house.dispute.calls,
        breakers=house.breakers,
        clock=house.clock,
    )


async def _unresolved() -> DisputeHouse:
    house = DisputeHouse()
    await house.contest()
    house.provider.will("defend", failure(Outcome.UNKNOWN))
    house.provider.will("look_up_dispute", failure(Outcome.UNKNOWN))
    await house.defend()
    await house.check_response(len(SCHEDULE.rounds))
    assert house.payment.review is Review.UNRESOLVED
    return house


async def _resolve(
    house: DisputeHouse, verdict: Verdict, reference: str | None = None
) -> PaymentDetails:
    said = Resolution(
        verdict=verdict,
        evidence="Seen in the dashboard.",
        actor="key_1",
        subject_id=house.response.id,
        provider_reference=reference,
    )
    return await _reviews(house).resolve(SCOPE, PAYMENT, said)


async def test_an_unanswered_response_is_in_the_queue() -> None:
    house = await _unresolved()
    (entry,) = (await _reviews(house).list(SCOPE, PageRequest())).items
    assert [one.id for one in entry.subjects] == [house.response.id]
    assert not entry.can_be_handled
    with pytest.raises(SomethingIsUnresolved):
        await _resolve(house, Verdict.HANDLED)


async def test_what_the_provider_shows_of_a_dispute_is_applied() -> None:
    house = await _unresolved()
    house.clock.go_on(_REST)
    house.provider.will("look_up_dispute", UNDER_REVIEW)
    details = await _resolve(house, Verdict.ACCEPT, "dp_1")
    assert (house.response.status, house.contested.status) == ("succeeded", "under_review")
    assert details.payment.review is None
    shown, noted = details.timeline[-2:]
    assert (shown.source, shown.dispute_id) == ("operator", house.dispute_id)
    assert (noted.status, noted.dispute_id) == ("review_resolved", house.dispute_id)
    house.payment.ask_for_review(Review.UNRESOLVED)
    with pytest.raises(EndIsKnown):
        await _resolve(house, Verdict.SUCCEEDED)


@pytest.mark.parametrize(
    ("shown", "reference"),
    [
        (UNDER_REVIEW, "dp_9"),
        (NotFound(), "dp_1"),
        (failure(Outcome.UNKNOWN), "dp_1"),
        (report(at=None), "dp_1"),
    ],
)
async def test_what_the_provider_does_not_show_is_not_believed(
    shown: object, reference: str
) -> None:
    house = await _unresolved()
    house.provider.will("look_up_dispute", shown)
    with pytest.raises(EvidenceIsNotConfirmed):
        await _resolve(house, Verdict.ACCEPT, reference)
    assert house.response.status == "unknown"
    assert house.payment.review is Review.UNRESOLVED


@pytest.mark.parametrize(
    ("verdict", "status"), [(Verdict.SUCCEEDED, "succeeded"), (Verdict.NEVER_HAPPENED, "not_sent")]
)
async def test_an_admin_may_say_whether_it_arrived(verdict: Verdict, status: str) -> None:
    house = await _unresolved()
    await _resolve(house, verdict)
    assert house.response.status == status
    assert house.contested.status == "needs_response"


async def test_after_it_never_happened_the_merchant_may_answer_again() -> None:
    house = await _unresolved()
    await _resolve(house, Verdict.NEVER_HAPPENED)
    house.provider.will("defend", UNDER_REVIEW)
    assert (await house.defend()).status == "succeeded"


async def test_whoever_reads_an_open_dispute_sees_how_it_stands() -> None:
    house = DisputeHouse()
    await house.contest()
    house.provider.will("look_up_dispute", LOST)
    details = await _readers(house).dispute(SCOPE, house.dispute_id)
    assert details.dispute.status == "lost"


async def test_readers_of_a_dispute_do_not_ask_too_often_nor_after_its_end() -> None:
    house = DisputeHouse()
    await house.contest()
    readers = _readers(house)
    for _ in range(3):
        await readers.dispute(SCOPE, house.dispute_id)
    assert len(house.provider.asked["look_up_dispute"]) == 1
    house.clock.go_on(_REST)
    house.provider.will("look_up_dispute", report(DisputeStatus.WON, None))
    await readers.dispute(SCOPE, house.dispute_id)
    house.clock.go_on(_REST)
    await readers.dispute(SCOPE, house.dispute_id)
    assert len(house.provider.asked["look_up_dispute"]) == 2


async def test_nobody_is_asked_while_the_breaker_is_open() -> None:
    house = DisputeHouse()
    await house.contest()
    house.breakers.open.add(ConnectionId("con_1"))
    await _readers(house).dispute(SCOPE, house.dispute_id)
    assert "look_up_dispute" not in house.provider.asked


async def test_a_reader_finds_out_about_an_unanswered_response() -> None:
    house = await _unresolved()
    house.provider.will("defend", UNDER_REVIEW)
    details = await _readers(house).dispute(SCOPE, house.dispute_id)
    assert [one.status for one in details.responses] == ["succeeded"]
    assert details.dispute.status == "under_review"


async def test_a_reader_of_the_payment_does_too() -> None:
    house = await _unresolved()
    house.provider.will("defend", UNDER_REVIEW)
    details = await _readers(house).get(SCOPE, PAYMENT)
    assert [one.status for one in details.responses] == ["succeeded"]


async def test_an_unknown_dispute_is_not_found_by_readers() -> None:
    with pytest.raises(ThingIsNotFound):
        await _readers(DisputeHouse()).dispute(SCOPE, DisputeId("dsp_9"))


async def test_the_time_of_a_look_is_when_it_began() -> None:
    house = DisputeHouse()
    await house.contest(report(DisputeStatus.UNDER_REVIEW))
    house.clock.go_on(timedelta(hours=1))
    house.provider.will("look_up_dispute", replace(report(), occurred_at=None))
    await _readers(house).dispute(SCOPE, house.dispute_id)
    assert house.contested.status == "needs_response"
