"""Whoever looks at a payment makes us ask about what is unknown: briefly, and not too often."""

import asyncio
from datetime import timedelta
from typing import TypeVar

import pytest

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import PaymentId
from paymux.payments.application.payment_details import PaymentDetails
from paymux.payments.application.reconciliation import Reconciliation
from paymux.payments.domain.attempt_report import AttemptStatus
from paymux.payments.ports.connectors import AttemptQuery, Failure, NotFound, Observation, Outcome
from tests.unit.payments.holding import Afterwards, HoldingHouse
from tests.unit.payments.house import SCOPE, House
from tests.unit.payments.memory import Store
from tests.unit.payments.providers import CONNECTION, PAGE, OpensPages, failure
from tests.unit.payments.refund_house import PAYMENT, RefundHouse

_REST = timedelta(seconds=5)

T = TypeVar("T", bound=OpensPages)


def _readers(house: House[T], patience: float = 3.0) -> Reconciliation:
    refunds = RefundHouse()
    return Reconciliation(
        payments=house.payments,
        attempts=house.attempts,
        capture_calls=house.capture_calls,
        refund_calls=refunds.calls,
        disputes=house.dispute.disputes,
        dispute_calls=house.dispute.calls,
        breakers=house.breakers,
        clock=house.clock,
        patience=patience,
    )


async def _unanswered(house: House[T]) -> PaymentDetails:
    house.provider.will("create", failure(Outcome.UNKNOWN))
    house.provider.will("look_up", failure(Outcome.UNKNOWN))
    return await house.create()


def _calls(house: House[OpensPages]) -> int:
    return len(house.provider.requests)


async def test_a_reader_sees_what_the_provider_knows_by_now(house: House[OpensPages]) -> None:
    await _unanswered(house)
    house.provider.will("create", PAGE)
    details = await _readers(house).get(SCOPE, house.payment_id)
    assert details.payment.status == "requires_action"
    assert [entry.status for entry in details.timeline] == ["unknown", "pending"]


async def test_readers_do_not_ask_more_often_than_once_in_a_while(
    house: House[OpensPages],
) -> None:
    await _unanswered(house)
    readers = _readers(house)
    for _ in range(3):
        await readers.get(SCOPE, house.payment_id)
    assert _calls(house) == 2
    house.clock.go_on(_REST)
    await readers.get(SCOPE, house.payment_id)
    assert _calls(house) == 3


async def test_a_reader_of_what_is_known_asks_nobody(house: House[OpensPages]) -> None:
    details = await house.create()
    assert not await _readers(house).refresh(SCOPE, details)
    assert _calls(house) == 1


async def test_a_call_that_another_request_is_making_just_now_is_left_to_it(
    house: House[OpensPages],
) -> None:
    await _unanswered(house)
    house.tables.attempts[house.attempt_id].status = AttemptStatus.IN_FLIGHT
    readers = _readers(house)
    await readers.get(SCOPE, house.payment_id)
    assert _calls(house) == 1
    house.clock.go_on(timedelta(minutes=1))
    await readers.get(SCOPE, house.payment_id)
    assert _calls(house) == 2


async def test_a_provider_that_is_given_time_to_recover_is_not_asked(
    house: House[OpensPages],
) -> None:
    await _unanswered(house)
    house.breakers.open.add(CONNECTION)
    await _readers(house).get(SCOPE, house.payment_id)
    assert _calls(house) == 1


async def test_a_connection_that_is_gone_does_not_keep_a_payment_from_being_read(
    house: House[OpensPages],
) -> None:
    await _unanswered(house)
    house.connections.connectors.clear()
    details = await _readers(house).get(SCOPE, house.payment_id)
    assert details.payment.status == "processing"


class _Slow(OpensPages):
    async def look_up(self, query: AttemptQuery) -> Observation | NotFound | Failure:
        await asyncio.sleep(60)
        return await super().look_up(query)


async def test_a_reader_waits_so_long_and_no_longer() -> None:
    store = Store()
    house = House(_Slow(store), store)
    await _unanswered(house)
    async with asyncio.timeout(5):
        details = await _readers(house, patience=0.05).get(SCOPE, house.payment_id)
    assert details.payment.status == "processing"


async def test_a_payment_that_is_not_there_is_not_found(house: House[OpensPages]) -> None:
    with pytest.raises(ThingIsNotFound):
        await _readers(house).get(SCOPE, PaymentId("pay_2"))


async def test_a_capture_that_was_not_answered_is_found_out_about() -> None:
    house = HoldingHouse()
    await house.held()
    lost = Afterwards(failure(Outcome.UNKNOWN))
    house.provider.will("capture", lost)
    house.provider.will("look_up", failure(Outcome.UNKNOWN))
    await house.capture()
    assert house.last.is_unresolved
    house.provider.will("capture", None)
    details = await _readers(house).get(SCOPE, house.payment_id)
    assert details.captures[-1].status == "succeeded"
    assert details.payment.status == "succeeded"


async def test_a_refund_that_was_not_answered_is_found_out_about(
    house: House[OpensPages],
) -> None:
    refunds = RefundHouse()
    refunds.provider.will("refund", failure(Outcome.UNKNOWN))
    refunds.provider.will("look_up_refund", failure(Outcome.UNKNOWN))
    refund = await refunds.give_back()
    assert refund.is_unresolved
    refunds.provider.will("refund", None)
    readers = Reconciliation(
        payments=house.payments,
        attempts=house.attempts,
        capture_calls=house.capture_calls,
        refund_calls=refunds.calls,
        disputes=house.dispute.disputes,
        dispute_calls=house.dispute.calls,
        breakers=house.breakers,
        clock=refunds.clock,
    )
    payment = refunds.tables.payments[PAYMENT]
    assert await readers.refresh(SCOPE, PaymentDetails(payment, (), refunds=[refund]))
    assert refunds.refund.status == "succeeded"
