"""Jobs are part of the transaction that causes them, and run when they are due."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.billing.adapters.persistence.customers import ExternalIdIsTaken
from paymux.billing.adapters.persistence.unit_of_work import SqlUnitOfWork
from paymux.billing.domain.customer import Customer
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import CustomerId
from paymux.platform.jobs.queue import Job, JobOutsideTransaction, TransactionalJobs
from tests.integration.conftest import Database
from tests.integration.platform.workers import SCOPE, Desk, enqueue, working

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ANNA, ANOTHER_ANNA = (
    Customer(id=CustomerId(each), external_id="anna", created_at=NOW, updated_at=NOW)
    for each in ("cus_1", "cus_2")
)


@pytest.fixture(name="superuser")
async def _superuser(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


async def queued(superuser: asyncpg.Connection) -> int:
    found: int = await superuser.fetchval("SELECT count(*) FROM pgqueuer")
    return found


async def test_a_committed_job_runs_once_with_all_that_was_said(
    engine: AsyncEngine, database: Database, superuser: asyncpg.Connection
) -> None:
    async with SqlUnitOfWork(engine, SCOPE) as work:
        await work.customers.add(ANNA)
        await work.jobs.enqueue("test.job", "cus_1", detail={"round": 3})
        await work.commit()
    desk = Desk()
    async with working(database.app_url, desk):
        await desk.has_seen(1)
    assert desk.jobs == [
        Job(
            name="test.job",
            tenant_id=SCOPE.tenant_id,
            mode=SCOPE.mode,
            subject_id="cus_1",
            detail={"round": 3},
        )
    ]
    assert await queued(superuser) == 0


async def leave_without_commit(work: SqlUnitOfWork) -> None:
    await work.customers.add(ANNA)


async def fail(work: SqlUnitOfWork) -> None:
    await work.customers.add(ANNA)
    await work.customers.get(CustomerId("cus_9"))


async def break_a_rule(work: SqlUnitOfWork) -> None:
    await work.customers.add(ANNA)
    await work.customers.add(ANOTHER_ANNA)


@pytest.mark.parametrize("end", [leave_without_commit, fail, break_a_rule])
async def test_a_job_is_gone_with_its_transaction(
    engine: AsyncEngine,
    database: Database,
    superuser: asyncpg.Connection,
    end: Callable[[SqlUnitOfWork], Awaitable[None]],
) -> None:
    with suppress(ThingIsNotFound, ExternalIdIsTaken):
        async with SqlUnitOfWork(engine, SCOPE) as work:
            await work.jobs.enqueue("test.job", "rolled back")
            await end(work)
    assert await queued(superuser) == 0
    assert await superuser.fetchval("SELECT count(*) FROM customers") == 0
    await enqueue(engine, "committed")
    desk = Desk()
    async with working(database.app_url, desk):
        await desk.has_seen(1)
    assert desk.subjects == ["committed"]


async def test_a_job_is_not_seen_before_its_commit(
    engine: AsyncEngine, database: Database
) -> None:
    desk = Desk()
    async with working(database.app_url, desk):
        async with SqlUnitOfWork(engine, SCOPE) as work:
            await work.jobs.enqueue("test.job", "slow")
            await enqueue(engine, "quick")
            await desk.has_seen(1)
            await asyncio.sleep(0.2)
            assert desk.subjects == ["quick"]
            await work.commit()
        await desk.has_seen(2)
    assert desk.subjects == ["quick", "slow"]


async def test_a_job_cannot_be_put_in_front_of_a_transaction(
    engine: AsyncEngine, superuser: asyncpg.Connection
) -> None:
    async with engine.connect() as connection:

        async def driver() -> asyncpg.Connection | None:
            return (await connection.get_raw_connection()).driver_connection

        with pytest.raises(JobOutsideTransaction):
            await TransactionalJobs(driver, SCOPE).enqueue("test.job", "x")
    assert await queued(superuser) == 0


async def test_a_job_that_is_to_run_once_is_not_put_beside_the_very_same(
    engine: AsyncEngine, database: Database, superuser: asyncpg.Connection
) -> None:
    async def put(number: int) -> None:
        async with SqlUnitOfWork(engine, SCOPE) as work:
            await work.jobs.enqueue("test.job", "x", detail={"round": number}, once=True)
            await work.commit()

    for number in (1, 1, 2, 1):
        await put(number)
    assert await queued(superuser) == 2
    desk = Desk()
    async with working(database.app_url, desk):
        await desk.has_seen(2)
    await put(1)
    assert await queued(superuser) == 1


async def test_a_job_waits_until_it_is_due(engine: AsyncEngine, database: Database) -> None:
    wait = timedelta(seconds=1.2)
    begun = asyncio.get_running_loop().time()
    await enqueue(engine, "later", after=wait)
    await enqueue(engine, "now")
    desk = Desk()
    async with working(database.app_url, desk):
        await desk.has_seen(1)
        assert desk.subjects == ["now"]
        await desk.has_seen(2)
    assert desk.subjects == ["now", "later"]
    assert asyncio.get_running_loop().time() - begun >= wait.total_seconds()


async def test_several_workers_share_the_jobs_and_none_runs_twice(
    engine: AsyncEngine, database: Database
) -> None:
    subjects = [f"thing {number}" for number in range(60)]
    desk = Desk()
    async with working(database.app_url, desk), working(database.app_url, desk):
        await enqueue(engine, *subjects)
        await desk.has_seen(len(subjects))
    assert sorted(desk.subjects) == sorted(subjects)


async def test_a_worker_that_stops_finishes_what_it_has_in_hand(
    engine: AsyncEngine, database: Database, superuser: asyncpg.Connection
) -> None:
    ended: list[str] = []

    async def slow(job: Job) -> None:
        await asyncio.sleep(0.5)
        ended.append(job.subject_id)

    desk = Desk(slow)
    await enqueue(engine, "in hand")
    async with working(database.app_url, desk):
        await desk.has_seen(1)
    assert ended == ["in hand"]
    assert await queued(superuser) == 0


async def test_a_worker_outlives_its_connection(
    engine: AsyncEngine, database: Database, superuser: asyncpg.Connection
) -> None:
    desk = Desk()
    async with working(database.app_url, desk):
        await enqueue(engine, "before")
        await desk.has_seen(1)
        await engine.dispose()
        await superuser.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await enqueue(engine, "after")
        await desk.has_seen(2)
    assert desk.subjects[-1] == "after"


_DIES = """
import asyncio, sys
from paymux.platform.jobs.worker import RetryPolicy, Worker

async def hang(job):
    print("started", flush=True)
    await asyncio.sleep(3600)

asyncio.run(Worker(sys.argv[1], {"test.job": hang}, RetryPolicy()).run())
"""


async def test_the_job_of_a_killed_worker_runs_again(
    engine: AsyncEngine, database: Database, superuser: asyncpg.Connection
) -> None:
    await enqueue(engine, "in hand")
    doomed = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _DIES, database.app_url, stdout=asyncio.subprocess.PIPE
    )
    assert doomed.stdout is not None
    assert await asyncio.wait_for(doomed.stdout.readline(), timeout=30) == b"started\n"
    os.kill(doomed.pid, signal.SIGKILL)
    await doomed.wait()
    # Its last sign of life ages at once, so that the test does not wait for it.
    await superuser.execute("UPDATE pgqueuer SET heartbeat = heartbeat - interval '11 seconds'")
    desk = Desk()
    async with working(database.app_url, desk):
        await desk.has_seen(1)
    assert desk.subjects == ["in hand"]
    assert await queued(superuser) == 0
