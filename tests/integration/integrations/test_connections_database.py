"""Connections, links and key rotation in a real PostgreSQL."""

import asyncio
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.integrations.adapters.persistence.connection_lookup import SqlConnectionLookup
from paymux.integrations.adapters.persistence.unit_of_work import SqlUnitOfWork
from paymux.integrations.adapters.registry import ConnectorRegistry
from paymux.integrations.adapters.vault.keys import KeyRing
from paymux.integrations.adapters.vault.vault import AesVault
from paymux.integrations.application.connections import ConnectionChange, NewConnection
from paymux.integrations.application.key_rotation import KeyRotation
from paymux.integrations.domain.account import Account
from paymux.integrations.domain.connection import (
    Attention,
    Connection,
    ConnectionWasChanged,
    LabelIsTaken,
    Sealed,
    Webhook,
    WebhookStatus,
)
from paymux.integrations.ports.outbound import ConnectionFilter, EntityLink, SealIsBroken
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId, TimeSortedIds
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Mode, Scope
from paymux.payments.ports.connectors import AccountReport
from tests.integration.conftest import Database
from tests.unit.integrations.connections.fakes import (
    ACME,
    BOTH_KEYS,
    PLANTED,
    RIVAL,
    FakeClock,
    House,
    house,
)

LIVE = Scope(ACME.tenant_id, Mode.LIVE)
NOW = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)
IDS = TimeSortedIds(FakeClock())


def a_connection(label: str = "First", **changed: object) -> Connection:
    connection = Connection(
        id=ConnectionId(IDS.new("con")),
        provider="bank",
        label=label,
        mode=Mode.TEST,
        enabled=True,
        priority=100,
        sealed=Sealed("v1", b"\x01sealed\x00\xff"),
        hints={"secret_key": "****wxyz", "merchant": "acmé"},
        account=Account(reference="acct_1", name="Acme", country="DE"),
        webhook=Webhook(
            status=WebhookStatus.MANUAL,
            url="https://pay.example/webhooks/bank/x",
            provider_reference="we_1",
            steps=("Go there", "Enter ****"),
            reason="none",
        ),
        created_at=NOW,
        updated_at=NOW,
    )
    for name, value in changed.items():
        setattr(connection, name, value)
    return connection


def same(one: Connection, other: Connection) -> bool:
    return all(getattr(one, it.name) == getattr(other, it.name) for it in fields(Connection))


async def stored(engine: AsyncEngine, scope: Scope, *connections: Connection) -> None:
    async with SqlUnitOfWork(engine, scope) as work:
        for connection in connections:
            await work.connections.add(connection)
        await work.commit()


@pytest.mark.parametrize("status", list(WebhookStatus))
async def test_a_connection_comes_back_as_it_went_in(
    engine: AsyncEngine, status: WebhookStatus
) -> None:
    full = a_connection(attention=Attention(NOW, "expired", "The key has expired."))
    bare = a_connection(
        "Bare",
        account=Account(),
        hints={},
        enabled=False,
        webhook=Webhook(status=status, url="https://pay.example"),
    )
    await stored(engine, ACME, full, bare)

    async with SqlUnitOfWork(engine, ACME) as work:
        for expected in (full, bare):
            assert same(await work.connections.get(expected.id), expected)
            assert same(await work.connections.lock(expected.id), expected)


async def test_another_tenant_or_mode_finds_nothing(engine: AsyncEngine) -> None:
    connection = a_connection()
    await stored(engine, ACME, connection)

    for scope in (RIVAL, LIVE):
        async with SqlUnitOfWork(engine, scope) as work:
            with pytest.raises(ThingIsNotFound):
                await work.connections.get(connection.id)
            with pytest.raises(ConnectionWasChanged):
                await work.connections.save(connection)
            assert not await work.connections.enabled()


@pytest.mark.parametrize("odd", ["", "con_x", "con_\0", "x" * 300, "con_" + "0" * 26])
async def test_an_odd_id_is_not_found(engine: AsyncEngine, odd: str) -> None:
    async with SqlUnitOfWork(engine, ACME) as work:
        with pytest.raises(ThingIsNotFound):
            await work.connections.get(ConnectionId(odd))
    assert await SqlConnectionLookup(engine).find(ConnectionId(odd)) is None


async def test_a_label_is_taken_once_per_tenant_and_mode(engine: AsyncEngine) -> None:
    first, other = a_connection(), a_connection("Other")
    await stored(engine, ACME, first, other)
    await stored(engine, RIVAL, a_connection())
    await stored(engine, LIVE, a_connection(mode=Mode.LIVE))

    with pytest.raises(LabelIsTaken):
        await stored(engine, ACME, a_connection())
    async with SqlUnitOfWork(engine, ACME) as work:
        other.label = first.label
        with pytest.raises(LabelIsTaken):
            await work.connections.save(other)


