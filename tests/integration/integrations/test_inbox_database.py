import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

from paymux.integrations.adapters.inbox import Inbox
from paymux.integrations.domain.provider_event import ProviderEvent
from paymux.kernel.ids import ConnectionId, ProviderEventId, TenantId
from paymux.kernel.scope import Mode, Scope
from tests.integration.conftest import Database

ONE = Scope(TenantId("ten_one"), Mode.TEST)
OTHER = Scope(TenantId("ten_other"), Mode.TEST)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
async def inbox(database: Database) -> AsyncIterator[Inbox]:
    inbox = Inbox(database.app_url)
    yield inbox
    await inbox.close()


@pytest.fixture
async def superuser(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


def event(number: int, *, tells_of: str | None = None) -> ProviderEvent:
    identity = tells_of or f"evt_{number}"
    return ProviderEvent(
        id=ProviderEventId(f"pev_{number}"),
        connection_id=ConnectionId("con_1"),
        provider="stripe",
        event_id=identity,
        fallback_identity=f"hash of {identity}",
        event_type="checkout.session.completed",
        body=b"{}",
        received_at=NOW,
        occurred_at=None,
    )


async def rows(superuser: asyncpg.Connection) -> list[tuple[str, str]]:
    found = await superuser.fetch("SELECT tenant_id, id FROM provider_events ORDER BY id")
    return [(row["tenant_id"], row["id"]) for row in found]


async def test_events_of_several_tenants_are_stored_together_each_with_its_own_tenant(
    inbox: Inbox, superuser: asyncpg.Connection
) -> None:
    await asyncio.gather(
        inbox.put(ONE, event(1)), inbox.put(OTHER, event(2)), inbox.put(ONE, event(3))
    )
    assert await rows(superuser) == [
        ("ten_one", "pev_1"),
        ("ten_other", "pev_2"),
        ("ten_one", "pev_3"),
    ]
    assert await superuser.fetchval("SELECT count(*) FROM pgqueuer") == 3


async def test_a_repeated_event_leaves_one_row_and_one_job_within_a_batch_and_after_it(
    inbox: Inbox, superuser: asyncpg.Connection
) -> None:
    await asyncio.gather(*(inbox.put(ONE, event(n, tells_of="evt_same")) for n in range(5)))
    await inbox.put(ONE, event(9, tells_of="evt_same"))
    assert len(await rows(superuser)) == 1
    assert await superuser.fetchval("SELECT count(*) FROM pgqueuer") == 1


async def test_the_same_event_of_two_tenants_is_two_events(
    inbox: Inbox, superuser: asyncpg.Connection
) -> None:
    await asyncio.gather(
        inbox.put(ONE, event(1, tells_of="evt_same")),
        inbox.put(OTHER, event(2, tells_of="evt_same")),
    )
    assert len(await rows(superuser)) == 2


async def test_an_event_that_cannot_be_stored_fails_its_own_delivery_only(
    inbox: Inbox, superuser: asyncpg.Connection
) -> None:
    bad = event(1, tells_of="no text may hold \x00")
    refused, stored = await asyncio.gather(
        inbox.put(ONE, bad), inbox.put(ONE, event(2)), return_exceptions=True
    )
    assert isinstance(refused, Exception)
    assert stored is None
    assert await rows(superuser) == [("ten_one", "pev_2")]
    assert await superuser.fetchval("SELECT count(*) FROM pgqueuer") == 1


async def test_its_jobs_look_just_as_the_queue_makes_them(
    inbox: Inbox, superuser: asyncpg.Connection
) -> None:
    await inbox.put(ONE, event(1))
    [ours] = await superuser.fetch("SELECT * FROM pgqueuer")
    logged = await superuser.fetch("SELECT * FROM pgqueuer_log")
    queue = Queries(AsyncpgDriver(superuser))
    await queue.enqueue([ours["entrypoint"]], [ours["payload"]], [0])
    theirs = await superuser.fetchrow("SELECT * FROM pgqueuer WHERE id <> $1", ours["id"])
    their_log = await superuser.fetchrow(
        "SELECT * FROM pgqueuer_log WHERE job_id <> $1", ours["id"]
    )
    assert theirs is not None
    assert their_log is not None
    assert [row["job_id"] for row in logged] == [ours["id"]]
    assert _timeless(ours) == _timeless(theirs)
    assert _timeless(logged[0]) == _timeless(their_log)
    assert ours["execute_after"] == ours["created"]
    assert theirs["execute_after"] == theirs["created"]


def _timeless(row: asyncpg.Record) -> dict[str, object]:
    varying = {"id", "job_id", "created", "updated", "heartbeat", "execute_after"}
    return {name: value for name, value in row.items() if name not in varying}
