"""The operator's queue: what is in it, and how what they find out is taken in."""

from typing import TypeVar

import msgspec
import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import PaymentId, TimeSortedIds
from paymux.kernel.money import Money
from paymux.kernel.pages import PageRequest
from paymux.payments.application.evidence import EvidenceDesk
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.refund_calls import RefundCalls
from paymux.payments.application.refund_drafts import RefundDrafts
from paymux.payments.application.refund_observations import RefundObservations
from paymux.payments.application.reviews import Reviews
from paymux.payments.domain.payment import PaymentIsNotInReview, Review
from paymux.payments.domain.resolution import (
    EndIsKnown,
    EvidenceIsNotConfirmed,
    Resolution,
    SomethingIsUnresolved,
    Verdict,
)
from paymux.payments.ports.connectors import NotFound, ObservedStatus, Outcome
from tests.unit.payments.attempts import PRICE
from tests.unit.payments.holding import Afterwards, HoldingHouse, HoldsMoney
from tests.unit.payments.house import SCHEDULE, SCOPE, House
from tests.unit.payments.providers import OpensPages, failure, seen

T = TypeVar("T", bound=OpensPages)
USED_UP = len(SCHEDULE.rounds)
OTHER_AMOUNT = msgspec.structs.replace(
    seen(ObservedStatus.SUCCEEDED, "mov_1"), amount=Money(PRICE.amount - 1, "USD")
)


def _reviews(house: House[T]) -> Reviews:
    ids = TimeSortedIds(house.clock)
    refund_observations = RefundObservations(
        units_of_work=house.store.unit_of_work,
        observations=house.observations,
        drafts=RefundDrafts(clock=house.clock, ids=ids),
        clock=house.clock,
        ids=ids,
    )
    refund_calls = RefundCalls(
        units_of_work=house.store.unit_of_work,
        calls=house.calls,
        observations=refund_observations,
        decisions=house.decisions,
        watch=house.watch,
        clock=house.clock,
    )
    return Reviews(
        units_of_work=house.store.unit_of_work,
        payments=house.payments,
        desk=EvidenceDesk(
            attempts=house.attempts,
            refund_calls=refund_calls,
            dispute_calls=house.dispute.calls,
            clock=house.clock,
        ),
        observations=house.observations,
        refund_observations=refund_observations,
        dispute_observations=house.dispute.observations,
        clock=house.clock,
        ids=ids,
    )


def _said(
    verdict: Verdict, subject_id: str | None = None, reference: str | None = None
) -> Resolution:
    return Resolution(
        verdict=verdict,
        evidence="Seen in the dashboard.",
        actor="key_1",
        subject_id=subject_id,
        provider_reference=reference,
    )


async def _resolve(house: House[T], said: Resolution) -> PaymentDetails:
    return await _reviews(house).resolve(SCOPE, house.payment_id, said)


async def _unresolved(house: House[OpensPages]) -> None:
    house.provider.will("create", failure(Outcome.UNKNOWN))
    house.provider.will("look_up", failure(Outcome.UNKNOWN))
    await house.create()
    await house.check(done=USED_UP)
    assert house.payment.review is Review.UNRESOLVED


async def _other_amount_paid(house: House[OpensPages]) -> None:
    await house.create()
    await house.observe(OTHER_AMOUNT)
    assert house.payment.review is Review.AMOUNT_MISMATCH


async def test_the_queue_says_what_is_open_and_since_when(house: House[OpensPages]) -> None:
    await _unresolved(house)
    (entry,) = (await _reviews(house).list(SCOPE, PageRequest())).items
    assert entry.details.payment.review is Review.UNRESOLVED
    assert entry.details.payment.review_since == house.clock.now()
    assert [one.id for one in entry.subjects] == [house.attempt_id]
    assert not entry.can_be_handled


async def test_a_payment_that_waits_for_nobody_is_not_in_the_queue(
    house: House[OpensPages],
) -> None:
    await house.create()
    assert (await _reviews(house).list(SCOPE, PageRequest())).items == []
    with pytest.raises(PaymentIsNotInReview):
        await _resolve(house, _said(Verdict.HANDLED))


