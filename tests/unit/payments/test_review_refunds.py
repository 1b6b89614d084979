"""Refunds that nobody knows the end of, resolved by an operator."""

import pytest
from msgspec.structs import replace

from paymux.kernel.ids import TimeSortedIds
from paymux.kernel.money import Money
from paymux.payments.application.evidence import EvidenceDesk
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.reviews import Reviews
from paymux.payments.domain.payment import Review
from paymux.payments.domain.refund import Refund
from paymux.payments.domain.resolution import EvidenceIsNotConfirmed, Resolution, Verdict
from paymux.payments.ports.connectors import NotFound, Outcome, RefundStatus
from tests.unit.payments.house import House
from tests.unit.payments.providers import OpensPages, failure
from tests.unit.payments.refund_house import (
    PAYMENT,
    SCHEDULE,
    SCOPE,
    RefundHouse,
    refund_report,
)


def _reviews(house: RefundHouse) -> Reviews:
    ids = TimeSortedIds(house.clock)
    others = House(OpensPages(house.store), house.store)
    return Reviews(
        units_of_work=house.store.unit_of_work,
        payments=others.payments,
        desk=EvidenceDesk(
            attempts=others.attempts,
            refund_calls=house.calls,
            dispute_calls=others.dispute.calls,
            clock=house.clock,
        ),
        observations=others.observations,
        refund_observations=house.observations,
        dispute_observations=others.dispute.observations,
        clock=house.clock,
        ids=ids,
    )


async def _unresolved() -> tuple[RefundHouse, Refund]:
    house = RefundHouse()
    house.provider.will("refund", failure(Outcome.UNKNOWN))
    house.provider.will("look_up_refund", failure(Outcome.UNKNOWN))
    refund = await house.give_back()
    await house.check(refund.id, len(SCHEDULE.rounds))
    assert house.payment.review is Review.UNRESOLVED
    return house, refund


async def _resolve(
    house: RefundHouse, verdict: Verdict, reference: str | None = None
) -> PaymentDetails:
    said = Resolution(
        verdict=verdict,
        evidence="Seen in the dashboard.",
        actor="key_1",
        subject_id=house.refund.id,
        provider_reference=reference,
    )
    return await _reviews(house).resolve(SCOPE, PAYMENT, said)


async def test_a_refund_that_the_provider_shows_is_applied() -> None:
    house, _ = await _unresolved()
    house.provider.will("look_up_refund", refund_report())
    details = await _resolve(house, Verdict.ACCEPT, "re_1")
    assert (details.refunds[0].status, details.payment.review) == ("succeeded", None)
    assert details.payment.amount_refunded == details.payment.amount_captured
    assert details.timeline[-1].refund_id == house.refund.id


@pytest.mark.parametrize(
    "shown",
    [
        NotFound(),
        failure(Outcome.NOT_SENT),
        refund_report(refund_id="ref_of_another"),
        replace(refund_report(), payment_reference="mov_2"),
        refund_report(amount=Money(1, "USD")),
    ],
)
async def test_a_refund_that_the_provider_does_not_show_is_refused(shown: object) -> None:
    house, _ = await _unresolved()
    house.provider.will("look_up_refund", shown)
    with pytest.raises(EvidenceIsNotConfirmed):
        await _resolve(house, Verdict.ACCEPT, "re_1")
    assert house.refund.is_unresolved
    assert house.payment.review is Review.UNRESOLVED


@pytest.mark.parametrize(
    ("verdict", "status", "refunded"),
    [(Verdict.SUCCEEDED, "succeeded", 1999), (Verdict.NEVER_HAPPENED, "not_sent", 0)],
)
async def test_a_refund_is_declared(verdict: Verdict, status: str, refunded: int) -> None:
    house, _ = await _unresolved()
    details = await _resolve(house, verdict)
    assert (details.refunds[0].status, details.payment.amount_refunded) == (status, refunded)
    assert details.payment.review is None


async def test_a_refund_that_is_known_to_be_pending_is_declared_canceled() -> None:
    house, refund = await _unresolved()
    await house.observe(refund_report(RefundStatus.PENDING, refund_id=refund.id))
    details = await _resolve(house, Verdict.NEVER_HAPPENED)
    assert details.refunds[0].status == "canceled"


async def test_another_amount_said_once_more_does_not_come_back() -> None:
    house, refund = await _unresolved()
    other = refund_report(amount=Money(1, "USD"), refund_id=refund.id)
    await house.observe(other)
    assert house.payment.review is Review.AMOUNT_MISMATCH
    await _resolve(house, Verdict.SUCCEEDED)
    await house.observe(other)
    assert house.payment.review is None
