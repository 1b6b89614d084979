"""One connector per connection, remade when its secrets change, closed when nobody uses it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import pytest

from paymux.integrations.adapters.factory import ConnectorFactory, StandIn
from paymux.integrations.adapters.registry import ConnectorRegistry
from paymux.integrations.application.connections import ConnectionChange, NewConnection
from paymux.integrations.domain.account import ProviderIsUnreachable
from paymux.integrations.domain.connection import Secrets
from paymux.integrations.ports.outbound import Access, SealIsBroken
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Mode, Scope
from paymux.payments.ports.connectors import AccountReport, Connector
from paymux.payments.ports.plugins import ConnectorEnvironment
from tests.unit.integrations.connections.fakes import (
    ACME,
    PLANTED,
    RIVAL,
    BankConnector,
    House,
)

CREDENTIALS = {"secret_key": PLANTED, "merchant": "acme_1"}
GRACE = 0.02


@pytest.fixture
async def registry(acme: House) -> AsyncIterator[ConnectorRegistry]:
    registry = ConnectorRegistry(
        acme.factory,
        acme.store.unit_of_work,
        acme.vault,
        capacity=2,
        grace=GRACE,
        monotonic=acme.clock.monotonic,
    )
    yield registry
    await registry.close()


async def connect(house: House, label: str = "First") -> ConnectionId:
    draft = NewConnection(provider="bank", label=label, credentials=CREDENTIALS)
    return (await house.connections.create(ACME, draft)).connection.id


async def connector(registry: ConnectorRegistry, connection_id: ConnectionId) -> BankConnector:
    found = (await registry.get(ACME, connection_id)).connector
    assert isinstance(found, BankConnector)
    return found


async def test_many_callers_at_once_share_one_read_and_one_connector(
    acme: House, registry: ConnectorRegistry
) -> None:
    one = await connect(acme)
    acme.store.reads, built = 0, len(acme.bank.made)

    found = await asyncio.gather(*(connector(registry, one) for _ in range(20)))

    assert len({id(each) for each in found}) == 1
    assert (acme.store.reads, len(acme.bank.made)) == (1, built + 1)


async def test_a_fresh_connector_is_used_without_asking_the_database(
    acme: House, registry: ConnectorRegistry
) -> None:
    one = await connect(acme)
    first = await connector(registry, one)
    acme.store.reads = 0

    assert await connector(registry, one) is first
    assert acme.store.reads == 0
    acme.clock.go_on(1.1)
    assert await connector(registry, one) is first
    assert acme.store.reads == 1


async def test_new_credentials_make_a_new_connector_and_close_the_old_one_later(
    acme: House, registry: ConnectorRegistry
) -> None:
    one = await connect(acme)
    first = await connector(registry, one)
    change = ConnectionChange(credentials={**CREDENTIALS, "secret_key": "sk_another_0123456789"})
    await acme.connections.update(ACME, one, change)
    acme.clock.go_on(1.1)

    second = await connector(registry, one)

    assert second.credentials.secret_key == "sk_another_0123456789"
    assert not first.closed
    await asyncio.sleep(GRACE * 5)
    assert first.closed
    assert not second.closed


async def test_a_new_verifier_reaches_the_connector(
    acme: House, registry: ConnectorRegistry
) -> None:
    one = await connect(acme)
    await connector(registry, one)
    await acme.connections.update(ACME, one, ConnectionChange(webhook_secret="whsec_newer"))
    acme.clock.go_on(1.1)

    found = await connector(registry, one)

    assert found.environment.webhook_verifiers == ("whsec_newer", "whsec_from_the_bank")


async def test_a_change_that_touches_no_secret_keeps_the_connector(
    acme: House, registry: ConnectorRegistry
) -> None:
    one = await connect(acme)
    first = await connector(registry, one)
    await acme.connections.update(ACME, one, ConnectionChange(label="Renamed", enabled=False))
    acme.clock.go_on(1.1)

    assert await connector(registry, one) is first


async def test_a_deleted_connection_is_gone_and_its_connector_closed(
    acme: House, registry: ConnectorRegistry
) -> None:
    one = await connect(acme)
    first = await connector(registry, one)
    await acme.connections.delete(ACME, one)
    acme.clock.go_on(1.1)

    with pytest.raises(ThingIsNotFound):
        await connector(registry, one)
    await asyncio.sleep(GRACE * 5)
    assert first.closed


async def test_a_cached_connector_is_not_given_to_another_scope(
    acme: House, registry: ConnectorRegistry
) -> None:
    one = await connect(acme)
    await connector(registry, one)

    for scope in (RIVAL, Scope(ACME.tenant_id, Mode.LIVE)):
        with pytest.raises(ThingIsNotFound):
            await registry.get(scope, one)


async def test_the_least_recently_used_connector_is_dropped(
    acme: House, registry: ConnectorRegistry
) -> None:
    one, two, three = [await connect(acme, label) for label in ("One", "Two", "Three")]
    first, second = await connector(registry, one), await connector(registry, two)
    await connector(registry, one)
    await connector(registry, three)

    await asyncio.sleep(GRACE * 5)

    assert second.closed
    assert not first.closed


async def test_a_swapped_blob_is_refused_though_the_row_says_nothing_changed(
    acme: House, registry: ConnectorRegistry
) -> None:
    one, two = await connect(acme, "One"), await connect(acme, "Two")
    await connector(registry, one)
    stored = acme.store.connections
    stored[(ACME, one)].sealed = stored[(ACME, two)].sealed
    acme.clock.go_on(1.1)

    with pytest.raises(SealIsBroken):
        await connector(registry, one)


async def test_a_caller_who_gives_up_does_not_take_the_others_along(
    acme: House, registry: ConnectorRegistry
) -> None:
    one = await connect(acme)
    impatient = asyncio.create_task(registry.get(ACME, one))
    patient = asyncio.create_task(registry.get(ACME, one))
    await asyncio.sleep(0)
    impatient.cancel()

    assert (await patient).provider == "bank"


async def test_closing_closes_every_connector_at_once(
    acme: House, registry: ConnectorRegistry
) -> None:
    one = await connect(acme)
    found = await connector(registry, one)

    await registry.close()

    assert found.closed


async def test_a_stand_in_is_for_test_mode_only(acme: House) -> None:
    live = Scope(ACME.tenant_id, Mode.LIVE)
    for scope, expected in ((ACME, StandIn("http://127.0.0.1:1", b"ca")), (live, None)):
        acme.bank.report = AccountReport()
        draft = NewConnection(provider="bank", label="Any", credentials=CREDENTIALS)
        await acme.connections.create(scope, draft)
        environment = acme.bank.made[-1].environment
        assert environment.mode is scope.mode
        assert environment.base_url == (expected.base_url if expected else None)
        assert environment.ca_pem == (expected.ca_pem if expected else None)


async def test_a_plug_in_that_does_not_start_is_an_unreachable_provider(acme: House) -> None:
    def stumble(_credentials: msgspec.Struct, _environment: ConnectorEnvironment) -> Connector:
        raise ZeroDivisionError(PLANTED)

    broken = replace(acme.plugins["bank"], connect=stumble)
    factory = ConnectorFactory({"bank": broken}, acme.runtime)
    secrets = Secrets(json.dumps(CREDENTIALS))

    with pytest.raises(ProviderIsUnreachable) as refused:
        factory.build(Access(ConnectionId("con_1"), "bank", Mode.TEST, secrets))

    assert PLANTED not in str(refused.value)
