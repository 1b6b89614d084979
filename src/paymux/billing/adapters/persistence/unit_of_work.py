"""One transaction over the tables of billing."""

from sqlalchemy.ext.asyncio import AsyncSession

from paymux.billing.adapters.persistence.customers import SqlCustomers
from paymux.kernel.scope import Scope
from paymux.platform.database.unit_of_work import UnitOfWork


class SqlUnitOfWork(UnitOfWork):
    """Rolls back unless committed."""

    customers: SqlCustomers

    def _open(self, session: AsyncSession, scope: Scope) -> None:
        self.customers = SqlCustomers(session, scope)
