"""Giving money back: reserved first, sent once, never more than was taken."""

import msgspec
import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import PaymentId
from paymux.kernel.money import Money
from paymux.kernel.origin import Origin
from paymux.kernel.pages import PageRequest
from paymux.payments.application.refund_drafts import NewRefund, PaymentIsNotRefundable
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.domain.payment import PaymentStatus
from paymux.payments.domain.refund import RefundExceedsCapturedAmount, RefundStatus
from paymux.payments.ports import connectors
from paymux.payments.ports.books import RefundFilter
from paymux.payments.ports.connectors import NotFound, Outcome
from paymux.payments.ports.currencies import AmountIsNotTaken, CurrencyRule, ProviderCurrencies
from paymux.payments.ports.plugins import Operation
from paymux.payments.ports.refunds import RefundRequest
from tests.unit.payments.attempts import PRICE, payment
from tests.unit.payments.providers import CONNECTION, Idle, failure
from tests.unit.payments.refund_house import (
    PAYMENT,
    SCHEDULE,
    SCOPE,
    RefundHouse,
    paid_attempt,
    refund_report,
    refunding,
)

ENDED = [
    (Outcome.NOT_SENT, RefundStatus.NOT_SENT),
    (Outcome.CREDENTIALS, RefundStatus.NOT_SENT),
    (Outcome.REJECTED, RefundStatus.REJECTED),
    (Outcome.DECLINED_SOFT, RefundStatus.REJECTED),
    (Outcome.DECLINED_HARD, RefundStatus.REJECTED),
]
OPEN_OUTCOMES = [
    Outcome.UNKNOWN,
    Outcome.NOT_PROCESSED,
    Outcome.IN_PROGRESS,
    Outcome.DONE_ALREADY,
    Outcome.NEEDS_PAYER,
]


@pytest.fixture(name="house")
def _house() -> RefundHouse:
    return RefundHouse()


async def test_all_of_it_is_given_back_when_no_amount_is_told(house: RefundHouse) -> None:
    refund = await house.give_back(reason="Ordered twice")
    assert (refund.status, refund.amount) == (RefundStatus.SUCCEEDED, PRICE)
    assert (house.payment.amount_refunded, house.payment.status) == (1999, "succeeded")
    [request] = house.provider.requests
    assert (request.reason, request.captured, request.replay) == ("Ordered twice", PRICE, False)
    assert (request.payment_reference, request.provider_reference) == ("mov_1", "ses_1")
    assert house.events == ["refund.created", "refund.succeeded"]


async def test_the_refund_is_durable_with_its_key_and_watch_before_the_call(
    house: RefundHouse,
) -> None:
    await house.give_back(500)
    assert house.store.log[:2] == ["commit", "refund"]
    kept = msgspec.json.decode(house.refund.request, type=RefundRequest)
    assert [kept] == house.provider.requests
    assert kept.idempotency_key == house.refund.idempotency_key == f"paymux-{house.refund.id}"
    [job] = house.jobs
    assert (job.name, job.subject_id) == ("refunds.check", house.refund.id)
    assert job.after == SCHEDULE.first


async def test_several_parts_are_given_back_and_no_more_than_all(house: RefundHouse) -> None:
    for part in (500, 499, 1):
        await house.give_back(part)
    with pytest.raises(RefundExceedsCapturedAmount):
        await house.give_back(1000)
    await house.give_back()
    assert house.payment.amount_refunded == 1999
    with pytest.raises(RefundExceedsCapturedAmount):
        await house.give_back()
    assert len(house.provider.requests) == 4


async def test_what_is_on_its_way_back_cannot_be_given_back_again(house: RefundHouse) -> None:
    house.provider.will("refund", refund_report(connectors.RefundStatus.PENDING))
    await house.give_back()
    with pytest.raises(RefundExceedsCapturedAmount, match="At most 0"):
        await house.give_back(1)
    assert house.payment.amount_refunded == 0


@pytest.mark.parametrize(("outcome", "status"), ENDED)
async def test_a_refund_that_the_provider_will_not_make_frees_the_money(
    house: RefundHouse, outcome: Outcome, status: RefundStatus
) -> None:
    house.provider.will("refund", failure(outcome), None)
    refund = await house.give_back()
    assert (refund.status, refund.reason_code) == (status, f"it_{outcome}")
    assert house.events == ["refund.created", "refund.failed"]
    again = await house.give_back()
    assert again.status is RefundStatus.SUCCEEDED
    assert house.payment.amount_refunded == 1999


@pytest.mark.parametrize("outcome", OPEN_OUTCOMES)
async def test_a_refund_of_unknown_outcome_keeps_the_money(
    house: RefundHouse, outcome: Outcome
) -> None:
    house.provider.will("refund", failure(outcome))
    refund = await house.give_back()
    assert refund.status is RefundStatus.UNKNOWN
    with pytest.raises(RefundExceedsCapturedAmount):
        await house.give_back(1)
    assert house.events == ["refund.created"]


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.DONE_ALREADY])
async def test_an_unknown_outcome_is_verified_at_once_with_the_very_same_call(
    house: RefundHouse, outcome: Outcome
) -> None:
    house.provider.will("refund", failure(outcome), refund_report())
    assert (await house.give_back()).status is RefundStatus.SUCCEEDED
    first, second = house.provider.requests
    assert second.replay
    assert msgspec.structs.replace(second, replay=False) == first


