"""A failing job is tried again, later and later, then held until somebody puts it back."""

import logging
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.platform.jobs.held import list_held, requeue
from paymux.platform.jobs.queue import Job
from paymux.platform.jobs.worker import RetryPolicy, RunLater
from tests.integration.conftest import Database
from tests.integration.platform.workers import AT_ONCE, SCOPE, Desk, enqueue, working

SECRET = "sk_live_Zk3vW8uTqLm5"
PATIENT = RetryPolicy(max_tries=5, base=timedelta(minutes=1), ceiling=timedelta(minutes=3))


@pytest.fixture(name="superuser")
async def _superuser(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


async def fail(_: Job) -> None:
    raise ValueError(SECRET)


async def waits(superuser: asyncpg.Connection) -> list[float]:
    rows = await superuser.fetch(
        "SELECT extract(epoch FROM execute_after - updated)::float AS wait FROM pgqueuer"
    )
    return [row["wait"] for row in rows]


async def test_a_failing_job_is_tried_as_often_as_the_policy_says_and_then_held(
    engine: AsyncEngine, database: Database
) -> None:
    before = datetime.now(UTC)
    await enqueue(engine, "broken", "whole")

    async def break_some(job: Job) -> None:
        if job.subject_id == "broken":
            await fail(job)

    desk = Desk(break_some)
    async with working(database.app_url, desk):
        await desk.has_seen(1 + AT_ONCE.max_tries)
    tries = [job.tries for job in desk.jobs if job.subject_id == "broken"]
    assert tries == list(range(AT_ONCE.max_tries))
    [held] = await list_held(database.app_url)
    assert (held.job.name, held.job.subject_id) == ("test.job", "broken")
    assert held.job.scope == SCOPE
    assert held.tries == AT_ONCE.max_tries
    assert before <= held.held_at <= datetime.now(UTC)


async def test_waits_double_up_to_the_ceiling_and_no_two_jobs_wait_alike(
    engine: AsyncEngine, database: Database, superuser: asyncpg.Connection
) -> None:
    subjects = [f"thing {number}" for number in range(12)]
    await enqueue(engine, *subjects)
    for round_, longest in enumerate((60, 120, 180, 180), start=1):
        desk = Desk(fail)
        async with working(database.app_url, desk, PATIENT):
            await desk.has_seen(len(subjects))
        found = await waits(superuser)
        assert all(longest / 2 - 0.1 <= wait <= longest + 0.1 for wait in found)
        assert len({round(wait, 3) for wait in found}) > len(subjects) / 2
        assert {job.tries for job in desk.jobs} == {round_ - 1}
        await superuser.execute("UPDATE pgqueuer SET execute_after = now()")


async def test_a_handler_may_say_when_it_wants_to_run_again(
    engine: AsyncEngine, database: Database, superuser: asyncpg.Connection
) -> None:
    async def later(_: Job) -> None:
        reason = "the provider asks for it"
        raise RunLater(reason, timedelta(seconds=17))

    await enqueue(engine, "asked to wait")
    desk = Desk(later)
    async with working(database.app_url, desk, PATIENT):
        await desk.has_seen(1)
    assert await waits(superuser) == [pytest.approx(17, abs=0.5)]
    assert not await list_held(database.app_url)


async def test_a_handler_may_wish_to_be_run_until_it_works(
    engine: AsyncEngine, database: Database
) -> None:
    async def later(job: Job) -> None:
        if job.tries < AT_ONCE.max_tries + 2:
            reason = "the provider is down"
            raise RunLater(reason, for_ever=True)

    await enqueue(engine, "closes a page")
    desk = Desk(later)
    async with working(database.app_url, desk):
        await desk.has_seen(AT_ONCE.max_tries + 3)
    assert not await list_held(database.app_url)


async def test_a_requeued_job_starts_again_from_its_first_try(
    engine: AsyncEngine, database: Database
) -> None:
    await enqueue(engine, "broken")
    desk = Desk(fail)
    async with working(database.app_url, desk):
        await desk.has_seen(AT_ONCE.max_tries)
    assert await requeue(database.app_url) == 1
    mended = Desk()
    async with working(database.app_url, mended):
        await mended.has_seen(1)
    assert [(job.subject_id, job.tries) for job in mended.jobs] == [("broken", 0)]
    assert not await list_held(database.app_url)
    assert await requeue(database.app_url) == 0


async def test_only_the_named_jobs_are_put_back(engine: AsyncEngine, database: Database) -> None:
    await enqueue(engine, "one")
    await enqueue(engine, "two")
    desk = Desk(fail)
    async with working(database.app_url, desk):
        await desk.has_seen(2 * AT_ONCE.max_tries)
    held = await list_held(database.app_url)
    assert [each.job.subject_id for each in held] == ["one", "two"]
    assert [each.number for each in await list_held(database.app_url, 1)] == [held[0].number]
    assert await requeue(database.app_url, [held[1].number, 999_999]) == 1
    mended = Desk()
    async with working(database.app_url, mended):
        await mended.has_seen(1)
    assert mended.subjects == ["two"]
    assert [each.job.subject_id for each in await list_held(database.app_url)] == ["one"]


async def test_a_held_job_is_left_alone_by_workers(
    engine: AsyncEngine, database: Database
) -> None:
    await enqueue(engine, "broken")
    desk = Desk(fail)
    async with working(database.app_url, desk):
        await desk.has_seen(AT_ONCE.max_tries)
    later = Desk()
    async with working(database.app_url, later):
        await enqueue(engine, "next")
        await later.has_seen(1)
    assert later.subjects == ["next"]


async def test_what_an_error_said_is_not_kept_in_the_database(
    engine: AsyncEngine, database: Database, superuser: asyncpg.Connection
) -> None:
    await enqueue(engine, "broken")
    desk = Desk(fail)
    async with working(database.app_url, desk):
        await desk.has_seen(AT_ONCE.max_tries)
    kept = await superuser.fetch("SELECT traceback::text FROM pgqueuer_log")
    texts = [row["traceback"] for row in kept if row["traceback"]]
    assert len(texts) == AT_ONCE.max_tries
    assert all("ValueError" in text for text in texts)
    assert SECRET not in "".join(texts)


async def test_a_failure_is_logged_with_whose_job_it_was(
    engine: AsyncEngine, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await enqueue(engine, "broken")
    desk = Desk(fail)
    with caplog.at_level(logging.ERROR, "paymux"):
        async with working(database.app_url, desk):
            await desk.has_seen(AT_ONCE.max_tries)
    ours = [record for record in caplog.records if record.name.startswith("paymux")]
    assert [vars(record)["subject_id"] for record in ours] == ["broken"] * AT_ONCE.max_tries
