"""Canceling and expiring, and the races with a payer who is quicker."""

from datetime import timedelta
from functools import partial

import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import PaymentId
from paymux.payments.application.provider_calls import ProviderIsNotReady
from paymux.payments.domain.payment import PaymentIsClosed, PaymentIsUnresolved
from paymux.payments.ports.connectors import ObservedStatus, Outcome
from tests.unit.payments.house import SCOPE, House
from tests.unit.payments.providers import PAGE, ClosesPages, OpensPages, failure, seen

Closing = House[ClosesPages]


async def test_canceling_closes_the_page_and_then_the_payment(closing: Closing) -> None:
    await closing.create()
    details = await closing.payments.cancel(SCOPE, closing.payment_id)
    assert details.payment.status == "canceled"
    assert [one.status for one in details.attempts] == ["expired"]
    key = f"{closing.attempt.idempotency_key}-expire"
    assert closing.provider.asked["expire"] == [("ses_1", key)]
    assert closing.events == ["payment.created", "payment.canceled"]


async def test_expiring_ends_it_as_expired_whatever_the_provider_calls_it(
    closing: Closing,
) -> None:
    await closing.create()
    closing.provider.will("expire", seen(ObservedStatus.CANCELED))
    details = await closing.payments.expire(SCOPE, closing.payment_id)
    assert details.payment.status == "expired"
    assert closing.events == ["payment.created", "payment.expired"]


async def test_what_the_provider_cannot_close_is_closed_by_us(house: House[OpensPages]) -> None:
    await house.create()
    details = await house.payments.cancel(SCOPE, house.payment_id)
    assert details.payment.status == "canceled"
    assert details.attempts[0].reason_code == "closed_by_us"


async def test_a_payer_who_was_quicker_has_paid(closing: Closing) -> None:
    await closing.create()
    closing.provider.will("expire", seen(ObservedStatus.SUCCEEDED, "mov_1"))
    with pytest.raises(PaymentIsClosed, match="succeeded"):
        await closing.payments.cancel(SCOPE, closing.payment_id)
    assert closing.payment.status == "succeeded"
    assert closing.events == ["payment.created", "payment.succeeded"]


async def test_a_payment_that_late_turns_out_paid_settles(closing: Closing) -> None:
    await closing.create()
    await closing.payments.cancel(SCOPE, closing.payment_id)
    await closing.observe(seen(ObservedStatus.SUCCEEDED, "mov_1"))
    assert closing.payment.status == "succeeded"
    assert closing.payment.amount_captured == closing.payment.amount.amount
    assert closing.events == ["payment.created", "payment.canceled", "payment.succeeded"]


@pytest.mark.parametrize("reply", [failure(Outcome.UNKNOWN, 5), RuntimeError("broken")])
async def test_a_provider_that_fails_to_close_keeps_the_payment_open(
    closing: Closing, reply: object
) -> None:
    await closing.create()
    closing.provider.will("expire", reply)
    with pytest.raises(ProviderIsNotReady):
        await closing.payments.cancel(SCOPE, closing.payment_id)
    assert closing.payment.status == "requires_action"
    closing.provider.will("expire", seen(ObservedStatus.EXPIRED))
    await closing.payments.cancel(SCOPE, closing.payment_id)
    assert closing.payment.status == "canceled"


async def test_a_page_that_is_open_after_all_is_said_so(closing: Closing) -> None:
    await closing.create()
    closing.provider.will("expire", seen(ObservedStatus.PENDING))
    with pytest.raises(PaymentIsUnresolved):
        await closing.payments.cancel(SCOPE, closing.payment_id)
    assert closing.payment.status == "requires_action"


async def test_a_webhook_that_tells_first_of_our_closing_ends_it_the_same_way(
    closing: Closing,
) -> None:
    await closing.create()
    close = closing.provider.expire_checkout

    async def told_first(reference: str, key: str) -> object:
        await closing.observe(seen(ObservedStatus.EXPIRED))
        return await close(reference, key)

    closing.provider.expire_checkout = told_first  # type: ignore[method-assign, assignment]
    details = await closing.payments.cancel(SCOPE, closing.payment_id)
    assert details.payment.status == "canceled"
    assert closing.events == ["payment.created", "payment.canceled"]


async def test_an_unanswered_call_is_found_out_about_before_closing(closing: Closing) -> None:
    closing.provider.will("create", failure(Outcome.UNKNOWN), PAGE)
    await closing.create()
    details = await closing.payments.cancel(SCOPE, closing.payment_id)
    assert details.payment.status == "canceled"
    assert len(closing.provider.asked["expire"]) == 1


async def test_what_stays_unresolved_cannot_be_closed(closing: Closing) -> None:
    closing.provider.will("create", failure(Outcome.UNKNOWN))
    closing.provider.will("look_up", failure(Outcome.UNKNOWN))
    await closing.create()
    for close in (closing.payments.cancel, closing.payments.expire):
        with pytest.raises(PaymentIsUnresolved):
            await close(SCOPE, closing.payment_id)
    assert (closing.attempt.status, closing.payment.status) == ("unknown", "processing")


@pytest.mark.parametrize("end", [ObservedStatus.SUCCEEDED, ObservedStatus.DECLINED])
async def test_what_has_ended_cannot_be_closed(closing: Closing, end: ObservedStatus) -> None:
    await closing.create()
    await closing.observe(seen(end, "mov_1"))
    for close in (closing.payments.cancel, closing.payments.expire):
        with pytest.raises(PaymentIsClosed):
            await close(SCOPE, closing.payment_id)
    assert "expire" not in closing.provider.asked


async def test_what_was_canceled_cannot_be_canceled_again(closing: Closing) -> None:
    await closing.create()
    cancel = partial(closing.payments.cancel, SCOPE, closing.payment_id)
    await cancel()
    with pytest.raises(PaymentIsClosed, match="canceled"):
        await cancel()


async def test_an_unknown_payment_cannot_be_closed(closing: Closing) -> None:
    with pytest.raises(ThingIsNotFound):
        await closing.payments.cancel(SCOPE, PaymentId("pay_9"))


async def test_open_attempts_are_known_by_connection(closing: Closing) -> None:
    await closing.create()
    closing.clock.go_on(timedelta(seconds=1))
    assert await closing.payments.has_open_attempts(SCOPE, closing.attempt.connection_id)
    await closing.payments.cancel(SCOPE, closing.payment_id)
    assert not await closing.payments.has_open_attempts(SCOPE, closing.attempt.connection_id)
