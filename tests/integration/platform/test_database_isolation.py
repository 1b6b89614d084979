"""Invariant 8, read from the catalogue: a new table fails until it keeps tenants apart."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.billing.adapters.persistence.unit_of_work import SqlUnitOfWork
from paymux.billing.domain.customer import Customer
from paymux.bootstrap.rows import METADATA
from paymux.kernel.ids import CustomerId, TenantId
from paymux.kernel.scope import Mode, Scope
from paymux.platform.database.engine import (
    DatabaseRoleIsTooPowerful,
    open_engine,
    refuse_powerful_role,
)
from tests.integration.conftest import Database

_TABLES = sorted(METADATA.tables)
_MINE = Scope(TenantId("ten_mine"), Mode.TEST)
_NOW = datetime(2026, 11, 23, tzinfo=UTC)

_MAY_RETURN = {"tenant_id", "id", "mode", "payment_id"}
_LOOKUPS = {
    "find_api_key",
    "list_tenants",
    "find_connection",
    "connections_not_sealed_with",
    "find_payment_by_link",
    "connections_due_for_recovery",
    "old_idempotency_keys",
}


@pytest.fixture(name="owner")
async def _owner(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.superuser_url)
    yield connection
    await connection.close()


@pytest.fixture(name="app")
async def _app(database: Database) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database.app_url)
    yield connection
    await connection.close()


async def _customer(engine: AsyncEngine, scope: Scope, customer_id: str) -> None:
    async with SqlUnitOfWork(engine, scope) as work:
        await work.customers.add(
            Customer(id=CustomerId(customer_id), external_id="x", created_at=_NOW, updated_at=_NOW)
        )
        await work.commit()


async def test_the_models_know_every_table_but_the_engines(owner: asyncpg.Connection) -> None:
    found = await owner.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    names = {row["tablename"] for row in found}
    foreign = {name for name in names if name.startswith(("pgqueuer", "alembic"))}
    assert names - foreign == set(_TABLES)


async def test_every_table_has_a_tenant_and_forces_row_level_security(
    owner: asyncpg.Connection,
) -> None:
    for table in _TABLES:
        assert "tenant_id" in METADATA.tables[table].columns, table
        row = await owner.fetchrow(
            "SELECT relrowsecurity, relforcerowsecurity FROM pg_class WHERE oid = $1::regclass",
            table,
        )
        assert tuple(row or ()) == (True, True), table
        policies = await owner.fetch(
            "SELECT policyname, roles, cmd, qual, with_check FROM pg_policies"
            " WHERE tablename = $1 AND policyname <> 'lookup'",
            table,
        )
        (policy,) = policies
        assert policy["cmd"] == "ALL", table
        assert policy["qual"] == policy["with_check"], table
        assert "current_setting('paymux.tenant_id'" in policy["qual"], table


async def test_every_unique_key_begins_with_the_tenant(owner: asyncpg.Connection) -> None:
    keys = await owner.fetch(
        "SELECT i.indexrelid::regclass::text AS name, a.attname AS first FROM pg_index i"
        " JOIN pg_class c ON c.oid = i.indrelid"
        " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]"
        " WHERE i.indisunique AND c.relname = ANY($1::text[])",
        _TABLES,
    )
    assert len(keys) >= len(_TABLES)
    assert {row["name"]: row["first"] for row in keys if row["first"] != "tenant_id"} == {}


async def test_the_lookup_role_reads_few_columns_and_only_through_its_functions(
    owner: asyncpg.Connection,
) -> None:
    rights = await owner.fetch(
        "SELECT DISTINCT table_name, privilege_type FROM information_schema.column_privileges"
        " WHERE grantee = 'paymux_lookup'"
    )
    assert {row["privilege_type"] for row in rights} == {"SELECT"}
    assert not await owner.fetchval(
        "SELECT rolcanlogin OR rolsuper OR rolbypassrls FROM pg_roles"
        " WHERE rolname = 'paymux_lookup'"
    )
    policies = await owner.fetch(
        "SELECT roles::text[] AS roles, cmd FROM pg_policies WHERE policyname = 'lookup'"
    )
    assert {(*row["roles"], row["cmd"]) for row in policies} == {("paymux_lookup", "SELECT")}


async def test_functions_that_see_all_tenants_return_ids_tenant_and_mode_alone(
    owner: asyncpg.Connection,
) -> None:
    functions = await owner.fetch(
        "SELECT proname, pg_get_userbyid(proowner) AS owner, proconfig,"
        " proargnames[array_position(proargmodes, 't'):] AS returned,"
        " has_function_privilege('public', oid, 'execute') AS by_anyone"
        " FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace"
    )
    assert {one["proname"] for one in functions} == _LOOKUPS
    for one in functions:
        assert set(one["returned"]) <= _MAY_RETURN, one["proname"]
        assert one["owner"] == "paymux_lookup"
        assert not one["by_anyone"]
        assert any(setting.startswith("search_path=") for setting in one["proconfig"])


async def test_without_a_tenant_no_table_shows_a_row_or_takes_one(
    engine: AsyncEngine, app: asyncpg.Connection
) -> None:
    await _customer(engine, _MINE, "cus_mine")
    for table in _TABLES:
        assert await app.fetchval(f"SELECT count(*) FROM {table}") == 0, table  # noqa: S608
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        await _insert(app, "ten_mine")


async def test_another_tenants_row_is_out_of_reach_even_by_its_id(
    engine: AsyncEngine, app: asyncpg.Connection
) -> None:
    await _customer(engine, _MINE, "cus_mine")
    async with app.transaction():
        await app.execute("SELECT set_config('paymux.tenant_id', 'ten_other', true)")
        by_id = "tenant_id = 'ten_mine' AND id = 'cus_mine'"
        assert await app.fetchval(f"SELECT count(*) FROM customers WHERE {by_id}") == 0  # noqa: S608
        for statement in ("UPDATE customers SET name = 'x'", "DELETE FROM customers"):
            assert (await app.execute(f"{statement} WHERE {by_id}")).endswith(" 0")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with app.transaction():
                await _insert(app, "ten_mine")
        await _insert(app, "ten_other")
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
            async with app.transaction():
                await app.execute("UPDATE customers SET tenant_id = 'ten_mine'")


@pytest.mark.parametrize(
    "statement",
    [
        "SET row_security = off; SELECT count(*) FROM payments",
        "ALTER TABLE payments DISABLE ROW LEVEL SECURITY",
        "DROP POLICY own_tenant ON payments",
        "CREATE POLICY all_mine ON payments USING (true)",
        "SET ROLE paymux_lookup",
        "SET SESSION AUTHORIZATION postgres",
        "ALTER ROLE CURRENT_USER BYPASSRLS",
        "TRUNCATE payments",
        "CREATE TABLE mine (id text)",
        "DELETE FROM events",
        "UPDATE events SET type = 'x'",
        "DELETE FROM provider_events",
        "DELETE FROM connections",
        "DROP TABLE customers",
        "COPY customers TO PROGRAM 'cat'",
    ],
)
async def test_the_application_cannot_get_around_it(
    app: asyncpg.Connection, statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await app.execute(statement)


async def test_a_role_that_could_get_around_it_is_refused_at_start(
    engine: AsyncEngine, database: Database
) -> None:
    await refuse_powerful_role(engine)
    for url in (database.owner_url, database.superuser_url):
        powerful = open_engine(url, pool_size=1)
        with pytest.raises(DatabaseRoleIsTooPowerful, match="paymux_app"):
            await refuse_powerful_role(powerful)
        await powerful.dispose()


async def _insert(app: asyncpg.Connection, tenant_id: str) -> None:
    await app.execute(
        "INSERT INTO customers (tenant_id, id, mode, external_id, metadata, created_at,"
        " updated_at, version) VALUES ($1, 'cus_x', 'test', 'x', '{}', now(), now(), 1)",
        tenant_id,
    )
