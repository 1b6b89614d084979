"""What payments is told about connections."""

from collections.abc import AsyncIterator, Sequence

import pytest

from paymux.integrations.adapters.directory import ConnectionDirectory
from paymux.integrations.adapters.registry import ConnectorRegistry
from paymux.integrations.application.connections import ConnectionChange, NewConnection
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.ports.connectors import Outcome, Payer
from paymux.payments.ports.plugins import UsableConnection
from paymux.platform.recent import Recent
from tests.unit.integrations.connections.fakes import ACME, PLANTED, RIVAL, House, failure

ADA = Payer(customer_id="cus_ada", name="Ada", email="ada@shop.example")


@pytest.fixture
async def directory(acme: House) -> AsyncIterator[ConnectionDirectory]:
    registry = ConnectorRegistry(acme.factory, acme.store.unit_of_work, acme.vault)
    yield ConnectionDirectory(
        acme.store.unit_of_work,
        registry,
        acme.plugins,
        acme.clock,
        Recent(lambda: acme.clock.now().timestamp()),
    )
    await registry.close()


async def connect(house: House, label: str = "First", priority: int = 100) -> ConnectionId:
    draft = NewConnection(
        provider="bank",
        label=label,
        priority=priority,
        credentials={"secret_key": PLANTED, "merchant": "acme_1"},
    )
    return (await house.connections.create(ACME, draft)).connection.id


async def test_enabled_connections_come_highest_priority_first_then_oldest(
    acme: House, directory: ConnectionDirectory
) -> None:
    low = await connect(acme, "Low", 1)
    acme.clock.go_on(1)
    high = await connect(acme, "High", 900)
    acme.clock.go_on(1)
    second_low = await connect(acme, "Low too", 1)
    disabled = await connect(acme, "Disabled", 1000)
    await acme.connections.update(ACME, disabled, ConnectionChange(enabled=False))

    usable = await directory.usable(ACME)

    assert [each.id for each in usable] == [high, low, second_low]
    assert usable[0].capabilities is acme.plugins["bank"].capabilities
    assert await directory.usable(RIVAL) == []


async def test_a_connection_of_an_uninstalled_provider_is_not_usable(
    acme: House, directory: ConnectionDirectory
) -> None:
    one = await connect(acme)
    acme.store.connections[(ACME, one)].provider = "uninstalled"

    assert await directory.usable(ACME) == []


async def test_a_disabled_connection_still_has_its_connector(
    acme: House, directory: ConnectionDirectory
) -> None:
    one = await connect(acme)
    await acme.connections.update(ACME, one, ConnectionChange(enabled=False))

    assert await directory.connector(ACME, one) is acme.bank.made[-1]
    with pytest.raises(ThingIsNotFound):
        await directory.connector(RIVAL, one)


async def test_a_payer_is_made_a_customer_once(
    acme: House, directory: ConnectionDirectory
) -> None:
    one = await connect(acme)

    first = await directory.known_payer(ACME, one, ADA)
    second = await directory.known_payer(ACME, one, ADA)

    assert first == second
    assert first.provider_reference == "bank_customer_1"
    assert acme.bank.asked.count("put_customer cus_ada None") == 1


async def test_a_lost_reply_is_asked_for_again_with_the_same_key(
    acme: House, directory: ConnectionDirectory
) -> None:
    one = await connect(acme)
    answer, acme.bank.customer = acme.bank.customer, failure(Outcome.UNKNOWN)
    assert await directory.known_payer(ACME, one, ADA) == ADA
    acme.bank.customer = answer

    await directory.known_payer(ACME, one, ADA)

    assert acme.bank.keys[-1] == acme.bank.keys[-2] == f"{one}-customer-cus_ada"


async def test_a_connector_that_breaks_leaves_the_payer_as_he_was(
    acme: House, directory: ConnectionDirectory
) -> None:
    one = await connect(acme)
    acme.bank.breaks = True

    assert await directory.known_payer(ACME, one, ADA) == ADA


async def test_another_process_has_changed_a_connection_counts_a_second_later(
    acme: House, directory: ConnectionDirectory
) -> None:
    one = await connect(acme)
    assert [each.id for each in await directory.usable(ACME)] == [one]
    await acme.connections.update(ACME, one, ConnectionChange(enabled=False))

    acme.clock.go_on(0.9)
    assert [each.id for each in await directory.usable(ACME)] == [one]
    acme.clock.go_on(0.2)
    assert await directory.usable(ACME) == []


async def test_a_change_by_this_process_counts_at_once(acme: House) -> None:
    one = await connect(acme)
    recent: Recent[Scope, Sequence[UsableConnection]] = Recent(lambda: 0.0)
    registry = ConnectorRegistry(acme.factory, acme.store.unit_of_work, acme.vault)
    directory = ConnectionDirectory(
        acme.store.unit_of_work, registry, acme.plugins, acme.clock, recent
    )
    await directory.usable(ACME)
    await acme.connections.update(ACME, one, ConnectionChange(enabled=False))
    recent.forget(ACME)

    assert await directory.usable(ACME) == []
