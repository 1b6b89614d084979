"""Jobs that are enqueued by the transaction that causes them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Final

import asyncpg
import msgspec
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

from paymux.kernel.ids import TenantId
from paymux.kernel.scope import Mode, Scope

NO_DETAIL: Final[Mapping[str, int]] = {}

ENQUEUE: Final = """
queued AS (
    INSERT INTO pgqueuer (priority, entrypoint, payload, headers, execute_after, status)
    SELECT 0, job.name, job.payload, 'null', now(), 'queued' FROM job
    RETURNING id, entrypoint, priority
),
logged AS (
    INSERT INTO pgqueuer_log (job_id, status, entrypoint, priority)
    SELECT id, 'queued', entrypoint, priority FROM queued
)
"""
"""For the one statement that must store and enqueue in a single round trip: CTEs that put the
rows of a CTE `job` (name, payload) into the queue just as pgqueuer does; a test compares."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work for one tenant. It may run twice, so its handler is idempotent.

    `subject_id`: what it is about. `detail`: small numbers that steer it. `tries`: how often
    it was started before.
    """

    name: str
    tenant_id: TenantId
    mode: Mode
    subject_id: str
    detail: Mapping[str, int] = NO_DETAIL
    tries: int = 0

    @property
    def scope(self) -> Scope:
        """On whose behalf it runs."""
        return Scope(self.tenant_id, self.mode)


class TransactionalJobs:
    """Puts jobs into the caller's transaction: committed with it or gone with it.

    The transaction must have begun: asyncpg through SQLAlchemy begins lazily, and a job put on
    the bare connection first would survive a rollback.
    """

    def __init__(
        self, driver: Callable[[], Awaitable[asyncpg.Connection | None]], scope: Scope
    ) -> None:
        self._driver = driver
        self._scope = scope

    async def enqueue(
        self,
        name: str,
        subject_id: str,
        *,
        after: timedelta = timedelta(0),
        detail: Mapping[str, int] = NO_DETAIL,
        once: bool = False,
    ) -> None:
        """Ask for `name` to be run about `subject_id`, not before `after` has passed.

        `once`: but not if the very same job, detail and all, waits or runs already.
        """
        job = Job(
            name=name,
            tenant_id=self._scope.tenant_id,
            mode=self._scope.mode,
            subject_id=subject_id,
            detail=detail,
        )
        connection = await self._driver()
        if connection is None or not connection.is_in_transaction():
            raise JobOutsideTransaction(name)
        await put_jobs(connection, [job], after, once=once)


class JobOutsideTransaction(RuntimeError):
    """A job was enqueued before its transaction began; it would survive a rollback."""


async def put_jobs(
    connection: asyncpg.Connection,
    jobs: list[Job],
    after: timedelta = timedelta(0),
    *,
    once: bool = False,
) -> None:
    """Insert jobs on a driver connection that is inside a transaction."""
    payloads = [msgspec.json.encode(job) for job in jobs]
    await Queries(AsyncpgDriver(connection)).enqueue(
        [job.name for job in jobs],
        [*payloads],
        [0] * len(jobs),
        [after] * len(jobs),
        [sha256(payload).hexdigest() for payload in payloads] if once else None,
        on_conflict="skip",
    )
