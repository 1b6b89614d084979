"""What had been taken before attempts kept an amount of their own is known after 0009."""

import os
from collections.abc import AsyncIterator

import asyncpg
import pytest

from paymux.platform.database.migrations import migrate
from paymux.platform.embedded.cluster import OWNER
from paymux.platform.embedded.server import RunningServer

_ATTEMPT = """
INSERT INTO payment_attempts (tenant_id, id, payment_id, connection_id, provider, amount, currency,
    status, idempotency_key, request, replay_until, approved, completion_round, created_at)
VALUES ($1, $2, $2, 'con_1', 'bank', 1999, 'USD', $3, $2, '', now(), false, 0, now())
"""


@pytest.fixture(name="old")
async def _old(postgres: RunningServer) -> AsyncIterator[str]:
    """Make a database of the revision before, and return its name."""
    name = f"before_0009_{os.getpid()}"
    system = await asyncpg.connect(f"{postgres.superuser_url.rsplit('/', 1)[0]}/postgres")
    await system.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0")
    yield name
    await system.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await system.close()


async def test_a_success_from_before_has_taken_all_of_its_amount(
    old: str, postgres: RunningServer
) -> None:
    owner = f"{postgres.owner_url.rsplit('/', 1)[0]}/{old}"
    await migrate(owner, target="0008")
    superuser = await asyncpg.connect(f"{postgres.superuser_url.rsplit('/', 1)[0]}/{old}")
    await superuser.execute(_ATTEMPT, "ten_1", "att_1", "succeeded")
    await superuser.execute(_ATTEMPT, "ten_2", "att_2", "succeeded")
    await superuser.execute(_ATTEMPT, "ten_2", "att_3", "pending")
    await migrate(owner, target="0009")
    rows = await superuser.fetch("SELECT id, amount_captured FROM payment_attempts ORDER BY id")
    forced = await superuser.fetchval(
        "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'payment_attempts'"
    )
    await superuser.close()
    assert [(row["id"], row["amount_captured"]) for row in rows] == [
        ("att_1", 1999),
        ("att_2", 1999),
        ("att_3", 0),
    ]
    assert forced