async def test_a_provider_that_is_busy_is_left_alone_for_now(house: RefundHouse) -> None:
    house.provider.will("refund", failure(Outcome.NOT_PROCESSED))
    await house.give_back()
    assert len(house.provider.requests) == 1


async def test_a_replay_that_stays_unknown_is_looked_up(house: RefundHouse) -> None:
    house.provider.will("refund", failure(Outcome.UNKNOWN))
    house.provider.will("look_up_refund", refund_report())
    assert (await house.give_back()).status is RefundStatus.SUCCEEDED


async def test_absence_right_after_a_call_proves_nothing(house: RefundHouse) -> None:
    house.provider.will("refund", failure(Outcome.UNKNOWN))
    house.provider.will("look_up_refund", NotFound())
    assert (await house.give_back()).status is RefundStatus.UNKNOWN


async def test_an_exception_out_of_a_connector_is_an_unknown_outcome(house: RefundHouse) -> None:
    house.provider.will("refund", RuntimeError("bug"))
    assert (await house.give_back()).status is RefundStatus.UNKNOWN


async def test_nothing_can_be_given_back_of_what_was_not_captured(house: RefundHouse) -> None:
    house.keep(payment())
    with pytest.raises(PaymentIsNotRefundable, match="nothing has been captured"):
        await house.give_back()
    assert not house.tables.refunds


async def test_an_unknown_payment_is_refused(house: RefundHouse) -> None:
    with pytest.raises(ThingIsNotFound):
        await house.refunds.create(SCOPE, NewRefund(payment_id=PaymentId("pay_9")))


async def test_a_provider_that_cannot_refund_is_said_so_before_anything_is_stored(
    house: RefundHouse,
) -> None:
    house.connections.found = [refunding(Operation.CREATE_CHECKOUT)]
    with pytest.raises(PaymentIsNotRefundable, match="cannot give money back"):
        await house.give_back()
    assert not house.tables.refunds


async def test_a_connector_that_cannot_what_its_package_declares_rejects(
    house: RefundHouse,
) -> None:
    house.connections.connectors[CONNECTION] = Idle()
    refund = await house.give_back()
    assert (refund.status, refund.reason_code) == (RefundStatus.REJECTED, "capability_missing")


async def test_money_whose_movement_has_no_name_yet_is_refused(house: RefundHouse) -> None:
    house.keep(paid_attempt(reference=None))
    with pytest.raises(PaymentIsNotRefundable, match="has not said yet"):
        await house.give_back()


async def test_a_part_may_be_below_what_a_payment_may_be_but_must_be_countable(
    house: RefundHouse,
) -> None:
    assert (await house.give_back(1)).amount == Money(1, "USD")
    [connection] = house.connections.found
    coarse = ProviderCurrencies("acme", {"USD": CurrencyRule(0)})
    capabilities = msgspec.structs.replace(connection.capabilities, currencies=coarse)
    connection = msgspec.structs.replace(connection, capabilities=capabilities)
    house.connections.found = [connection]
    with pytest.raises(AmountIsNotTaken):
        await house.give_back(150)


async def test_money_is_given_back_from_the_attempt_that_took_it(house: RefundHouse) -> None:
    house.keep(
        paid_attempt("att_0", AttemptStatus.DUPLICATE, "mov_0"),
        paid_attempt("att_2", AttemptStatus.EXPIRED, None),
    )
    await house.give_back()
    assert [request.attempt_id for request in house.provider.requests] == ["att_1"]


async def test_a_request_that_died_half_way_is_finished_and_not_made_again(
    house: RefundHouse,
) -> None:
    new, stem = NewRefund(payment_id=PAYMENT, amount=500), "0" * 26
    house.provider.will("refund", failure(Outcome.IN_PROGRESS), None)
    first = await house.refunds.create(SCOPE, new, Origin(stem))
    again = await house.refunds.create(SCOPE, new, Origin(stem, is_repeated=True))
    assert first.id == again.id == f"ref_{stem}"
    assert (first.status, again.status) == (RefundStatus.UNKNOWN, RefundStatus.SUCCEEDED)
    assert house.payment.amount_refunded == 500


async def test_a_request_that_died_before_anything_was_stored_is_made(house: RefundHouse) -> None:
    new = NewRefund(payment_id=PAYMENT, amount=500)
    refund = await house.refunds.create(SCOPE, new, Origin("0" * 26, is_repeated=True))
    assert refund.status is RefundStatus.SUCCEEDED


async def test_refunds_are_read_one_by_one_and_listed(house: RefundHouse) -> None:
    refund = await house.give_back(500)
    assert (await house.refunds.get(SCOPE, refund.id)).id == refund.id
    page = await house.refunds.list(SCOPE, RefundFilter(), PageRequest(limit=5))
    assert [one.id for one in page.items] == [refund.id]
    assert house.payment.status is PaymentStatus.SUCCEEDED
