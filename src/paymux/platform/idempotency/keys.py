"""Idempotency-Keys in PostgreSQL, whose clock alone decides about leases and ages.

The claim is one statement and waits for no disk: what the run commits later makes it durable
too, and a run that commits nothing has done nothing. The answer is one statement as well, and
waits for the disk.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from paymux.kernel.ids import Ids
from paymux.platform.database.engine import lookup
from paymux.platform.idempotency.requests import (
    PREFIX,
    Answer,
    Claim,
    Different,
    KeyedRequest,
    KeyHolder,
    Run,
    Seals,
    Underway,
)

_CLAIM: Final = text(
    "WITH tenant AS MATERIALIZED (SELECT set_config('paymux.tenant_id', :tenant_id, true) AS id,"
    " set_config('synchronous_commit', 'off', true))"
    " INSERT INTO idempotency_keys (tenant_id, id, mode, key, request, run, locked_until,"
    " created_at) SELECT tenant.id, :id, :mode, :key, CAST(:request AS bytea), 1,"
    " now() + make_interval(secs => :lease), now() FROM tenant"
    " ON CONFLICT (tenant_id, mode, key) DO NOTHING RETURNING id"
)
_SET_TENANT: Final = text("SELECT set_config('paymux.tenant_id', :tenant_id, true)")
_FIND: Final = text(
    "SELECT id, request, run, answer, locked_until > now() AS is_locked FROM idempotency_keys"
    " WHERE tenant_id = :tenant_id AND mode = :mode AND key = :key"
)
_OWN: Final = "WHERE tenant_id = :tenant_id AND id = :id AND run = :run"
_TAKE_OVER: Final = text(
    "UPDATE idempotency_keys SET run = run + 1,"  # noqa: S608 - all parts are ours
    f" locked_until = now() + make_interval(secs => :lease) {_OWN}"
    " AND answer IS NULL AND locked_until <= now()"
)
_KEEP: Final = text(
    "SELECT keep_answer(:tenant_id, :id, CAST(:run AS bigint), CAST(:answer AS bytea))"
)
_RELEASE: Final = text(
    f"UPDATE idempotency_keys SET locked_until = now() {_OWN} AND answer IS NULL"  # noqa: S608
)
_FORGET: Final = text(f"DELETE FROM idempotency_keys {_OWN} AND answer IS NULL")  # noqa: S608


class _Found(NamedTuple):
    id: str
    request: bytes
    run: int
    answer: bytes | None
    is_locked: bool | None


class SqlIdempotencyKeys:
    """Every record belongs to a tenant, or to `root`; row-level security keeps them apart."""

    def __init__(self, engine: AsyncEngine, seals: Seals, ids: Ids, lease: timedelta) -> None:
        self._engine = engine
        self._seals = seals
        self._ids = ids
        self._lease = lease.total_seconds()

    async def claim(self, request: KeyedRequest) -> Claim:
        """Start the first run, take over from one that died, or say why not."""
        run = Run(request.holder, self._ids.new(PREFIX), 1)
        if await self._insert(request, run):
            return run
        found = await self._find(request)
        if found is None:
            return Underway()  # It was freed just now: the caller comes again.
        if (
            self._seals.open(_request_of(request.holder, found.id), found.request)
            != request.digest
        ):
            return Different()
        if found.answer is not None:
            plain = self._seals.open(_answer_of(request.holder, found.id), found.answer)
            return msgspec.msgpack.decode(plain, type=Answer)
        return Underway() if found.is_locked else await self._take_over(request.holder, found)

    async def keep(self, run: Run, answer: Answer) -> bool:
        """Store the answer, sealed, unless a later run has taken over."""
        plain = msgspec.msgpack.encode(answer)
        sealed = self._seals.seal(_answer_of(run.holder, run.record_id), plain)
        async with lookup(self._engine) as connection:
            kept = await connection.execute(_KEEP, {**_own(run), "answer": sealed})
            return bool(kept.scalar_one())

    async def release(self, run: Run) -> None:
        """Let the next identical request take over without waiting for the lease to end."""
        await self._change(run, _RELEASE, {})

    async def forget(self, run: Run) -> None:
        """Free the key: nothing was done under it."""
        await self._change(run, _FORGET, {})

    async def _insert(self, request: KeyedRequest, run: Run) -> bool:
        values = {
            "tenant_id": request.holder.tenant_id,
            "mode": request.holder.mode,
            "id": run.record_id,
            "key": request.key,
            "request": self._seals.seal(_request_of(run.holder, run.record_id), request.digest),
            "lease": self._lease,
        }
        async with lookup(self._engine) as connection:
            return (await connection.execute(_CLAIM, values)).first() is not None

    async def _find(self, request: KeyedRequest) -> _Found | None:
        holder = request.holder
        values = {"tenant_id": holder.tenant_id, "mode": holder.mode, "key": request.key}
        async with self._of(holder) as connection:
            row = (await connection.execute(_FIND, values)).first()
        return None if row is None else _Found._make(row)

    async def _take_over(self, holder: KeyHolder, found: _Found) -> Claim:
        seen = Run(holder, found.id, found.run)
        is_ours = await self._change(seen, _TAKE_OVER, {"lease": self._lease})
        return Run(holder, found.id, found.run + 1) if is_ours else Underway()

    async def _change(self, run: Run, statement: TextClause, values: Mapping[str, object]) -> bool:
        async with self._of(run.holder) as connection:
            changed = await connection.execute(statement, {**_own(run), **values})
        return changed.rowcount == 1

    @asynccontextmanager
    async def _of(self, holder: KeyHolder) -> AsyncIterator[AsyncConnection]:
        async with self._engine.begin() as connection:
            await connection.execute(_SET_TENANT, {"tenant_id": holder.tenant_id})
            yield connection


def _own(run: Run) -> dict[str, object]:
    return {"tenant_id": run.holder.tenant_id, "id": run.record_id, "run": run.number}


def _request_of(holder: KeyHolder, record_id: str) -> tuple[str, ...]:
    return (holder.tenant_id, record_id, "request")


def _answer_of(holder: KeyHolder, record_id: str) -> tuple[str, ...]:
    return (holder.tenant_id, record_id, "answer")