async def test_a_deleted_connection_leaves_its_label_and_keeps_its_row(
    engine: AsyncEngine, database: Database
) -> None:
    connection = a_connection()
    await stored(engine, ACME, connection)
    async with SqlUnitOfWork(engine, ACME) as work:
        deleted = await work.connections.lock(connection.id)
        deleted.delete(NOW)
        await work.connections.save(deleted)
        await work.commit()

    await stored(engine, ACME, a_connection())
    assert await SqlConnectionLookup(engine).find(connection.id) is None
    owner = await asyncpg.connect(database.superuser_url)
    row = await owner.fetchrow("SELECT * FROM connections WHERE id = $1", connection.id)
    await owner.close()
    assert (row["sealed"], row["hints"]) == (b"", "{}")


async def test_a_stale_change_is_refused(engine: AsyncEngine) -> None:
    connection = a_connection()
    await stored(engine, ACME, connection)
    async with SqlUnitOfWork(engine, ACME) as work:
        stale = await work.connections.get(connection.id)
        fresh = await work.connections.get(connection.id)
        await work.connections.save(fresh)
        with pytest.raises(ConnectionWasChanged):
            await work.connections.save(stale)
        await work.commit()
    assert fresh.version == connection.version + 1


async def test_lists_are_filtered_and_paged_newest_first(engine: AsyncEngine) -> None:
    connections = sorted((a_connection(f"N{n}") for n in range(5)), key=lambda it: it.id)
    connections[0].enabled = False
    connections[1].provider = "other"
    await stored(engine, ACME, *connections)
    newest_first = [it.id for it in reversed(connections)]

    async with SqlUnitOfWork(engine, ACME) as work:
        first = await work.connections.list(ConnectionFilter(), PageRequest(limit=3))
        rest = await work.connections.list(ConnectionFilter(), PageRequest(3, first.next_cursor))
        enabled = await work.connections.list(ConnectionFilter(enabled=True), PageRequest())
        other = await work.connections.list(ConnectionFilter(provider="other"), PageRequest())

    assert [it.id for it in (*first.items, *rest.items)] == newest_first
    assert rest.next_cursor is None
    assert [it.id for it in enabled.items] == newest_first[:-1]
    assert [it.id for it in other.items] == [connections[1].id]


async def test_enabled_ones_come_by_priority_then_id(engine: AsyncEngine) -> None:
    connections = sorted((a_connection(f"N{n}") for n in range(4)), key=lambda it: it.id)
    connections[2].priority, connections[1].enabled = 1000, False
    await stored(engine, ACME, *connections)

    async with SqlUnitOfWork(engine, ACME) as work:
        enabled = await work.connections.enabled()

    assert [it.id for it in enabled] == [connections[index].id for index in (2, 0, 3)]


async def test_the_lookup_tells_tenant_and_mode(engine: AsyncEngine) -> None:
    test, live = a_connection(), a_connection(mode=Mode.LIVE)
    await stored(engine, ACME, test)
    await stored(engine, LIVE, live)

    lookup = SqlConnectionLookup(engine)

    assert await lookup.find(test.id) == ACME
    assert await lookup.find(live.id) == LIVE


async def test_without_a_tenant_the_application_sees_no_rows(
    engine: AsyncEngine, database: Database
) -> None:
    await stored(engine, ACME, a_connection())
    app = await asyncpg.connect(database.app_url)
    for table in ("connections", "entity_links", "provider_events"):
        assert await app.fetchval(f"SELECT count(*) FROM {table}") == 0  # noqa: S608
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute("DELETE FROM connections")
    await app.close()


def link(connection: Connection, entity_id: str, reference: str) -> EntityLink:
    return EntityLink(
        connection_id=connection.id,
        entity_kind="customer",
        entity_id=entity_id,
        provider_reference=reference,
        created_at=NOW,
    )


async def test_a_link_is_unique_in_both_directions(engine: AsyncEngine) -> None:
    connection = a_connection()
    await stored(engine, ACME, connection)
    async with SqlUnitOfWork(engine, ACME) as work:
        await work.entity_links.add(link(connection, "cus_1", "bank_1"))
        await work.entity_links.add(link(connection, "cus_1", "bank_2"))
        await work.entity_links.add(link(connection, "cus_2", "bank_1"))
        await work.commit()

    async with SqlUnitOfWork(engine, ACME) as work:
        known = await work.entity_links.find(connection.id, "customer", "cus_1")
        assert known == link(connection, "cus_1", "bank_1")
        assert await work.entity_links.find(connection.id, "customer", "cus_2") is None
        assert await work.entity_links.find(connection.id, "invoice", "cus_1") is None
    async with SqlUnitOfWork(engine, RIVAL) as work:
        assert await work.entity_links.find(connection.id, "customer", "cus_1") is None


