"""Tenants and API keys in PostgreSQL."""

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from paymux.kernel.ids import ApiKeyId, TenantId, has_id_shape
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Mode, Scope
from paymux.platform.database.paging import fetch_page
from paymux.platform.database.rows import JsonObject
from paymux.tenancy.api_key import ApiKey
from paymux.tenancy.errors import ApiKeyIsNotFound, TenantIsNotFound
from paymux.tenancy.role import Role
from paymux.tenancy.rows import ApiKeyRow, TenantsRow
from paymux.tenancy.tenant import Tenant


class SqlTenants:
    """The one tenant of a transaction."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._own = TenantsRow.tenant_id == scope.tenant_id

    async def put(self, tenant: Tenant) -> None:
        """Store the new tenant; one of the same id is its own earlier self, and stays."""
        new = insert(TenantsRow).values(
            tenant_id=tenant.id,
            name=tenant.name,
            created_at=tenant.created_at,
            disabled_at=tenant.disabled_at,
        )
        await self._session.execute(new.on_conflict_do_nothing())

    async def get(self, tenant_id: TenantId) -> Tenant:
        """Return the tenant; raises ThingIsNotFound."""
        return await self._one(tenant_id, select(TenantsRow))

    async def lock(self, tenant_id: TenantId) -> Tenant:
        """Return the tenant with its row locked until the transaction ends."""
        return await self._one(tenant_id, select(TenantsRow).with_for_update())

    async def save(self, tenant: Tenant) -> None:
        """Store the changes of a locked tenant."""
        await self._session.execute(
            update(TenantsRow)
            .where(self._own, TenantsRow.tenant_id == tenant.id)
            .values(name=tenant.name, disabled_at=tenant.disabled_at)
            .execution_options(synchronize_session=False)
        )

    async def _one(self, tenant_id: TenantId, query: Select[TenantsRow]) -> Tenant:
        row = None
        if has_id_shape(tenant_id):
            row = await self._session.scalar(
                query.where(self._own, TenantsRow.tenant_id == tenant_id)
            )
        if row is None:
            raise TenantIsNotFound(tenant_id)
        return Tenant(
            id=TenantId(row.tenant_id),
            name=row.name,
            created_at=row.created_at,
            disabled_at=row.disabled_at,
        )


class SqlApiKeys:
    """The keys of one tenant in one mode."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    async def put(self, key: ApiKey) -> None:
        """Store a new key, which may be of the other mode; one of the same id gets its secret."""
        new = insert(ApiKeyRow).values(_values(self._scope.tenant_id, key))
        secret = {"secret_hash": key.secret_hash, "last_four": key.last_four}
        await self._session.execute(
            new.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=secret)
        )

    async def get(self, key_id: ApiKeyId) -> ApiKey:
        """Return the key, revoked or not; raises ThingIsNotFound."""
        return await self._one(key_id, self._mine())

    async def usable(self, key_id: ApiKeyId) -> ApiKey | None:
        """Return the key unless it is revoked or its tenant disabled."""
        row = await self._session.scalar(
            self._mine()
            .join(TenantsRow, TenantsRow.tenant_id == ApiKeyRow.tenant_id)
            .where(
                ApiKeyRow.id == key_id,
                ApiKeyRow.revoked_at.is_(None),
                TenantsRow.disabled_at.is_(None),
            )
        )
        return None if row is None else from_row(row)

    async def lock(self, key_id: ApiKeyId) -> ApiKey:
        """Return the key with its row locked until the transaction ends."""
        return await self._one(key_id, self._mine().with_for_update())

    async def save(self, key: ApiKey) -> None:
        """Store the changes of a locked key."""
        await self._session.execute(
            update(ApiKeyRow)
            .where(ApiKeyRow.tenant_id == self._scope.tenant_id, ApiKeyRow.id == key.id)
            .values(revoked_at=key.revoked_at)
            .execution_options(synchronize_session=False)
        )

    async def list(self, page: PageRequest) -> Page[ApiKey]:
        """Return keys, revoked ones included, newest first."""
        found = await fetch_page(self._session, self._mine(), ApiKeyRow, page)
        return found.map(from_row)

    def _mine(self) -> Select[ApiKeyRow]:
        return select(ApiKeyRow).where(
            ApiKeyRow.tenant_id == self._scope.tenant_id, ApiKeyRow.mode == self._scope.mode
        )

    async def _one(self, key_id: ApiKeyId, query: Select[ApiKeyRow]) -> ApiKey:
        row = None
        if has_id_shape(key_id):
            row = await self._session.scalar(query.where(ApiKeyRow.id == key_id))
        if row is None:
            raise ApiKeyIsNotFound(key_id)
        return from_row(row)


def to_row(tenant_id: TenantId, key: ApiKey) -> ApiKeyRow:
    """Return the key as it is stored."""
    return ApiKeyRow(**_values(tenant_id, key))


def _values(tenant_id: TenantId, key: ApiKey) -> JsonObject:
    return {
        "tenant_id": tenant_id,
        "id": key.id,
        "mode": key.mode,
        "role": key.role,
        "label": key.label,
        "secret_hash": key.secret_hash,
        "last_four": key.last_four,
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }


def from_row(row: ApiKeyRow) -> ApiKey:
    """Return the key that is stored."""
    return ApiKey(
        id=ApiKeyId(row.id),
        mode=Mode(row.mode),
        role=Role(row.role),
        label=row.label,
        secret_hash=row.secret_hash,
        last_four=row.last_four,
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