async def test_what_the_provider_shows_is_applied(house: House[OpensPages]) -> None:
    await _unresolved(house)
    house.provider.will("look_up", seen(ObservedStatus.SUCCEEDED, "mov_1"))
    details = await _resolve(house, _said(Verdict.ACCEPT, house.attempt_id, "ses_1"))
    assert (details.payment.status, details.payment.review) == ("succeeded", None)
    assert details.payment.review_since is None
    applied, noted = details.timeline[-2:]
    assert (applied.source, applied.status, applied.effect) == ("operator", "succeeded", "applied")
    assert (noted.source, noted.status, noted.reason_code) == (
        "operator",
        "review_resolved",
        "accept",
    )
    assert (noted.actor, noted.reason_message) == ("key_1", "Seen in the dashboard.")
    assert house.events[-2:] == ["payment.succeeded", "payment.review_resolved"]


@pytest.mark.parametrize(
    "shown",
    [
        NotFound(),
        failure(Outcome.UNKNOWN),
        seen(ObservedStatus.SUCCEEDED, "mov_1", attempt_id="att_of_another"),
        OTHER_AMOUNT,
    ],
)
async def test_what_the_provider_does_not_confirm_is_refused(
    house: House[OpensPages], shown: object
) -> None:
    await _unresolved(house)
    house.provider.will("look_up", shown)
    before = house.tables.timeline[:]
    with pytest.raises(EvidenceIsNotConfirmed):
        await _resolve(house, _said(Verdict.ACCEPT, house.attempt_id, "ses_1"))
    assert house.payment.review is Review.UNRESOLVED
    assert house.attempt.status == "unknown"
    assert house.tables.timeline == before


async def test_a_reference_other_than_the_one_we_know_is_refused(
    house: House[OpensPages],
) -> None:
    await _other_amount_paid(house)
    with pytest.raises(EvidenceIsNotConfirmed):
        await _resolve(house, _said(Verdict.ACCEPT, house.attempt_id, "ses_2"))


async def test_an_unknown_call_is_declared_never_to_have_happened(
    house: House[OpensPages],
) -> None:
    await _unresolved(house)
    details = await _resolve(house, _said(Verdict.NEVER_HAPPENED, house.attempt_id))
    assert (details.attempts[0].status, details.payment.review) == ("not_sent", None)
    assert details.attempts[0].reason_code == "declared_by_operator"


async def test_an_unknown_call_is_declared_to_have_succeeded(house: House[OpensPages]) -> None:
    await _unresolved(house)
    details = await _resolve(house, _said(Verdict.SUCCEEDED, house.attempt_id, "mov_9"))
    assert (details.payment.status, details.payment.amount_captured) == ("succeeded", 1999)
    assert details.attempts[0].payment_reference == "mov_9"


async def test_the_provider_has_the_last_word_over_a_declaration(
    house: House[OpensPages],
) -> None:
    await _unresolved(house)
    await _resolve(house, _said(Verdict.NEVER_HAPPENED, house.attempt_id))
    await house.observe(seen(ObservedStatus.SUCCEEDED, "mov_1", attempt_id=house.attempt_id))
    assert house.payment.status == "succeeded"


async def test_what_is_known_is_not_declared_away(house: House[OpensPages]) -> None:
    await _unresolved(house)
    await house.observe(seen(ObservedStatus.SUCCEEDED, "mov_1", attempt_id=house.attempt_id))
    with pytest.raises(EndIsKnown):
        await _resolve(house, _said(Verdict.NEVER_HAPPENED, house.attempt_id))
    details = await _resolve(house, _said(Verdict.HANDLED))
    assert (details.payment.status, details.payment.review) == ("succeeded", None)


async def test_nothing_is_handled_while_something_is_unknown(house: House[OpensPages]) -> None:
    await _unresolved(house)
    with pytest.raises(SomethingIsUnresolved):
        await _resolve(house, _said(Verdict.HANDLED))


async def test_another_amount_is_handled_and_does_not_come_back_by_being_said_again(
    house: House[OpensPages],
) -> None:
    await _other_amount_paid(house)
    await _resolve(house, _said(Verdict.NEVER_HAPPENED, house.attempt_id))
    assert (house.attempt.status, house.payment.review) == ("canceled", None)
    await house.observe(OTHER_AMOUNT)
    assert house.payment.review is None
    yet_another = msgspec.structs.replace(OTHER_AMOUNT, amount=Money(1, "USD"))
    await house.observe(yet_another)
    assert house.payment.review is Review.AMOUNT_MISMATCH


