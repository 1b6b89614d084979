"""Failover policies in PostgreSQL, remembered for a second."""

from datetime import timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.rows import FailoverPolicyRow
from paymux.payments.domain.failover_policy import FailoverPolicy
from paymux.platform.database.unit_of_work import UnitOfWork
from paymux.platform.recent import Recent


class SqlFailoverPolicies:
    """One policy for each tenant and mode; who has set none has the default."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._recent: Recent[Scope, FailoverPolicy] = Recent()

    async def get(self, scope: Scope) -> FailoverPolicy:
        """Return the policy as it was at most a second ago."""
        return await self._recent.get(scope, lambda: self._read(scope))

    async def put(self, scope: Scope, policy: FailoverPolicy) -> None:
        """Store the policy in place of the one before."""
        values = {
            "max_attempts": policy.max_attempts,
            "max_elapsed_seconds": int(policy.max_elapsed.total_seconds()),
            "payer_chooses": policy.payer_chooses,
        }
        key = {"tenant_id": scope.tenant_id, "id": scope.mode}
        statement = insert(FailoverPolicyRow).values(**key, **values)
        async with _PolicyWork(self._engine, scope) as work:
            await work.session.execute(
                statement.on_conflict_do_update(index_elements=["tenant_id", "id"], set_=values)
            )
            await work.commit()
        self._recent.forget(scope)

    async def _read(self, scope: Scope) -> FailoverPolicy:
        async with _PolicyWork(self._engine, scope) as work:
            row = await work.session.get(FailoverPolicyRow, (scope.tenant_id, scope.mode))
        return FailoverPolicy() if row is None else _policy(row)


class _PolicyWork(UnitOfWork):
    session: AsyncSession

    def _open(self, session: AsyncSession, scope: Scope) -> None:  # noqa: ARG002
        self.session = session


def _policy(row: FailoverPolicyRow) -> FailoverPolicy:
    return FailoverPolicy(
        max_attempts=row.max_attempts,
        max_elapsed=timedelta(seconds=row.max_elapsed_seconds),
        payer_chooses=row.payer_chooses,
    )
