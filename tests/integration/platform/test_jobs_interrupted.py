"""A job that is cut off when its worker ends is done by the next one."""

import asyncio
from contextlib import suppress

from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import Worker
from tests.integration.conftest import Database
from tests.integration.platform.workers import AT_ONCE, Desk, enqueue, working


async def hang(_: Job) -> None:
    await asyncio.sleep(60)


async def test_a_job_that_is_cut_off_goes_back_in_line(
    engine: AsyncEngine, database: Database
) -> None:
    slow, quick = Desk(hang), Desk()
    worker = Worker(database.app_url, {"test.job": slow}, AT_ONCE)
    task = asyncio.create_task(worker.run())
    await enqueue(engine, "long work")
    await slow.has_seen(1)
    worker.stop()
    await asyncio.sleep(0.2)
    assert not task.done()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)
    async with working(database.app_url, quick):
        await quick.has_seen(1, within=8)  # sooner than a job whose worker is only missing
    assert quick.subjects == ["long work"]


async def test_a_worker_without_a_database_stops_when_it_is_told_to() -> None:
    nowhere = "postgresql://paymux:secret@127.0.0.1:1/paymux"
    worker = Worker(nowhere, {"test.job": Desk()}, AT_ONCE)
    task = asyncio.create_task(worker.run())
    await asyncio.sleep(0.3)
    worker.stop()
    await asyncio.wait_for(task, 1)
