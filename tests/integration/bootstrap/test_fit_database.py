"""Whether a start waits for the database, and in which words it gives up."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from paymux.bootstrap.fit_database import (
    DatabaseIsOutOfReach,
    DatabaseRefusesUs,
    SchemaIsNotCurrent,
    await_database,
    await_fit_database,
)
from paymux.platform.database.engine import DatabaseRoleIsTooPowerful
from paymux.platform.database.migrations import downgrade, migrate
from tests.integration.conftest import Database

SECRET = "Secret-Zk3vW8uTqLm5"


@pytest.fixture(name="nobody")
def _nobody() -> Iterator[str]:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}/paymux"


async def test_a_database_that_is_away_is_named_in_one_sentence(
    nobody: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(DatabaseIsOutOfReach, match=f"{nobody} is out of reach .+Connect") as told:
        await await_database(f"postgresql://paymux:{SECRET}@{nobody}", patience=1.2)
    said = [vars(record) for record in caplog.records]
    assert len(said) == 1, "one line for each try that is followed by another"
    assert "\n" not in str(told.value)
    assert SECRET not in f"{told.value}{said}"


async def test_who_has_no_patience_is_told_at_once(nobody: str) -> None:
    async with asyncio.timeout(0.4):
        with pytest.raises(DatabaseIsOutOfReach):
            await await_database(f"postgresql://paymux:{SECRET}@{nobody}", patience=0)


async def test_a_wrong_password_or_database_is_not_tried_again(database: Database) -> None:
    _, _, place = database.app_url.partition("@")
    for url, reason in (
        (f"postgresql://paymux_web:{SECRET}@{place}", "password authentication failed"),
        (f"{database.app_url}_not", "does not exist"),
    ):
        with pytest.raises(DatabaseRefusesUs, match=reason) as told:
            await await_database(url)
        assert SECRET not in str(told.value)


async def test_a_role_that_row_level_security_does_not_bind_is_refused(
    database: Database,
) -> None:
    await await_fit_database(database.app_url, needs_schema=True)
    for url in (database.superuser_url, database.owner_url):
        with pytest.raises(DatabaseRoleIsTooPowerful):
            await await_fit_database(url)


async def test_a_worker_waits_for_the_schema_to_be_brought_up(database: Database) -> None:
    await downgrade(database.owner_url, "-1")
    with pytest.raises(SchemaIsNotCurrent, match="run `paymux migrate`"):
        await await_database(database.app_url, patience=0, needs_schema=True)
    await await_database(database.app_url, patience=0)
    waiting = asyncio.create_task(await_database(database.app_url, needs_schema=True))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    await migrate(database.owner_url)
    await asyncio.wait_for(waiting, 10)
