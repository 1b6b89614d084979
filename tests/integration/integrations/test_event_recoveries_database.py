"""Whose turn it is to be looked through, in a real PostgreSQL: planned once, never forgotten."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.integrations.adapters.inbox import Inbox
from paymux.integrations.adapters.persistence.connection_lookup import SqlConnectionLookup
from paymux.integrations.adapters.persistence.event_recoveries import (
    SqlDueRecoveries,
    SqlRecoveryUnitOfWork,
)
from paymux.integrations.adapters.persistence.unit_of_work import SqlUnitOfWork
from paymux.integrations.application.missed_events import MissedEvents
from paymux.integrations.domain.connection import Connection
from paymux.integrations.domain.provider_event import ProviderEvent
from paymux.integrations.ports.recovery import DisputesTaken, EventsAreNotListed, EventsPage
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId, ProviderEventId
from paymux.kernel.scope import Mode, Scope
from tests.integration.conftest import Database
from tests.integration.integrations.test_connections_database import NOW, a_connection
from tests.unit.integrations.connections.fakes import ACME, RIVAL

EVERY = timedelta(minutes=15)
LIVE = Scope(ACME.tenant_id, Mode.LIVE)


class _Clock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time


class _Lists:
    """Has told us of two events, the same ones whenever it is asked."""

    async def page(
        self,
        scope: Scope,  # noqa: ARG002
        connection_id: ConnectionId,
        since: datetime,
        until: datetime,  # noqa: ARG002
        cursor: str | None,  # noqa: ARG002
    ) -> EventsPage | EventsAreNotListed:
        return EventsPage([_event(connection_id, number, since) for number in (1, 2)])


def _event(connection_id: ConnectionId, number: int, when: datetime) -> ProviderEvent:
    return ProviderEvent(
        id=ProviderEventId(f"pev_{number}_{when.timestamp()}"),
        connection_id=connection_id,
        provider="bank",
        event_id=f"evt_{number}",
        fallback_identity=f"print_{number}",
        event_type="paid",
        body=b"{}",
        received_at=NOW,
    )


class _NoDisputes:
    async def take_in(
        self,
        scope: Scope,  # noqa: ARG002
        connection_id: ConnectionId,  # noqa: ARG002
        since: datetime,  # noqa: ARG002
        until: datetime,  # noqa: ARG002
    ) -> DisputesTaken | None:
        return None


@pytest.fixture(name="clock")
def _clock() -> _Clock:
    return _Clock()


@pytest.fixture(name="missed")
async def _missed(
    engine: AsyncEngine, database: Database, clock: _Clock
) -> AsyncIterator[MissedEvents]:
    inbox = Inbox(database.app_url)
    yield MissedEvents(
        units_of_work=lambda scope: SqlRecoveryUnitOfWork(engine, scope),
        lists=_Lists(),
        disputes=_NoDisputes(),
        inbox=inbox,
        due=SqlDueRecoveries(engine, SqlConnectionLookup(engine)),
        clock=clock,
        every=EVERY,
    )
    await inbox.close()


async def _connected(
    engine: AsyncEngine, scope: Scope = ACME, *, is_deleted: bool = False
) -> Connection:
    connection = a_connection()
    if is_deleted:
        connection.delete(NOW)
    connection.mode = scope.mode
    async with SqlUnitOfWork(engine, scope) as work:
        await work.connections.add(connection)
        await work.commit()
    return connection


async def _jobs(database: Database) -> int:
    connection = await asyncpg.connect(database.superuser_url)
    try:
        statement = "SELECT count(*) FROM pgqueuer WHERE entrypoint = $1"
        return int(await connection.fetchval(statement, "integrations.recover_events"))
    finally:
        await connection.close()


async def test_a_new_connection_is_first_looked_through_after_a_while(
    engine: AsyncEngine, missed: MissedEvents, clock: _Clock, database: Database
) -> None:
    await _connected(engine)
    assert await missed.plan_due() == 0
    clock.time += EVERY
    assert await missed.plan_due() == 1
    assert await missed.plan_due() == 0
    clock.time += EVERY
    assert await missed.plan_due() == 1
    assert await _jobs(database) == 2


async def test_many_processes_plan_each_turn_once(
    engine: AsyncEngine, missed: MissedEvents, clock: _Clock, database: Database
) -> None:
    await _connected(engine)
    await _connected(engine, RIVAL)
    await _connected(engine, LIVE)
    clock.time += EVERY
    assert sum(await asyncio.gather(*(missed.plan_due() for _ in range(8)))) == 3
    assert await _jobs(database) == 3


async def test_a_deleted_connection_has_no_turn(
    engine: AsyncEngine, missed: MissedEvents, clock: _Clock
) -> None:
    await _connected(engine, is_deleted=True)
    clock.time += EVERY
    assert await missed.plan_due() == 0


async def test_events_found_again_are_in_the_inbox_once(
    engine: AsyncEngine, missed: MissedEvents, clock: _Clock, database: Database
) -> None:
    connection = await _connected(engine)
    clock.time += EVERY
    first = await missed.recover(ACME, connection.id)
    assert (first.listed, first.recovered) == (2, 2)
    clock.time += EVERY
    again = await missed.recover(ACME, connection.id)
    assert (again.listed, again.recovered) == (2, 0)
    assert again.since > first.since
    superuser = await asyncpg.connect(database.superuser_url)
    assert await superuser.fetchval("SELECT count(*) FROM provider_events") == 2
    await superuser.close()


async def test_nobody_elses_connection_is_looked_through(
    engine: AsyncEngine, missed: MissedEvents
) -> None:
    connection = await _connected(engine)
    for scope in (RIVAL, LIVE):
        with pytest.raises(ThingIsNotFound):
            await missed.recover(scope, connection.id)
