"""Jobs that failed for good: listed for an operator, and put back in line."""

from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import asyncpg
import msgspec
from pgqueuer.db import AsyncpgDriver
from pgqueuer.queries import Queries

from paymux.platform.jobs.queue import Job

_ALL: Final = 100_000


@dataclass(frozen=True, slots=True)
class HeldJob:
    """A job that has used up its tries."""

    number: int
    job: Job
    tries: int
    held_at: datetime


async def list_held(url: str, limit: int = 100) -> list[HeldJob]:
    """Return the jobs that are held, oldest first."""
    async with _queries(url) as queries:
        found = await queries.list_failed_jobs(limit, "ASC")
    return [
        HeldJob(
            number=held.id,
            job=msgspec.json.decode(held.payload or b"{}", type=Job),
            tries=held.attempts + 1,
            held_at=held.updated,
        )
        for held in found
    ]


async def requeue(url: str, numbers: Collection[int] | None = None) -> int:
    """Have held jobs run again from their first try, all of them when none is named."""
    async with _queries(url) as queries:
        held = await queries.list_failed_jobs(_ALL)
        chosen = [job.id for job in held if numbers is None or job.id in numbers]
        await queries.requeue_jobs(chosen)
    return len(chosen)


@asynccontextmanager
async def _queries(url: str) -> AsyncIterator[Queries]:
    connection = await asyncpg.connect(url, timeout=10)
    try:
        yield Queries(AsyncpgDriver(connection))
    finally:
        await connection.close()
