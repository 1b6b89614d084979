"""Codes that no error map has, counted in PostgreSQL."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.error_rows import UnmappedCodeRow
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.error_maps import UnmappedCode
from paymux.platform.database.unit_of_work import UnitOfWork

_KEY = ["tenant_id", "mode", "provider", "connection_id", "code"]
_SHOWN = 1000


class SqlUnmappedCodes:
    """One count for each connection and code."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def count(self, scope: Scope, seen: UnmappedCode) -> None:
        """Add to what was counted before."""
        statement = insert(UnmappedCodeRow).values(
            tenant_id=scope.tenant_id,
            mode=scope.mode,
            provider=seen.provider,
            connection_id=seen.connection_id,
            code=seen.code,
            outcome=seen.outcome,
            times_seen=seen.times_seen,
            first_seen_at=seen.first_seen_at,
            last_seen_at=seen.last_seen_at,
        )
        more = {
            "times_seen": UnmappedCodeRow.times_seen + seen.times_seen,
            "outcome": seen.outcome,
            "last_seen_at": seen.last_seen_at,
        }
        async with _CountWork(self._engine, scope) as work:
            await work.session.execute(
                statement.on_conflict_do_update(index_elements=_KEY, set_=more)
            )
            await work.commit()

    async def of_provider(self, scope: Scope, provider: str) -> list[UnmappedCode]:
        """Read the counts, the last seen first."""
        query = (
            select(UnmappedCodeRow)
            .where(
                UnmappedCodeRow.tenant_id == scope.tenant_id,
                UnmappedCodeRow.mode == scope.mode,
                UnmappedCodeRow.provider == provider,
            )
            .order_by(UnmappedCodeRow.last_seen_at.desc(), UnmappedCodeRow.code)
            .limit(_SHOWN)
        )
        async with _CountWork(self._engine, scope) as work:
            return [_seen(row) for row in await work.session.scalars(query)]


class _CountWork(UnitOfWork):
    session: AsyncSession

    def _open(self, session: AsyncSession, scope: Scope) -> None:  # noqa: ARG002
        self.session = session


def _seen(row: UnmappedCodeRow) -> UnmappedCode:
    return UnmappedCode(
        provider=row.provider,
        connection_id=ConnectionId(row.connection_id),
        code=row.code,
        outcome=None if row.outcome is None else Outcome(row.outcome),
        times_seen=row.times_seen,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
    )
