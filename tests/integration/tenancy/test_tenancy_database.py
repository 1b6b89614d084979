"""Tenancy on PostgreSQL: what the fakes promise, and what only a database can prove."""

import hashlib

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.kernel.clock import SystemClock
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ApiKeyId, TimeSortedIds
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Mode, Scope
from paymux.platform.database.engine import lookup
from paymux.tenancy.api_keys import ApiKeys
from paymux.tenancy.directory import SqlDirectory
from paymux.tenancy.errors import ApiKeyIsInvalid
from paymux.tenancy.recent_principals import RecentPrincipals
from paymux.tenancy.role import Role
from paymux.tenancy.tenants import NewTenant, Tenants
from paymux.tenancy.unit_of_work import SqlUnitOfWork


class Installation:
    def __init__(self, engine: AsyncEngine) -> None:
        clock = SystemClock()
        ids = TimeSortedIds(clock)
        directory = SqlDirectory(engine)
        recent = RecentPrincipals()

        def units_of_work(scope: Scope) -> SqlUnitOfWork:
            return SqlUnitOfWork(engine, scope)

        self.api_keys = ApiKeys(units_of_work, directory, recent, clock=clock, ids=ids, live=True)
        self.tenants = Tenants(
            units_of_work, directory, self.api_keys, recent, clock=clock, ids=ids, live=True
        )


@pytest.fixture(name="installation")
def _installation(engine: AsyncEngine) -> Installation:
    return Installation(engine)


@pytest.fixture(name="zebra")
async def _zebra(installation: Installation) -> NewTenant:
    return await installation.tenants.create("Zebra Books")


async def test_a_stored_key_authenticates(installation: Installation, zebra: NewTenant) -> None:
    for issued in zebra.keys:
        principal = await installation.api_keys.authenticate(issued.text)
        assert principal.scope == Scope(zebra.tenant.id, issued.key.mode)
        assert principal.role is Role.ADMIN


async def test_a_key_comes_back_as_it_was_stored(
    installation: Installation, zebra: NewTenant
) -> None:
    scope = Scope(zebra.tenant.id, Mode.TEST)
    issued = await installation.api_keys.issue(scope, role=Role.READER, label="till")
    stored = await installation.api_keys.get(scope, issued.key.id)
    for name in ("id", "mode", "role", "label", "secret_hash", "last_four", "revoked_at"):
        assert getattr(stored, name) == getattr(issued.key, name), name
    assert stored.created_at == issued.key.created_at


async def test_revoking_and_disabling_survive_a_restart(
    installation: Installation, zebra: NewTenant, engine: AsyncEngine
) -> None:
    test_key, live_key = zebra.keys
    await installation.api_keys.revoke(Scope(zebra.tenant.id, Mode.TEST), test_key.key.id)
    with pytest.raises(ApiKeyIsInvalid):
        await Installation(engine).api_keys.authenticate(test_key.text)
    await Installation(engine).api_keys.authenticate(live_key.text)
    await installation.tenants.disable(zebra.tenant.id)
    with pytest.raises(ApiKeyIsInvalid):
        await Installation(engine).api_keys.authenticate(live_key.text)


async def test_an_unknown_key_is_refused(installation: Installation) -> None:
    with pytest.raises(ApiKeyIsInvalid):
        await installation.api_keys.authenticate("pmx_test_" + "a" * 40)


async def test_keys_and_tenants_are_listed_in_pages(
    installation: Installation, zebra: NewTenant
) -> None:
    okapi = await installation.tenants.create("Okapi Books")
    first = await installation.tenants.list(PageRequest(limit=1))
    rest = await installation.tenants.list(PageRequest(limit=1, cursor=first.next_cursor))
    assert {one.id for one in (*first.items, *rest.items)} == {zebra.tenant.id, okapi.tenant.id}
    assert rest.next_cursor is None
    scope = Scope(zebra.tenant.id, Mode.TEST)
    await installation.api_keys.issue(scope, role=Role.READER, label="second")
    newest = await installation.api_keys.list(scope, PageRequest(limit=1))
    oldest = await installation.api_keys.list(
        scope, PageRequest(limit=1, cursor=newest.next_cursor)
    )
    assert {key.label for key in (*newest.items, *oldest.items)} == {"second", "first test key"}


async def test_another_tenants_key_is_not_found(
    installation: Installation, zebra: NewTenant
) -> None:
    okapi = await installation.tenants.create("Okapi Books")
    for scope in (Scope(okapi.tenant.id, Mode.TEST), Scope(zebra.tenant.id, Mode.LIVE)):
        with pytest.raises(ThingIsNotFound):
            await installation.api_keys.get(scope, zebra.keys[0].key.id)
        with pytest.raises(ThingIsNotFound):
            await installation.api_keys.revoke(scope, zebra.keys[0].key.id)


@pytest.mark.parametrize("identifier", ["", "\x00", "key_x", "'; --", "\ud800"])
async def test_what_is_no_id_never_reaches_the_database(
    installation: Installation, zebra: NewTenant, identifier: str
) -> None:
    with pytest.raises(ThingIsNotFound):
        await installation.api_keys.get(Scope(zebra.tenant.id, Mode.TEST), ApiKeyId(identifier))


@pytest.mark.usefixtures("zebra")
async def test_without_a_tenant_the_application_sees_no_rows(engine: AsyncEngine) -> None:
    async with lookup(engine) as connection:
        for table in ("tenants", "api_keys"):
            assert await connection.scalar(text(f"SELECT count(*) FROM {table}")) == 0  # noqa: S608


async def test_the_lookup_of_a_key_returns_ids_and_nothing_else(
    engine: AsyncEngine, zebra: NewTenant
) -> None:
    secret_hash = hashlib.sha256(zebra.keys[0].text.encode()).digest()
    async with lookup(engine) as connection:
        found = await connection.execute(
            text("SELECT * FROM find_api_key(:h)"), {"h": secret_hash}
        )
        rows = found.mappings().all()
    assert [dict(row) for row in rows] == [
        {"tenant_id": zebra.tenant.id, "id": zebra.keys[0].key.id}
    ]


async def test_one_tenant_cannot_write_into_another(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT set_config('paymux.tenant_id', 'ten_evil', true)"))
        with pytest.raises(DBAPIError, match="row-level security"):
            await connection.execute(
                text("INSERT INTO tenants VALUES (:id, 'x', now(), NULL)"), {"id": "ten_other"}
            )


async def test_neither_tenants_nor_keys_are_ever_deleted(engine: AsyncEngine) -> None:
    for table in ("tenants", "api_keys"):
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError, match="permission denied"):
                await connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608


async def test_no_table_holds_the_text_of_a_key(engine: AsyncEngine, zebra: NewTenant) -> None:
    async with engine.connect() as connection:
        await connection.execute(
            text("SELECT set_config('paymux.tenant_id', :id, true)"), {"id": zebra.tenant.id}
        )
        stored = (await connection.execute(text("SELECT * FROM api_keys"))).all()
    assert len(stored) == 2
    assert all(issued.text not in str(stored) for issued in zebra.keys)
