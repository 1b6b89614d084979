"""Forgets Idempotency-Keys whose time is over, in small batches, as long as it is told to."""

import asyncio
import logging
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from sqlalchemy import bindparam, text
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.platform.database.engine import lookup

logger = logging.getLogger(__name__)

_BATCH: Final = 500
_EVERY: Final = timedelta(minutes=10)
_OLD: Final = text("SELECT tenant_id, id FROM old_idempotency_keys(:age, :most)")
_SET_TENANT: Final = text("SELECT set_config('paymux.tenant_id', :tenant_id, true)")
_DELETE: Final = text(
    "DELETE FROM idempotency_keys WHERE tenant_id = :tenant_id AND id IN :ids"
).bindparams(bindparam("ids", expanding=True))


class KeySweeper:
    """Any number of processes may sweep: what is gone already is no harm."""

    def __init__(self, engine: AsyncEngine, *, kept: timedelta, every: timedelta = _EVERY) -> None:
        self._engine = engine
        self._kept = kept
        self._every = every
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Sweep no more; `run` returns after the batch in hand."""
        self._stopping.set()

    async def run(self) -> None:
        """Sweep until `stop`; a database that is out of reach is waited for."""
        while not self._stopping.is_set():
            try:
                await self.sweep()
            except Exception as error:  # noqa: BLE001 - there is always a next time
                logger.warning("Old Idempotency-Keys stay.", extra={"error": repr(error)})
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), timeout=self._pause())

    async def sweep(self) -> int:
        """Delete every record that is older than records are kept; returns how many."""
        swept = 0
        while not self._stopping.is_set() and (old := await self._old()):
            for tenant_id, ids in old.items():
                swept += await self._delete(tenant_id, ids)
        return swept

    async def _old(self) -> Mapping[str, Sequence[str]]:
        by_tenant: defaultdict[str, list[str]] = defaultdict(list)
        values = {"age": self._kept, "most": _BATCH}
        async with lookup(self._engine) as connection:
            for row in await connection.execute(_OLD, values):
                by_tenant[row.tenant_id].append(row.id)
        return by_tenant

    async def _delete(self, tenant_id: str, ids: Sequence[str]) -> int:
        async with self._engine.begin() as connection:
            await connection.execute(_SET_TENANT, {"tenant_id": tenant_id})
            deleted = await connection.execute(_DELETE, {"tenant_id": tenant_id, "ids": ids})
        return deleted.rowcount

    def _pause(self) -> float:
        # Processes that were started together do not stay together.
        return self._every.total_seconds() * random.uniform(0.5, 1.5)  # noqa: S311
