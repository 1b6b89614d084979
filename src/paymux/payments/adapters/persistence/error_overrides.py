"""Error-map rows of tenants in PostgreSQL, remembered for a second."""

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.error_rows import ErrorOverrideRow
from paymux.payments.ports.connectors import Outcome
from paymux.payments.ports.error_maps import ErrorOverride, Overrides
from paymux.payments.ports.reasons import Reason
from paymux.platform.database.unit_of_work import UnitOfWork
from paymux.platform.recent import Recent

_KEY = ["tenant_id", "mode", "provider", "code"]


class SqlErrorOverrides:
    """Each tenant's rows in each mode; most have none."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._recent: Recent[Scope, Overrides] = Recent()

    async def get(self, scope: Scope) -> Overrides:
        """Return the rows as they were at most a second ago."""
        return await self._recent.get(scope, lambda: self._read(scope))

    async def put(self, scope: Scope, override: ErrorOverride) -> None:
        """Store the row in place of the one before."""
        values = {
            "outcome": override.outcome,
            "reason": override.reason,
            "set_by": override.set_by,
            "set_at": override.set_at,
        }
        key = dict(
            zip(
                _KEY,
                (scope.tenant_id, scope.mode, override.provider, override.code),
                strict=True,
            )
        )
        statement = insert(ErrorOverrideRow).values(**key, **values)
        async with _OverrideWork(self._engine, scope) as work:
            await work.session.execute(
                statement.on_conflict_do_update(index_elements=_KEY, set_=values)
            )
            await work.commit()
        self._recent.forget(scope)

    async def remove(self, scope: Scope, provider: str, code: str) -> None:
        """Delete the row, if there is one."""
        statement = delete(ErrorOverrideRow).where(
            ErrorOverrideRow.tenant_id == scope.tenant_id,
            ErrorOverrideRow.mode == scope.mode,
            ErrorOverrideRow.provider == provider,
            ErrorOverrideRow.code == code,
        )
        async with _OverrideWork(self._engine, scope) as work:
            await work.session.execute(statement)
            await work.commit()
        self._recent.forget(scope)

    async def _read(self, scope: Scope) -> Overrides:
        query = select(ErrorOverrideRow).where(
            ErrorOverrideRow.tenant_id == scope.tenant_id, ErrorOverrideRow.mode == scope.mode
        )
        async with _OverrideWork(self._engine, scope) as work:
            rows = [*await work.session.scalars(query)]
        return {(row.provider, row.code): _override(row) for row in rows}


class _OverrideWork(UnitOfWork):
    session: AsyncSession

    def _open(self, session: AsyncSession, scope: Scope) -> None:  # noqa: ARG002
        self.session = session


def _override(row: ErrorOverrideRow) -> ErrorOverride:
    return ErrorOverride(
        provider=row.provider,
        code=row.code,
        outcome=Outcome(row.outcome),
        reason=None if row.reason is None else Reason(row.reason),
        set_by=row.set_by,
        set_at=row.set_at,
    )
