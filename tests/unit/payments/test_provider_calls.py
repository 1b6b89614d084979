"""The one way to a provider: spared when it fails, never waited for too long, always noted."""

import asyncio

import pytest

from paymux.payments.application.provider_calls import INCAPABLE
from paymux.payments.ports.captures import Captures
from paymux.payments.ports.connectors import (
    CheckoutRequest,
    CreatesCheckouts,
    Failure,
    NotFound,
    Outcome,
)
from tests.unit.payments.error_fakes import calls_over
from tests.unit.payments.house import SCOPE
from tests.unit.payments.memory import MemoryBreakers
from tests.unit.payments.providers import CONNECTION, MemoryConnections


class Shop:
    """A provider that opens pages, in its own way."""

    def __init__(self) -> None:
        self.asked = 0

    async def create_checkout(self, request: CheckoutRequest) -> Failure:
        raise AssertionError(request)

    async def answer(self) -> NotFound:
        self.asked += 1
        return NotFound()

    async def refuse(self) -> Failure:
        return Failure(outcome=Outcome.NOT_SENT, code="refused", message="It is down.")

    async def dawdle(self) -> NotFound:
        await asyncio.sleep(60)
        return NotFound()

    async def break_down(self) -> NotFound:
        raise KeyError(self.asked)

    async def close(self) -> None:
        return None


class Street:
    """Calls to one shop."""

    def __init__(self) -> None:
        self.shop = Shop()
        self.breakers = MemoryBreakers()
        connections = MemoryConnections(self.shop)
        self.calls = calls_over(connections, self.breakers)

    async def call(
        self, name: str, *, spares: bool = False, within: float | None = None
    ) -> object:
        return await self.calls.make(
            SCOPE,
            CONNECTION,
            CreatesCheckouts,
            lambda shop: getattr(shop, name)(),
            spares=spares,
            within=within,
        )


@pytest.fixture(name="street")
def _street() -> Street:
    return Street()


async def test_an_answer_is_passed_on_and_noted_as_a_success(street: Street) -> None:
    assert await street.call("answer") == NotFound()
    assert street.breakers.noted == [(CONNECTION, None)]


async def test_a_failure_is_noted_with_its_outcome(street: Street) -> None:
    reply = await street.call("refuse")
    assert isinstance(reply, Failure)
    assert street.breakers.noted == [(CONNECTION, Outcome.NOT_SENT)]


async def test_an_open_breaker_spares_the_provider_a_call_that_can_go_elsewhere(
    street: Street,
) -> None:
    street.breakers.open.add(CONNECTION)
    reply = await street.call("answer", spares=True)
    assert isinstance(reply, Failure)
    assert (reply.outcome, reply.code) == (Outcome.NOT_SENT, "breaker_open")
    assert (street.shop.asked, street.breakers.noted) == (0, [])


async def test_a_call_that_can_go_nowhere_else_is_made_all_the_same(street: Street) -> None:
    street.breakers.open.add(CONNECTION)
    assert await street.call("answer") == NotFound()


async def test_a_connector_that_raises_leaves_the_outcome_open(street: Street) -> None:
    reply = await street.call("break_down")
    assert isinstance(reply, Failure)
    assert (reply.outcome, reply.code) == (Outcome.UNKNOWN, "connector_error")
    assert reply.message == "The connector failed with KeyError."


async def test_an_answer_that_takes_too_long_leaves_the_outcome_open(street: Street) -> None:
    reply = await street.call("dawdle", within=0.01)
    assert isinstance(reply, Failure)
    assert (reply.outcome, reply.code) == (Outcome.UNKNOWN, "no_answer_in_time")
    assert street.breakers.noted == [(CONNECTION, Outcome.UNKNOWN)]


async def test_who_gives_up_waiting_is_not_kept(street: Street) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await street.call("dawdle", within=30)


async def test_what_a_connector_cannot_do_is_refused_without_asking(street: Street) -> None:
    reply = await street.calls.make(
        SCOPE, CONNECTION, Captures, lambda shop: shop.capture(NotImplemented)
    )
    assert reply is INCAPABLE
    assert not await street.calls.can(SCOPE, CONNECTION, Captures)
    assert await street.calls.can(SCOPE, CONNECTION, CreatesCheckouts)
