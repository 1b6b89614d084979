"""A worker in the test's own event loop, and what its handler was given."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.kernel.ids import TenantId
from paymux.kernel.scope import Mode, Scope
from paymux.platform.database.unit_of_work import UnitOfWork
from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import RetryPolicy, Worker

SCOPE: Final = Scope(TenantId("ten_1"), Mode.LIVE)
AT_ONCE: Final = RetryPolicy(max_tries=3, base=timedelta(milliseconds=20))


class Desk:
    """A handler that notes each job, does what it is told with it, and can be waited for."""

    def __init__(self, does: Callable[[Job], Awaitable[None]] | None = None) -> None:
        self.jobs: list[Job] = []
        self._does = does
        self._changed = asyncio.Condition()

    async def __call__(self, job: Job) -> None:
        async with self._changed:
            self.jobs.append(job)
            self._changed.notify_all()
        if self._does is not None:
            await self._does(job)

    @property
    def subjects(self) -> list[str]:
        return [job.subject_id for job in self.jobs]

    async def has_seen(self, number: int, within: float = 15) -> None:
        async with asyncio.timeout(within), self._changed:
            await self._changed.wait_for(lambda: len(self.jobs) >= number)


@asynccontextmanager
async def working(
    url: str, desk: Desk, policy: RetryPolicy = AT_ONCE, name: str = "test.job"
) -> AsyncIterator[Worker]:
    """Run a worker meanwhile; leaving waits for the jobs in hand."""
    worker = Worker(url, {name: desk}, policy)
    task = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await asyncio.wait_for(task, timeout=20)


async def enqueue(
    engine: AsyncEngine, *subjects: str, after: timedelta = timedelta(0), name: str = "test.job"
) -> None:
    """Ask for a job about each subject, and commit."""
    async with UnitOfWork(engine, SCOPE) as work:
        for subject in subjects:
            await work.jobs.enqueue(name, subject, after=after)
        await work.commit()
