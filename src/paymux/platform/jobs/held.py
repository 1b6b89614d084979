"""Jobs that failed for good: listed for an operator, and put back in line."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg
import msgspec

from paymux.platform.jobs.queue import Job


@dataclass(frozen=True, slots=True)
class HeldJob:
    """A job that has used up its tries."""

    number: int
    job: Job
    tries: int
    held_at: datetime


async def list_held(url: str, limit: int = 100) -> list[HeldJob]:
    """Return the jobs that are held, longest first."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        rows = await connection.fetch(
            "SELECT id, payload, attempts, updated FROM pgqueuer WHERE status = 'failed'"
            " ORDER BY updated LIMIT $1",
            limit,
        )
    finally:
        await connection.close()
    return [
        HeldJob(
            row["id"],
            msgspec.json.decode(row["payload"], type=Job),
            row["attempts"] + 1,
            row["updated"],
        )
        for row in rows
    ]


async def requeue(url: str, numbers: list[int] | None = None) -> int:
    """Have held jobs run again from their first try, all of them when none is named."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        done = await connection.fetch(
            "UPDATE pgqueuer SET status = 'queued', attempts = 0, execute_after = now(),"
            " updated = now(), queue_manager_id = NULL"
            " WHERE status = 'failed' AND ($1::bigint[] IS NULL OR id = ANY($1)) RETURNING id",
            numbers,
        )
    finally:
        await connection.close()
    return len(done)
