"""Makes events durable before their 2xx. The one hot path, and so the one without an ORM.

Events that arrive while a commit is under way share the next one: each caller is answered after
its own event is on disk, and a busy process makes far fewer commits than it takes events.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import asyncpg
import msgspec

from paymux.integrations.application.provider_events import PROCESS
from paymux.integrations.domain.provider_event import ProviderEvent
from paymux.kernel.scope import Scope
from paymux.platform.jobs.queue import ENQUEUE, Job

_MOST_TOGETHER: Final = 256

_OUT_OF_REACH: Final = (
    OSError,  # refused, reset, and TimeoutError
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)

# One statement, and so one round trip: its rows need the tenant that it sets first.
_STORE: Final = f"""
WITH tenant AS MATERIALIZED (SELECT set_config('paymux.tenant_id', $1, true) AS id),
new AS (
    INSERT INTO provider_events (tenant_id, mode, status, id, connection_id, provider, event_id,
        fallback_identity, event_type, body, occurred_at, received_at)
    SELECT tenant.id, $2, 'received', event.*
    FROM tenant, unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
        $9::bytea[], $10::timestamptz[], $11::timestamptz[]) AS event
    ON CONFLICT DO NOTHING
    RETURNING id
),
job AS (
    SELECT $12 AS name, given.payload
    FROM unnest($3::text[], $13::bytea[]) AS given (id, payload) JOIN new USING (id)
),
{ENQUEUE}
SELECT
"""  # noqa: S608 - both parts are ours


class _Waiting(msgspec.Struct):
    scope: Scope
    event: ProviderEvent
    stored: asyncio.Future[None]


class Inbox:
    """Stores verified events together with the job that will process each; repeats are dropped."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._pool: asyncpg.Pool | None = None
        self._waiting: list[_Waiting] = []
        self._writer: asyncio.Task[None] | None = None

    async def put(self, scope: Scope, event: ProviderEvent) -> None:
        """Return once the event is durable, or was before; raises when it could not be stored."""
        waiting = _Waiting(scope, event, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._writer is None or self._writer.done():
            self._writer = asyncio.create_task(self._write())
        await waiting.stored

    async def close(self) -> None:
        """Store what is waiting, then close the connections."""
        if self._writer is not None:
            await self._writer
        if self._pool is not None:
            await self._pool.close()

    async def _write(self) -> None:
        while self._waiting:
            batch = self._waiting[:_MOST_TOGETHER]
            del self._waiting[:_MOST_TOGETHER]
            try:
                await self._store(batch)
            except Exception:  # noqa: BLE001 - each caller is told of its own
                await self._store_one_by_one(batch)
            else:
                _tell(batch)

    async def _store_one_by_one(self, batch: Sequence[_Waiting]) -> None:
        """Keep one bad event, or one lost connection, from failing its neighbours.

        A database that is out of reach once more is so for all: nobody waits for each other's
        timeouts.
        """
        for number, waiting in enumerate(batch):
            try:
                await self._store([waiting])
            except _OUT_OF_REACH as error:
                _refuse(batch[number:], error)
                return
            except Exception as error:  # noqa: BLE001 - told to its own caller
                _refuse([waiting], error)
            else:
                _tell([waiting])

    async def _store(self, batch: Sequence[_Waiting]) -> None:
        by_scope: defaultdict[Scope, list[ProviderEvent]] = defaultdict(list)
        for waiting in batch:
            by_scope[waiting.scope].append(waiting.event)
        pool = await self._connected()
        async with pool.acquire(timeout=10) as connection:
            if len(by_scope) == 1:
                await _insert(connection, *by_scope.popitem())
                return
            async with connection.transaction():
                for scope, events in by_scope.items():
                    await _insert(connection, scope, events)

    async def _connected(self) -> asyncpg.Pool:
        if self._pool is None:
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=1,
                max_size=1,  # one commit at a time takes most events with it: two were slower
                timeout=10,
                command_timeout=30,
                reset=_nothing_to_reset,
            )
        return self._pool


async def _nothing_to_reset(_connection: asyncpg.Connection) -> None:
    """Save a round trip: the tenant is set for the transaction only."""


async def _insert(
    connection: asyncpg.Connection, scope: Scope, events: Sequence[ProviderEvent]
) -> None:
    jobs = [msgspec.json.encode(_job(scope, event.id)) for event in events]
    await connection.execute(_STORE, scope.tenant_id, scope.mode, *_columns(events), PROCESS, jobs)


def _columns(events: Sequence[ProviderEvent]) -> tuple[list[object], ...]:
    rows = [
        (
            event.id,
            event.connection_id,
            event.provider,
            event.event_id,
            event.fallback_identity,
            event.event_type,
            event.body,
            event.occurred_at,
            event.received_at,
        )
        for event in events
    ]
    return tuple(list(column) for column in zip(*rows, strict=True))


def _job(scope: Scope, event_id: str) -> Job:
    return Job(name=PROCESS, tenant_id=scope.tenant_id, mode=scope.mode, subject_id=event_id)


def _tell(batch: Sequence[_Waiting]) -> None:
    for waiting in batch:
        with suppress(asyncio.InvalidStateError):
            waiting.stored.set_result(None)


def _refuse(batch: Sequence[_Waiting], error: Exception) -> None:
    for waiting in batch:
        with suppress(asyncio.InvalidStateError):
            waiting.stored.set_exception(error)
