"""From a webhook's URL to the connector that verifies it."""

from collections.abc import AsyncIterator

import pytest

from paymux.integrations.adapters.registry import ConnectorRegistry
from paymux.integrations.adapters.routes import ConnectionRoutes
from paymux.integrations.application.connections import ConnectionChange, NewConnection
from paymux.kernel.ids import ConnectionId
from tests.unit.integrations.connections.fakes import (
    ACME,
    PLANTED,
    BankConnector,
    FakeLookup,
    House,
)

NOBODY = ConnectionId("con_" + "0" * 26)


class Hall:
    """Routes over a house, and the lookup they ask."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.lookup = FakeLookup(house.store)
        self.registry = ConnectorRegistry(
            house.factory,
            house.store.unit_of_work,
            house.vault,
            monotonic=house.clock.monotonic,
        )
        self.routes = ConnectionRoutes(self.lookup, self.registry, house.clock.monotonic)


@pytest.fixture
async def hall(acme: House) -> AsyncIterator[Hall]:
    hall = Hall(acme)
    yield hall
    await hall.registry.close()


@pytest.fixture
async def known(acme: House) -> ConnectionId:
    draft = NewConnection(
        provider="bank",
        label="First",
        credentials={"secret_key": PLANTED, "merchant": "acme_1"},
    )
    return (await acme.connections.create(ACME, draft)).connection.id


async def verifiers(hall: Hall, known: ConnectionId, *, refresh: bool = False) -> tuple[str, ...]:
    find = hall.routes.refresh if refresh else hall.routes.find
    route = await find("bank", known)
    assert route is not None
    scope, connector = route
    assert scope == ACME
    assert isinstance(connector, BankConnector)
    return connector.environment.webhook_verifiers


async def test_a_second_webhook_costs_no_query(hall: Hall, known: ConnectionId) -> None:
    await verifiers(hall, known)
    hall.house.store.reads = hall.lookup.asked = 0
    hall.house.clock.go_on(4.9)

    await verifiers(hall, known)

    assert (hall.house.store.reads, hall.lookup.asked) == (0, 0)


async def test_a_new_verifier_is_known_after_five_seconds_or_one_when_asked(
    hall: Hall, known: ConnectionId
) -> None:
    await verifiers(hall, known)
    change = ConnectionChange(webhook_secret="whsec_newer")
    await hall.house.connections.update(ACME, known, change)

    assert "whsec_newer" not in await verifiers(hall, known, refresh=True)
    hall.house.clock.go_on(1.1)
    assert "whsec_newer" not in await verifiers(hall, known)
    assert "whsec_newer" in await verifiers(hall, known, refresh=True)
    assert "whsec_newer" in await verifiers(hall, known)


async def test_a_disabled_connection_still_receives(hall: Hall, known: ConnectionId) -> None:
    await hall.house.connections.update(ACME, known, ConnectionChange(enabled=False))

    assert await verifiers(hall, known)


async def test_the_provider_in_the_url_must_be_the_connections_own(
    hall: Hall, known: ConnectionId
) -> None:
    assert await hall.routes.find("handbank", known) is None
    assert await hall.routes.find("nobank", known) is None


async def test_a_deleted_connection_has_no_route(hall: Hall, known: ConnectionId) -> None:
    await verifiers(hall, known)
    await hall.house.connections.delete(ACME, known)
    hall.house.clock.go_on(5.1)

    assert await hall.routes.find("bank", known) is None
    assert await hall.routes.find("bank", known) is None


async def test_that_there_is_none_is_remembered_for_a_second(hall: Hall) -> None:
    for _ in range(3):
        assert await hall.routes.find("bank", NOBODY) is None
    assert hall.lookup.asked == 1

    hall.house.clock.go_on(1.1)
    assert await hall.routes.find("bank", NOBODY) is None
    assert hall.lookup.asked == 2
