"""Runs jobs until told to stop, through restarts of the database."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import asyncpg
import msgspec
from pgqueuer import QueueManager
from pgqueuer.db import AsyncpgDriver
from pgqueuer.errors import RetryRequested
from pgqueuer.executors import EntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.models import Context
from pgqueuer.models import Job as QueuedJob
from pgqueuer.queries import Queries

from paymux.platform.jobs.queue import Job
from paymux.platform.telemetry.logging import bound_log_context

logger = logging.getLogger(__name__)

Handler = Callable[[Job], Awaitable[None]]

_STEADY_SECONDS: Final = 10.0
_LONGEST_PAUSE_SECONDS: Final = 5.0


class RunLater(Exception):
    """A handler's wish to be run again after `delay`; counts as a try.

    `for_ever`: however often it was tried, with waits that go on growing up to some hours.
    """

    def __init__(
        self, reason: str, delay: timedelta | None = None, *, for_ever: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.delay = delay
        self.for_ever = for_ever


class JobFailed(Exception):
    """What is kept of a handler's error: its kind, never its text, which may quote data."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Half jitter over an exponential; after `max_tries` the job is held for an operator.

    `for_ever`: the ceiling of jobs that are never held.
    """

    max_tries: int = 10
    base: timedelta = timedelta(seconds=2)
    ceiling: timedelta = timedelta(minutes=10)
    for_ever: timedelta = timedelta(hours=6)

    def delay(self, tries: int, *, for_ever: bool = False) -> timedelta:
        """Return how long to wait before try number `tries + 1`."""
        doubled: timedelta = self.base * 2 ** min(tries, 20)
        most = min(doubled, self.for_ever if for_ever else self.ceiling)
        return most * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret


class Worker:
    """A queue consumer on its own connection; any number may run on any number of hosts."""

    def __init__(self, url: str, handlers: Mapping[str, Handler], policy: RetryPolicy) -> None:
        self._url = url
        self._handlers = handlers
        self._policy = policy
        self._stopping = asyncio.Event()
        self._manager: QueueManager | None = None

    def stop(self) -> None:
        """Take no new job; `run` returns when those in hand are done."""
        self._stopping.set()
        if self._manager is not None:
            self._manager.shutdown.set()

    async def run(self) -> None:
        """Consume jobs until `stop`; a lost database is waited for, never fatal."""
        failures = 0
        while not self._stopping.is_set():
            began = time.monotonic()
            reason = "the connection was lost"
            try:
                await self._consume()
            except Exception as error:  # noqa: BLE001 - whatever it is, jobs have to go on
                # A killed server also shows as asyncpg's InternalClientError, which belongs to
                # none of its families of errors.
                reason = repr(error)
            if self._stopping.is_set():
                break
            failures = 1 if time.monotonic() - began > _STEADY_SECONDS else failures + 1
            logger.warning("The job queue is out of reach.", extra={"error": reason})
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), timeout=_pause(failures))

    async def _consume(self) -> None:
        # Without a time limit, an answer that a broken network swallowed is awaited for minutes.
        connection = await asyncpg.connect(self._url, timeout=10, command_timeout=30)
        try:
            manager = QueueManager(Queries(AsyncpgDriver(connection)))
            for name, handler in self._handlers.items():
                manager.register_executor(name, self._executor(handler))
            self._manager = manager
            if self._stopping.is_set():
                return
            logger.info("The worker takes jobs.", extra={"jobs": sorted(self._handlers)})
            await manager.run(
                dequeue_timeout=timedelta(seconds=5),
                batch_size=20,
                max_concurrent_tasks=40,
                shutdown_on_listener_failure=True,
                heartbeat_timeout=timedelta(seconds=10),
            )
        finally:
            self._manager = None
            await connection.close(timeout=5)

    def _executor(self, handler: Handler) -> EntrypointExecutor:
        async def entrypoint(queued: QueuedJob) -> None:
            await handler(_decoded(queued))

        parameters = EntrypointExecutorParameters(
            func=entrypoint, concurrency_limit=0, on_failure="hold"
        )
        return _RetryingExecutor(parameters, self._policy)


@dataclass
class _RetryingExecutor(EntrypointExecutor):
    policy: RetryPolicy = RetryPolicy()

    async def execute(self, job: QueuedJob, context: Context) -> None:
        decoded = _decoded(job)
        with bound_log_context(tenant_id=decoded.tenant_id, job=decoded.name):
            try:
                await super().execute(job, context)
            except RunLater as wish:
                self._again(job, wish.reason, wish.delay, for_ever=wish.for_ever)
            except asyncio.CancelledError:
                # pgqueuer would take it for an operator's wish and forget the job.
                raise RetryRequested(timedelta(0), "interrupted by the worker's end") from None
            except Exception as error:
                logger.exception("A job failed.", extra={"subject_id": decoded.subject_id})
                self._again(job, type(error).__name__, None)

    def _again(
        self,
        job: QueuedJob,
        reason: str,
        delay: timedelta | None,
        *,
        for_ever: bool = False,
    ) -> None:
        if job.attempts + 1 >= self.policy.max_tries and not for_ever:
            raise JobFailed(reason) from None
        wait = delay or self.policy.delay(job.attempts, for_ever=for_ever)
        raise RetryRequested(wait, reason) from None


def _pause(failures: int) -> float:
    longest = min(0.5 * 2.0 ** min(failures, 10), _LONGEST_PAUSE_SECONDS)
    return longest * random.uniform(0.4, 1.0)  # noqa: S311 - jitter, not a secret


def _decoded(queued: QueuedJob) -> Job:
    job = msgspec.json.decode(queued.payload or b"{}", type=Job)
    return msgspec.structs.replace(job, tries=queued.attempts)
