"""One transaction on behalf of one tenant, on the driver's own connection."""

import re
from types import TracebackType
from typing import Final, Self

import asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.kernel.scope import Scope
from paymux.platform.jobs.queue import TransactionalJobs

_BROKEN: Final = (OSError, asyncpg.InterfaceError, asyncpg.PostgresError)
_PLAIN: Final = re.compile(r"[A-Za-z0-9_]{1,64}")


class DriverUnitOfWork:
    """As `UnitOfWork`, for repositories that run `Statement`s: with fewer round trips.

    The connection is borrowed from the engine's pool. A context derives its own, with its
    repositories made in `_open`.
    """

    jobs: TransactionalJobs

    def __init__(self, engine: AsyncEngine, scope: Scope) -> None:
        self._lease = engine.connect()
        self.scope = scope

    def _open(self, driver: asyncpg.Connection, scope: Scope) -> None:
        """Make the repositories of this context."""

    async def __aenter__(self) -> Self:
        await self._lease.start()
        try:
            self._driver = await self._living_driver()
            await self._driver.execute(_begin(self.scope))
        except BaseException:
            await self._give_back(is_sound=False)
            raise
        self.jobs = TransactionalJobs(self._driver_itself, self.scope)
        self._open(self._driver, self.scope)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        is_sound = False
        try:
            if self._driver.is_in_transaction():
                await self._driver.execute("ROLLBACK")
            is_sound = not self._driver.is_closed()
        except _BROKEN:
            pass  # The transaction is gone with its connection.
        finally:
            await self._give_back(is_sound=is_sound)

    async def commit(self) -> None:
        """Make everything durable: rows, events and jobs together, or none of it."""
        await self._driver.execute("COMMIT")

    async def _living_driver(self) -> asyncpg.Connection:
        """Return the pool's connection; one that died while it lay there is replaced."""
        while True:
            driver = (await self._lease.get_raw_connection()).driver_connection
            if driver is not None and not driver.is_closed():
                return driver
            await self._lease.invalidate()

    async def _give_back(self, *, is_sound: bool) -> None:
        if not is_sound:
            await self._lease.invalidate()
        await self._lease.close()

    async def _driver_itself(self) -> asyncpg.Connection:
        return self._driver


def _begin(scope: Scope) -> str:
    """Begin and set the tenant in one round trip, which takes no parameters."""
    if _PLAIN.fullmatch(scope.tenant_id) is None:
        raise ValueError(scope.tenant_id)
    return f"BEGIN; SELECT set_config('paymux.tenant_id', '{scope.tenant_id}', true)"
