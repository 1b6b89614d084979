"""A request under an Idempotency-Key whose earlier run died: found and finished, never doubled."""

import pytest

from paymux.kernel.origin import Origin
from paymux.payments.domain.payment import PaymentIsClosed
from paymux.payments.ports.connectors import Outcome
from tests.unit.payments.house import ORDER, SCOPE, House
from tests.unit.payments.providers import ClosesPages, OpensPages, failure

STEM = "01k7zq0v3n5x8y2w4m6p9r1s3t"
FIRST, AGAIN = Origin(STEM), Origin(STEM, is_repeated=True)


async def test_a_payment_is_named_after_its_request(house: House[OpensPages]) -> None:
    details = await house.payments.create(SCOPE, ORDER, FIRST)
    assert details.payment.id == f"pay_{STEM}"


async def test_a_repeated_request_finds_its_payment(house: House[OpensPages]) -> None:
    first = await house.payments.create(SCOPE, ORDER, FIRST)
    again = await house.payments.create(SCOPE, ORDER, AGAIN)
    assert again.payment.id == first.payment.id
    assert again.payment.link == first.payment.link
    assert len(house.provider.requests) == 1


async def test_a_repeated_request_that_made_nothing_makes_it_now(
    house: House[OpensPages],
) -> None:
    details = await house.payments.create(SCOPE, ORDER, AGAIN)
    assert details.payment.id == f"pay_{STEM}"
    assert details.payment.status == "requires_action"


async def test_a_call_that_was_under_way_is_made_again_with_its_own_key(
    house: House[OpensPages],
) -> None:
    house.provider.will("create", failure(Outcome.UNKNOWN))
    await house.payments.create(SCOPE, ORDER, FIRST)
    again = await house.payments.create(SCOPE, ORDER, AGAIN)
    assert again.payment.status == "requires_action"
    first, second = house.provider.requests
    assert first.idempotency_key == second.idempotency_key
    assert (first.replay, second.replay) == (False, True)


async def test_a_cancellation_that_was_done_is_told(closing: House[ClosesPages]) -> None:
    await closing.create()
    await closing.payments.cancel(SCOPE, closing.payment_id, FIRST)
    again = await closing.payments.cancel(SCOPE, closing.payment_id, AGAIN)
    assert again.payment.status == "canceled"
    assert len(closing.provider.asked["expire"]) == 1


async def test_a_repeated_cancellation_of_what_ended_otherwise_is_refused(
    closing: House[ClosesPages],
) -> None:
    await closing.create()
    await closing.payments.expire(SCOPE, closing.payment_id)
    with pytest.raises(PaymentIsClosed):
        await closing.payments.cancel(SCOPE, closing.payment_id, AGAIN)
