"""Finding connections before the tenant is known (invariant 8)."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.kernel.ids import ConnectionId, TenantId, has_id_shape
from paymux.kernel.scope import Mode, Scope
from paymux.platform.database.engine import lookup

_FIND = text("SELECT tenant_id FROM find_connection(:id)")
_SET_TENANT = text("SELECT set_config('paymux.tenant_id', :tenant_id, true)")
_MODE = text("SELECT mode FROM connections WHERE tenant_id = :tenant_id AND id = :id")
_STALE = text("SELECT id FROM connections_not_sealed_with(:key_version, :after, :most)")


class SqlConnectionLookup:
    """Goes through functions that return a tenant and an id, and nothing else."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, connection_id: ConnectionId) -> Scope | None:
        """Return whose connection it is; None when there is none, or it is deleted."""
        if not has_id_shape(connection_id):
            return None
        async with lookup(self._engine) as connection:
            tenant_id = await connection.scalar(_FIND, {"id": connection_id})
        return None if tenant_id is None else await self._scope(tenant_id, connection_id)

    async def not_sealed_with(
        self, key_version: str, after: ConnectionId | None, limit: int
    ) -> Sequence[ConnectionId]:
        """Return connections of all tenants sealed with other keys, by id, after one id."""
        values = {"key_version": key_version, "after": after or "", "most": limit}
        async with lookup(self._engine) as connection:
            found = await connection.scalars(_STALE, values)
            return [ConnectionId(connection_id) for connection_id in found]

    async def _scope(self, tenant_id: str, connection_id: ConnectionId) -> Scope | None:
        # The mode is the tenant's own data: read as the tenant, under its row-level security.
        async with self._engine.begin() as connection:
            await connection.execute(_SET_TENANT, {"tenant_id": tenant_id})
            mode = await connection.scalar(_MODE, {"tenant_id": tenant_id, "id": connection_id})
        return None if mode is None else Scope(TenantId(tenant_id), Mode(mode))