async def test_a_second_success_is_handled_once_it_has_been_looked_at(
    house: House[OpensPages],
) -> None:
    await house.create()
    await house.observe(seen(ObservedStatus.SUCCEEDED, "mov_1"))
    await house.observe(seen(ObservedStatus.SUCCEEDED, "mov_2"))
    assert house.payment.review is Review.SECOND_SUCCESS
    await _resolve(house, _said(Verdict.HANDLED))
    await house.observe(seen(ObservedStatus.SUCCEEDED, "mov_2"))
    (payment,) = house.tables.payments.values()
    assert (payment.status, payment.review) == ("succeeded", None)


async def test_of_two_operators_the_second_is_told(house: House[OpensPages]) -> None:
    await _unresolved(house)
    said = _said(Verdict.NEVER_HAPPENED, house.attempt_id)
    await _resolve(house, said)
    with pytest.raises(PaymentIsNotInReview):
        await _resolve(house, said)


@pytest.mark.parametrize("subject_id", ["att_nobodys", None])
async def test_what_is_not_of_this_payment_is_not_found(
    house: House[OpensPages], subject_id: str | None
) -> None:
    await _unresolved(house)
    with pytest.raises(ThingIsNotFound):
        await _resolve(house, _said(Verdict.SUCCEEDED, subject_id))
    with pytest.raises(ThingIsNotFound):
        await _reviews(house).resolve(SCOPE, PaymentId("pay_2"), _said(Verdict.HANDLED))


async def _capture_unresolved(house: HoldingHouse, amount: int | None = None) -> None:
    await house.held()
    house.provider.will("capture", failure(Outcome.UNKNOWN))
    house.provider.will("look_up", failure(Outcome.UNKNOWN))
    await house.capture(amount, is_final=amount is None)
    await house.check_capture(done=USED_UP)
    assert house.payment.review is Review.UNRESOLVED


async def test_a_capture_that_the_provider_shows_is_applied() -> None:
    house = HoldingHouse()
    await _capture_unresolved(house)
    taken = HoldsMoney(house.store)
    taken.taken, taken.is_over = {"key": PRICE.amount}, True
    house.provider.will("look_up", taken.state)
    details = await _resolve(house, _said(Verdict.ACCEPT, house.last.id, "ses_1"))
    assert (details.captures[0].status, details.payment.status) == ("succeeded", "succeeded")
    assert details.payment.review is None


async def test_a_capture_that_the_provider_does_not_show_is_refused() -> None:
    house = HoldingHouse()
    await _capture_unresolved(house)
    house.provider.will("look_up", None)
    with pytest.raises(EvidenceIsNotConfirmed):
        await _resolve(house, _said(Verdict.ACCEPT, house.last.id, "ses_1"))


@pytest.mark.parametrize(
    ("verdict", "status", "taken"),
    [(Verdict.SUCCEEDED, "succeeded", 700), (Verdict.NEVER_HAPPENED, "not_sent", 0)],
)
async def test_a_capture_is_declared(verdict: Verdict, status: str, taken: int) -> None:
    house = HoldingHouse()
    await _capture_unresolved(house, 700)
    details = await _resolve(house, _said(verdict, house.last.id))
    assert (details.captures[0].status, details.payment.status) == (status, "authorized")
    assert (details.payment.amount_captured, details.payment.review) == (taken, None)


@pytest.mark.parametrize(
    ("verdict", "status", "then"),
    [
        (Verdict.SUCCEEDED, "succeeded", "canceled"),
        (Verdict.NEVER_HAPPENED, "not_sent", "authorized"),
    ],
)
async def test_a_void_is_declared(verdict: Verdict, status: str, then: str) -> None:
    house = HoldingHouse()
    await house.held()
    house.provider.will("void", Afterwards(failure(Outcome.UNKNOWN)))
    house.provider.will("look_up", failure(Outcome.UNKNOWN))
    await house.void()
    await house.check_capture(done=USED_UP)
    details = await _resolve(house, _said(verdict, house.last.id))
    assert (details.captures[0].status, details.payment.status) == (status, then)
