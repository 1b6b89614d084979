"""A connection whose credentials are refused says so until they are accepted again."""

from collections.abc import AsyncIterator

import pytest

from paymux.integrations.adapters.connection_health import WatchedConnections
from paymux.integrations.adapters.registry import ConnectorRegistry
from paymux.integrations.application.connections import ConnectionChange, NewConnection
from paymux.integrations.domain.connection import Attention
from paymux.kernel.ids import ConnectionId
from paymux.payments.ports.connectors import AccountReport, Outcome
from tests.unit.integrations.connections.fakes import ACME, PLANTED, House, failure

CREDENTIALS = {"secret_key": PLANTED, "merchant": "acme_1"}


@pytest.fixture
async def registry(acme: House) -> AsyncIterator[ConnectorRegistry]:
    registry = ConnectorRegistry(
        acme.factory, acme.store.unit_of_work, acme.vault, monotonic=acme.clock.monotonic
    )
    yield registry
    await registry.close()


@pytest.fixture
def health(acme: House, registry: ConnectorRegistry) -> WatchedConnections:
    return WatchedConnections(registry, acme.watch)


async def connect(house: House) -> ConnectionId:
    draft = NewConnection(provider="bank", label="First", credentials=CREDENTIALS)
    return (await house.connections.create(ACME, draft)).connection.id


async def attention(house: House, one: ConnectionId) -> Attention | None:
    return (await house.connections.get(ACME, one)).attention


async def test_a_refusal_is_flagged_and_told_of_once(
    acme: House, health: WatchedConnections
) -> None:
    one = await connect(acme)
    since = acme.clock.now()
    for _ in range(3):
        await health.refused(ACME, one, failure(Outcome.CREDENTIALS))
        acme.clock.go_on(5)
    assert await attention(acme, one) == Attention(since, "credentials", "The bank says no.")
    (event,) = acme.store.events
    assert (event.type, event.connection_id) == ("connection.credentials_refused", one)
    assert (event.label, event.reason_code) == ("First", "credentials")
    assert PLANTED not in str(event)


async def test_a_call_that_works_takes_the_flag_away(
    acme: House, health: WatchedConnections, registry: ConnectorRegistry
) -> None:
    one = await connect(acme)
    await health.refused(ACME, one, failure(Outcome.CREDENTIALS))
    acme.clock.go_on(2)
    await registry.get(ACME, one)  # as every call does
    await health.accepted(ACME, one)
    assert await attention(acme, one) is None


async def test_a_refusal_after_a_recovery_is_news(acme: House) -> None:
    one = await connect(acme)
    for _ in range(2):
        await acme.watch.refused(ACME, one, "expired", "It has expired.")
        await acme.watch.accepted(ACME, one)
        acme.clock.go_on(1)
    assert len(acme.store.events) == 2


async def test_a_call_that_works_asks_the_database_nothing(
    acme: House, health: WatchedConnections, registry: ConnectorRegistry
) -> None:
    one = await connect(acme)
    await registry.get(ACME, one)
    reads = acme.store.reads
    acme.clock.go_on(60)
    for _ in range(10):
        await health.accepted(ACME, one)
    assert acme.store.reads == reads


async def test_a_check_flags_and_clears(acme: House) -> None:
    one = await connect(acme)
    acme.bank.report = failure(Outcome.CREDENTIALS)
    report = await acme.connections.test(ACME, one)
    assert report.refusal is not None
    assert await attention(acme, one) is not None
    acme.bank.report = AccountReport()
    await acme.connections.test(ACME, one)
    assert await attention(acme, one) is None


async def test_a_provider_that_is_down_proves_nothing_of_the_credentials(acme: House) -> None:
    one = await connect(acme)
    acme.bank.report = failure(Outcome.UNKNOWN)
    await acme.connections.test(ACME, one)
    assert await attention(acme, one) is None


async def test_new_credentials_that_work_take_the_flag_away(acme: House) -> None:
    one = await connect(acme)
    await acme.watch.refused(ACME, one, "expired", "It has expired.")
    await acme.connections.update(ACME, one, ConnectionChange(credentials=CREDENTIALS))
    assert await attention(acme, one) is None


async def test_a_flagged_connection_is_used_as_before(acme: House) -> None:
    one = await connect(acme)
    await acme.watch.refused(ACME, one, "expired", "It has expired.")
    connection = await acme.connections.get(ACME, one)
    assert connection.enabled