@pytest.fixture
def real(engine: AsyncEngine) -> Iterator[House]:
    with house(units_of_work=lambda scope: SqlUnitOfWork(engine, scope)) as it:
        it.bank.report = AccountReport()
        yield it


async def test_a_refusal_and_what_is_told_of_it_are_stored_together(
    engine: AsyncEngine, real: House
) -> None:
    one = await connect(real, ACME, "First")
    await asyncio.gather(
        *(real.watch.refused(ACME, one.id, "expired", "It has expired.") for _ in range(4))
    )
    await real.watch.accepted(ACME, one.id)
    real.clock.go_on(60)
    await real.watch.refused(ACME, one.id, "expired", "It has expired.")
    query = text("SELECT mode, subject_id, data FROM events WHERE type = :type ORDER BY id")
    async with SqlUnitOfWork(engine, ACME) as work:
        flagged = await work.connections.get(one.id)
        found = await work._session.execute(query, {"type": "connection.credentials_refused"})
        first, second = found.all()
    assert flagged.attention == Attention(real.clock.now(), "expired", "It has expired.")
    assert first.subject_id != second.subject_id
    assert first.mode == "test"
    assert first.data["connection_id"] == one.id
    assert first.data["label"] == "First"


async def connect(real: House, scope: Scope, label: str) -> Connection:
    draft = NewConnection(
        provider="bank",
        label=label,
        credentials={"secret_key": PLANTED, "merchant": label},
    )
    return (await real.connections.create(scope, draft)).connection


async def test_credentials_swapped_between_two_rows_are_refused(
    real: House, engine: AsyncEngine, database: Database
) -> None:
    one, two = await connect(real, ACME, "One"), await connect(real, ACME, "Two")
    owner = await asyncpg.connect(database.superuser_url)
    await owner.execute(
        "UPDATE connections a SET sealed = b.sealed, key_version = b.key_version"
        " FROM connections b WHERE a.id <> b.id AND a.id = ANY($1) AND b.id = ANY($1)",
        [one.id, two.id],
    )
    await owner.close()
    registry = ConnectorRegistry(
        real.factory, lambda scope: SqlUnitOfWork(engine, scope), real.vault
    )

    for connection in (one, two):
        with pytest.raises(SealIsBroken):
            await real.connections.test(ACME, connection.id)
        with pytest.raises(SealIsBroken):
            await registry.get(ACME, connection.id)
    await registry.close()


async def test_no_secret_is_in_the_database_in_clear(real: House, database: Database) -> None:
    await connect(real, ACME, "One")
    owner = await asyncpg.connect(database.superuser_url)
    row = str(await owner.fetchrow("SELECT c.*, c.sealed::text FROM connections c"))
    await owner.close()

    for secret in (PLANTED, "whsec_from_the_bank"):
        assert secret not in row
        assert secret.encode().hex() not in row


async def test_keys_are_rotated_while_connections_are_changed(
    real: House, engine: AsyncEngine
) -> None:
    made = [await connect(real, scope, f"N{n}") for n in range(6) for scope in (ACME, LIVE)]
    owners = {it.id: scope for it, scope in zip(made, [ACME, LIVE] * 6, strict=True)}
    new_vault = AesVault(KeyRing(BOTH_KEYS))
    rotation = KeyRotation(
        lambda scope: SqlUnitOfWork(engine, scope), new_vault, SqlConnectionLookup(engine), 5
    )

    async def rotate() -> None:
        async for progress in rotation.run():
            assert progress.unreadable == 0

    async def change(connection_id: ConnectionId) -> None:
        for number in range(3):
            await real.connections.update(
                owners[connection_id],
                connection_id,
                ConnectionChange(priority=number, webhook_secret=f"whsec_number_{number}"),
            )

    with house(BOTH_KEYS, lambda scope: SqlUnitOfWork(engine, scope)) as newer:
        real.connections = newer.connections
        await asyncio.gather(rotate(), *(change(it.id) for it in made))
        await rotate()

    for connection_id, scope in owners.items():
        async with SqlUnitOfWork(engine, scope) as work:
            kept = await work.connections.get(connection_id)
        secrets = new_vault.open(scope.tenant_id, connection_id, kept.sealed)
        assert (kept.sealed.key_version, kept.priority) == ("v2", 2)
        assert secrets.verifiers == ("whsec_number_2", "whsec_number_1")
        assert PLANTED in secrets.credentials
    assert await SqlConnectionLookup(engine).not_sealed_with("v2", None, 10) == []
