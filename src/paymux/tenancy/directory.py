"""Finding keys and tenants before the tenant is known (invariant 8)."""

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.kernel.ids import ApiKeyId, TenantId
from paymux.kernel.pages import PageRequest
from paymux.platform.database.engine import lookup

_FIND_KEY = text("SELECT tenant_id, id FROM find_api_key(:secret_hash)")
_TENANT_IDS = text("SELECT tenant_id FROM list_tenants(:after, :most)")


class SqlDirectory:
    """Goes through functions that return ids, and nothing else."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find_key(self, secret_hash: bytes) -> tuple[TenantId, ApiKeyId] | None:
        """Return which key of which tenant has this hash."""
        async with lookup(self._engine) as connection:
            found = (await connection.execute(_FIND_KEY, {"secret_hash": secret_hash})).first()
        return None if found is None else (TenantId(found.tenant_id), ApiKeyId(found.id))

    async def tenant_ids(self, page: PageRequest) -> Sequence[TenantId]:
        """Return ids of tenants after the cursor, newest first, one more than the limit."""
        values = {"after": page.cursor, "most": page.limit + 1}
        async with lookup(self._engine) as connection:
            found = await connection.scalars(_TENANT_IDS, values)
            return [TenantId(tenant_id) for tenant_id in found]
