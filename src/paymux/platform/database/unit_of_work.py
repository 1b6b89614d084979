"""One transaction on behalf of one tenant."""

from types import TracebackType
from typing import Self

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from paymux.kernel.scope import Scope
from paymux.platform.jobs.queue import TransactionalJobs

_SET_TENANT = text("SELECT set_config('paymux.tenant_id', :tenant_id, true)")


class UnitOfWork:
    """A transaction that rolls back unless committed, seeing only its tenant's rows.

    A context derives its own, with its repositories made in `_open`. Setting the tenant is the
    first statement, so the transaction has begun before a job is put into it.
    """

    def __init__(self, engine: AsyncEngine, scope: Scope) -> None:
        self._session = AsyncSession(engine, expire_on_commit=False, autoflush=False)
        self.scope = scope
        self.jobs = TransactionalJobs(self._driver, scope)

    def _open(self, session: AsyncSession, scope: Scope) -> None:
        """Make the repositories of this context."""

    async def _driver(self) -> asyncpg.Connection | None:
        connection = await self._session.connection()
        return (await connection.get_raw_connection()).driver_connection

    async def __aenter__(self) -> Self:
        try:
            await self._session.execute(_SET_TENANT, {"tenant_id": self.scope.tenant_id})
        except BaseException:
            await self._session.close()
            raise
        self._open(self._session, self.scope)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._session.close()

    async def commit(self) -> None:
        """Make everything durable: rows, events and jobs together, or none of it."""
        await self._session.commit()
