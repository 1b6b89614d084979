"""A real PostgreSQL for the whole session, and a fresh migrated database where asked for."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from itertools import count

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.platform.database.engine import open_engine
from paymux.platform.database.migrations import migrate
from paymux.platform.embedded.server import EmbeddedPostgres, RunningServer
from tests.reachable import reachable_folder

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Database:
    """One database of the session's server."""

    name: str
    app_url: str
    owner_url: str
    superuser_url: str


@pytest.fixture(scope="session")
def postgres() -> Iterator[RunningServer]:
    """Start one server for all tests; a crash may lose everything in it."""
    with reachable_folder() as folder:
        server = EmbeddedPostgres().start(folder, fsync=False)
        asyncio.run(migrate(server.owner_url, server.app_url))
        yield server
        server.discard()


@pytest.fixture
def database(postgres: RunningServer) -> Iterator[Database]:
    """Make a migrated, empty database of its own for one test."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    asyncio.run(_execute(postgres.superuser_url, f"CREATE DATABASE {name} TEMPLATE paymux"))
    yield Database(
        name=name,
        app_url=_in(postgres.app_url, name),
        owner_url=_in(postgres.owner_url, name),
        superuser_url=_in(postgres.superuser_url, name),
    )
    asyncio.run(_execute(postgres.superuser_url, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    """Connect as the application's role."""
    engine = open_engine(database.app_url, pool_size=10)
    yield engine
    await engine.dispose()


def _in(url: str, name: str) -> str:
    return f"{url.rsplit('/', 1)[0]}/{name}"


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(_in(url, "postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
