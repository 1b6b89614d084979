"""The transaction of tenancy."""

from sqlalchemy.ext.asyncio import AsyncSession

from paymux.kernel.scope import Scope
from paymux.platform.database.unit_of_work import UnitOfWork
from paymux.tenancy.repositories import SqlApiKeys, SqlTenants
from paymux.tenancy.storage import StoredApiKeys, StoredTenants


class SqlUnitOfWork(UnitOfWork):
    """One transaction over a tenant and its keys."""

    tenants: StoredTenants
    api_keys: StoredApiKeys

    def _open(self, session: AsyncSession, scope: Scope) -> None:
        self.tenants = SqlTenants(session, scope)
        self.api_keys = SqlApiKeys(session, scope)
