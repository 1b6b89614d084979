"""Deliveries that come together share a commit; each is answered after its own event is kept."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest

from paymux.integrations.adapters.inbox import Inbox
from paymux.integrations.application.provider_events import PROCESS
from paymux.integrations.domain.provider_event import ProviderEvent
from paymux.kernel.ids import ConnectionId, ProviderEventId, TenantId
from paymux.kernel.scope import Mode, Scope
from tests.integration.conftest import Database
from tests.integration.platform.workers import Desk, working

ONE = Scope(TenantId("ten_one"), Mode.TEST)
LIVE = Scope(ONE.tenant_id, Mode.LIVE)
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


def event(number: int, says: str | None = None, event_type: str = "paid") -> ProviderEvent:
    identity = says or f"evt_{number}"
    return ProviderEvent(
        id=ProviderEventId(f"pev_{number:04d}"),
        connection_id=ConnectionId("con_1"),
        provider="stripe",
        event_id=identity,
        fallback_identity=f"hash of {identity}",
        event_type=event_type,
        body=bytes(range(256)),
        received_at=NOW,
        occurred_at=NOW,
    )


async def kept(superuser: asyncpg.Connection) -> set[str]:
    return {row["id"] for row in await superuser.fetch("SELECT id FROM provider_events")}


async def commits(superuser: asyncpg.Connection) -> int:
    """Count the transactions that stored something: each has an xid of its own."""
    found: int = await superuser.fetchval("SELECT count(DISTINCT xmin::text) FROM provider_events")
    return found


async def test_many_deliveries_share_few_commits_and_none_is_lost(
    inbox: Inbox, superuser: asyncpg.Connection
) -> None:
    await inbox.put(ONE, event(0))
    scopes = (ONE, OTHER, LIVE)
    await asyncio.gather(*(inbox.put(scopes[n % 3], event(n)) for n in range(1, 601)))
    assert await kept(superuser) == {event(n).id for n in range(601)}
    assert await commits(superuser) <= 1 + 3 + 1
    jobs = await superuser.fetch("SELECT DISTINCT payload FROM pgqueuer")
    assert len(jobs) == 601


async def test_every_delivery_is_answered_after_its_event_is_there_for_all_to_see(
    inbox: Inbox, superuser: asyncpg.Connection
) -> None:
    looking = asyncio.Lock()
    seen: list[bool] = []

    async def deliver(number: int) -> None:
        await asyncio.sleep(number % 5 / 100)
        await inbox.put(ONE, event(number))
        async with looking:
            seen.append(event(number).id in await kept(superuser))

    await asyncio.gather(*(deliver(number) for number in range(60)))
    assert seen == [True] * 60


async def test_no_delivery_is_answered_while_its_commit_is_held_up(
    inbox: Inbox, superuser: asyncpg.Connection
) -> None:
    async with superuser.transaction():
        await superuser.execute("LOCK TABLE provider_events IN EXCLUSIVE MODE")
        waiting = [asyncio.create_task(inbox.put(ONE, event(n))) for n in range(5)]
        done, _ = await asyncio.wait(waiting, timeout=0.3)
        assert not done
    await asyncio.gather(*waiting)
    assert len(await kept(superuser)) == 5


async def test_repeats_among_many_are_kept_once_and_all_are_answered(
    inbox: Inbox, superuser: asyncpg.Connection
) -> None:
    await inbox.put(ONE, event(900, says="evt_7"))
    await asyncio.gather(*(inbox.put(ONE, event(n, says=f"evt_{n % 10}")) for n in range(200)))
    rows = await superuser.fetch("SELECT event_id FROM provider_events ORDER BY event_id")
    assert [row["event_id"] for row in rows] == [f"evt_{number}" for number in range(10)]
    assert await superuser.fetchval("SELECT count(*) FROM pgqueuer") == 10


async def test_a_repeat_under_a_new_number_with_the_same_body_is_a_repeat(
    inbox: Inbox, superuser: asyncpg.Connection
) -> None:
    first, second = event(1), event(2)
    second.fallback_identity = first.fallback_identity
    await inbox.put(ONE, first)
    await inbox.put(ONE, second)
    assert await kept(superuser) == {first.id}


async def test_one_bad_row_costs_its_neighbours_of_other_tenants_nothing(
    inbox: Inbox, superuser: asyncpg.Connection
) -> None:
    bad = event(50, event_type="no text may hold \x00")
    answers = await asyncio.gather(
        *(inbox.put((ONE, OTHER)[n % 2], event(n) if n != 50 else bad) for n in range(100)),
        return_exceptions=True,
    )
    assert [n for n, answer in enumerate(answers) if answer is not None] == [50]
    assert await kept(superuser) == {event(n).id for n in range(100) if n != 50}
    assert await superuser.fetchval("SELECT count(*) FROM pgqueuer") == 99


async def test_a_caller_that_gives_up_takes_nobody_elses_event_along(
    inbox: Inbox, superuser: asyncpg.Connection
) -> None:
    async with superuser.transaction():
        await superuser.execute("LOCK TABLE provider_events IN EXCLUSIVE MODE")
        waiting = [asyncio.create_task(inbox.put(ONE, event(n))) for n in range(5)]
        await asyncio.wait(waiting, timeout=0.2)
        waiting[2].cancel()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(answer) for answer in answers].count(asyncio.CancelledError) == 1
    assert await kept(superuser) >= {event(n).id for n in (0, 1, 3, 4)}


async def test_a_lost_connection_costs_no_event_that_was_answered(
    inbox: Inbox, superuser: asyncpg.Connection
) -> None:
    answered = set[str]()

    async def deliver(number: int) -> None:
        await asyncio.sleep(number / 400)
        try:
            await inbox.put(ONE, event(number))
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return
        answered.add(event(number).id)

    async def cut() -> None:
        await asyncio.sleep(0.15)
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    await asyncio.gather(cut(), *(deliver(number) for number in range(200)))
    assert answered <= await kept(superuser)
    await inbox.put(ONE, event(999))
    assert event(999).id in await kept(superuser)


async def test_closing_keeps_what_is_still_waiting(
    database: Database, superuser: asyncpg.Connection
) -> None:
    inbox = Inbox(database.app_url)
    waiting = [asyncio.create_task(inbox.put(ONE, event(n))) for n in range(300)]
    await asyncio.sleep(0)
    await inbox.close()
    await asyncio.gather(*waiting)
    assert len(await kept(superuser)) == 300


async def test_the_job_of_an_event_runs_for_its_tenant_and_mode(
    inbox: Inbox, database: Database
) -> None:
    desk = Desk()
    async with working(database.app_url, desk, name=PROCESS):
        await asyncio.gather(inbox.put(ONE, event(1)), inbox.put(LIVE, event(2)))
        await desk.has_seen(2)
    assert {(job.scope, job.subject_id) for job in desk.jobs} == {
        (ONE, event(1).id),
        (LIVE, event(2).id),
    }
