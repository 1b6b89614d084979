"""Every revision goes up, down and up again, and ends where the models are."""

import asyncio
import os
from collections.abc import AsyncIterator

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.bootstrap.rows import METADATA
from paymux.platform.database import migrations
from paymux.platform.database.engine import lookup, open_engine
from paymux.platform.database.migrations import downgrade, find_scripts, is_at_head, migrate
from paymux.platform.embedded.cluster import OWNER
from paymux.platform.embedded.server import RunningServer
from tests.integration.conftest import Database

_SCRIPTS = ScriptDirectory(str(find_scripts()))
_REVISIONS = [one.revision for one in reversed([*_SCRIPTS.walk_revisions()])]

_SNAPSHOT = """
SELECT 'column', table_name::text, column_name::text,
    concat_ws(' ', data_type, is_nullable, column_default)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'index', tablename::text, indexname::text, indexdef
FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'policy', tablename::text, policyname::text,
    concat_ws(' ', roles, cmd, qual, with_check)
FROM pg_policies WHERE schemaname = 'public'
UNION ALL SELECT 'security', relname::text, relkind::text,
    concat_ws(' ', relrowsecurity, relforcerowsecurity)
FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL SELECT 'right', table_name::text, grantee::text, privilege_type::text
FROM information_schema.role_table_grants WHERE table_schema = 'public'
UNION ALL SELECT 'column right', table_name::text, grantee::text,
    concat_ws(' ', column_name, privilege_type)
FROM information_schema.column_privileges
WHERE table_schema = 'public' AND grantee = 'paymux_lookup'
UNION ALL SELECT 'function', proname::text, pg_get_userbyid(proowner)::text,
    concat_ws(' ', pg_get_functiondef(oid), proacl)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT 'type', typname::text, typtype::text, '' FROM pg_type
WHERE typnamespace = 'public'::regnamespace AND typtype = 'e'
ORDER BY 1, 2, 3, 4
"""


async def _rows(url: str, statement: str) -> list[tuple[str, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def _schema(url: str) -> list[tuple[str, ...]]:
    return [row for row in await _rows(url, _SNAPSHOT) if "alembic_version" not in row[1]]


@pytest.fixture(name="empty")
async def _empty(postgres: RunningServer) -> AsyncIterator[str]:
    """Make a database with nothing in it, and return its owner's URL."""
    name = f"empty_{os.getpid()}"
    await _execute(postgres, f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE template0")
    yield f"{postgres.owner_url.rsplit('/', 1)[0]}/{name}"
    await _execute(postgres, f"DROP DATABASE {name} WITH (FORCE)")


async def _execute(postgres: RunningServer, statement: str) -> None:
    connection = await asyncpg.connect(f"{postgres.superuser_url.rsplit('/', 1)[0]}/postgres")
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def test_every_revision_goes_up_and_down_and_up_again(empty: str) -> None:
    before = await _schema(empty)
    for number, revision in enumerate(_REVISIONS):
        await migrate(empty, target=revision)
        above = await _schema(empty)
        await downgrade(empty, _REVISIONS[number - 1] if number else "base")
        below = await _schema(empty)
        assert [row for row in below if row not in before] == []
        assert [row for row in before if row not in below] == []
        await migrate(empty, target=revision)
        assert await _schema(empty) == above
        before = above


async def test_two_migrations_at_once_take_turns(empty: str) -> None:
    await asyncio.gather(*(migrate(empty) for _ in range(3)))
    engine = open_engine(empty, pool_size=1)
    async with lookup(engine) as connection:
        assert await is_at_head(connection)
    await engine.dispose()


async def test_a_migration_lets_the_applications_role_in_once(
    empty: str, postgres: RunningServer
) -> None:
    app = f"newcomer_{os.getpid()}"
    location = empty.rpartition("@")[2]
    app_url = f"postgresql://{app}:it%27s%3Asecret@{location}"
    try:
        for _ in range(2):
            await migrate(empty, app_url)
        assert await _rows(app_url, "SELECT count(*)::text FROM payments") == [("0",)]
    finally:
        await _execute(postgres, f"DROP ROLE {app}")


async def test_the_application_can_tell_whether_the_schema_is_current(
    engine: AsyncEngine, database: Database
) -> None:
    async with lookup(engine) as connection:
        assert await is_at_head(connection)
    await downgrade(database.owner_url, _REVISIONS[-2])
    async with lookup(engine) as connection:
        assert not await is_at_head(connection)


async def test_models_and_migrations_agree(database: Database) -> None:
    def differences(connection: Connection) -> list[object]:
        options = {"compare_type": True, "include_object": _is_ours}
        return list(
            compare_metadata(MigrationContext.configure(connection, opts=options), METADATA)
        )

    engine = open_engine(database.owner_url, pool_size=1)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_models_and_migrations_have_the_same_checks_and_names(database: Database) -> None:
    found = await _rows(
        database.owner_url,
        "SELECT conrelid::regclass::text, conname FROM pg_constraint"
        " WHERE connamespace = 'public'::regnamespace AND contype = 'c'",
    )
    modelled = {
        (table.name, str(constraint.name))
        for table in METADATA.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    assert {row for row in found if not row[0].startswith("pgqueuer")} == modelled


def test_migrations_shipped_with_the_package_come_first(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "_SHIPPED", tmp_path)
    assert find_scripts() == tmp_path


def _is_ours(_item: object, name: str | None, kind: str, *_: object) -> bool:
    return not (kind == "table" and (name or "").startswith(("pgqueuer", "alembic")))
