"""Idempotency-Keys on a real database: leases, take-overs, seals, tenants, age."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.integrations.adapters.vault.keys import KeyRing
from paymux.integrations.adapters.vault.seals import AesSeals, BlobIsBroken
from paymux.kernel.clock import SystemClock
from paymux.kernel.ids import TimeSortedIds, has_id_shape
from paymux.platform.idempotency.keys import SqlIdempotencyKeys
from paymux.platform.idempotency.requests import (
    ROOT,
    Answer,
    Different,
    KeyedRequest,
    KeyHolder,
    Run,
    Underway,
)
from paymux.platform.idempotency.sweeping import KeySweeper
from tests.integration.conftest import Database

MINE = KeyHolder("ten_mine", "test")
ASKED = KeyedRequest(MINE, "key-1", b"d" * 32)
ANSWER = Answer(201, [(b"content-type", b"application/json")], b'{"key":"pmx_test_secret"}')
IDS = TimeSortedIds(SystemClock())


@pytest.fixture(name="seals")
def _seals() -> AesSeals:
    return AesSeals(KeyRing({"v1": secrets.token_bytes(32)}), "idempotency")


@pytest.fixture(name="keys")
def _keys(engine: AsyncEngine, seals: AesSeals) -> SqlIdempotencyKeys:
    return SqlIdempotencyKeys(engine, seals, IDS, timedelta(minutes=1))


@pytest.fixture(name="superuser")
async def _superuser(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


async def started(keys: SqlIdempotencyKeys, request: KeyedRequest = ASKED) -> Run:
    run = await keys.claim(request)
    assert isinstance(run, Run)
    return run


async def end_leases(superuser: asyncpg.Connection) -> None:
    await superuser.execute(
        "UPDATE idempotency_keys SET locked_until = now() - interval '1 second'"
        " WHERE locked_until IS NOT NULL"
    )


async def test_the_first_run_is_named_after_its_record(keys: SqlIdempotencyKeys) -> None:
    run = await started(keys)
    assert run.is_first
    assert not run.origin.is_repeated
    ids = {run.origin.id("key", number) for number in range(3)}
    assert len(ids) == 3
    assert all(has_id_shape(one) for one in ids)


async def test_what_was_kept_is_given_back_as_it_was(keys: SqlIdempotencyKeys) -> None:
    assert await keys.keep(await started(keys), ANSWER)
    assert await keys.claim(ASKED) == ANSWER


async def test_sixty_four_claims_at_once_start_one_run(keys: SqlIdempotencyKeys) -> None:
    claims = await asyncio.gather(*(keys.claim(ASKED) for _ in range(64)))
    assert sum(isinstance(one, Run) for one in claims) == 1
    assert sum(isinstance(one, Underway) for one in claims) == 63


async def test_sixty_four_claims_at_once_take_a_dead_run_over_once(
    keys: SqlIdempotencyKeys, superuser: asyncpg.Connection
) -> None:
    first = await started(keys)
    await end_leases(superuser)
    claims = await asyncio.gather(*(keys.claim(ASKED) for _ in range(64)))
    (second,) = [one for one in claims if isinstance(one, Run)]
    assert second.origin.is_repeated
    assert second.origin.stem == first.origin.stem


async def test_a_run_that_was_taken_over_keeps_nothing(
    keys: SqlIdempotencyKeys, superuser: asyncpg.Connection
) -> None:
    first = await started(keys)
    await end_leases(superuser)
    second = await started(keys)
    assert not await keys.keep(first, Answer(500, [], b"late"))
    await keys.release(first)
    await keys.forget(first)
    assert isinstance(await keys.claim(ASKED), Underway)
    assert await keys.keep(second, ANSWER)
    assert await keys.claim(ASKED) == ANSWER


async def test_a_released_run_is_taken_over_at_once(keys: SqlIdempotencyKeys) -> None:
    await keys.release(await started(keys))
    assert (await started(keys)).number == 2


async def test_a_forgotten_key_is_free_for_another_request(keys: SqlIdempotencyKeys) -> None:
    await keys.forget(await started(keys))
    other = KeyedRequest(MINE, ASKED.key, b"e" * 32)
    assert (await started(keys, other)).is_first


async def test_another_request_is_told_apart_answered_or_not(keys: SqlIdempotencyKeys) -> None:
    other = KeyedRequest(MINE, ASKED.key, b"e" * 32)
    run = await started(keys)
    assert isinstance(await keys.claim(other), Different)
    await keys.keep(run, ANSWER)
    assert isinstance(await keys.claim(other), Different)


@pytest.mark.parametrize(
    "holder", [KeyHolder("ten_mine", "live"), KeyHolder("ten_b", "test"), ROOT]
)
async def test_tenants_modes_and_the_root_do_not_meet(
    keys: SqlIdempotencyKeys, holder: KeyHolder
) -> None:
    await keys.keep(await started(keys), ANSWER)
    assert (await started(keys, KeyedRequest(holder, ASKED.key, b"e" * 32))).is_first


async def test_nothing_of_request_or_answer_is_kept_in_clear(
    keys: SqlIdempotencyKeys, seals: AesSeals, superuser: asyncpg.Connection
) -> None:
    run = await started(keys)
    await keys.keep(run, ANSWER)
    row = await superuser.fetchrow("SELECT * FROM idempotency_keys")
    assert b"pmx_test_secret" not in row["answer"]
    assert ASKED.digest not in row["request"]
    with pytest.raises(BlobIsBroken):
        seals.open(("ten_other", run.record_id, "answer"), row["answer"])
    with pytest.raises(BlobIsBroken):
        seals.open((MINE.tenant_id, run.record_id, "answer"), row["request"])


async def test_another_tenant_sees_no_key(keys: SqlIdempotencyKeys, database: Database) -> None:
    await started(keys)
    app = await asyncpg.connect(database.app_url)
    try:
        async with app.transaction():
            await app.execute("SELECT set_config('paymux.tenant_id', 'ten_other', true)")
            assert await app.fetchval("SELECT count(*) FROM idempotency_keys") == 0
            assert await app.execute("DELETE FROM idempotency_keys") == "DELETE 0"
    finally:
        await app.close()


async def test_the_sweep_takes_what_is_old_and_ended(
    keys: SqlIdempotencyKeys, engine: AsyncEngine, superuser: asyncpg.Connection
) -> None:
    holders = [MINE, KeyHolder("ten_b", "live"), ROOT]
    for holder in holders:
        for name in ("answered", "died", "running", "young"):
            run = await started(keys, KeyedRequest(holder, name, ASKED.digest))
            if name == "answered":
                await keys.keep(run, ANSWER)
    await superuser.execute(
        "UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE key <> 'young'"
    )
    await superuser.execute(
        "UPDATE idempotency_keys SET locked_until = now() - interval '1 hour' WHERE key = 'died'"
    )
    sweeper = KeySweeper(engine, kept=timedelta(hours=24))
    assert await sweeper.sweep() == 2 * len(holders)
    left = await superuser.fetch("SELECT DISTINCT key FROM idempotency_keys")
    assert {row["key"] for row in left} == {"running", "young"}
    assert await sweeper.sweep() == 0


async def test_the_sweep_goes_on_until_all_is_done_and_stops_when_told(
    engine: AsyncEngine, superuser: asyncpg.Connection
) -> None:
    await superuser.execute(
        "INSERT INTO idempotency_keys SELECT 'ten_mine', 'idk_' || n, 'test', 'key ' || n, '', 1,"
        " now() - interval '1 day', NULL, now() - interval '2 days'"
        " FROM generate_series(1, 1300) n"
    )
    sweeper = KeySweeper(engine, kept=timedelta(hours=24))
    running = asyncio.create_task(sweeper.run())
    async with asyncio.timeout(20):
        while await superuser.fetchval("SELECT count(*) FROM idempotency_keys"):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    sweeper.stop()
    async with asyncio.timeout(5):
        await running
