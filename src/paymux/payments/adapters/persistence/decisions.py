"""Decisions in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from paymux.kernel.ids import AttemptId, ConnectionId, DecisionId, PaymentId
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.rows import DecisionRow
from paymux.payments.domain.decision import Decision, DecisionEntry
from paymux.platform.database.statements import insert_one

_INSERT: Final = insert_one(DecisionRow)
_OF_PAYMENT: Final = (
    select(DecisionRow)
    .where(
        DecisionRow.tenant_id == bindparam("tenant_id"),
        DecisionRow.payment_id == bindparam("payment_id"),
    )
    .order_by(DecisionRow.id)
)


class SqlDecisions:
    """The decisions of one tenant."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    async def add(self, entry: DecisionEntry) -> None:
        """Insert the decision."""
        await self._session.execute(_INSERT, {"tenant_id": self._scope.tenant_id, **asdict(entry)})

    async def of_payment(self, payment_id: PaymentId) -> Sequence[DecisionEntry]:
        """Read the decisions of a payment, oldest first."""
        key = {"tenant_id": self._scope.tenant_id, "payment_id": payment_id}
        return [read(row) for row in await self._session.scalars(_OF_PAYMENT, key)]


def read(row: DecisionRow) -> DecisionEntry:
    """Return the decision that the row keeps."""
    following = row.next_connection_id
    return DecisionEntry(
        id=DecisionId(row.id),
        payment_id=PaymentId(row.payment_id),
        attempt_id=AttemptId(row.attempt_id),
        connection_id=ConnectionId(row.connection_id),
        operation=row.operation,
        outcome=row.outcome,
        decision=Decision(row.decision),
        reason_code=row.reason_code,
        made_at=row.made_at,
        next_connection_id=ConnectionId(following) if following else None,
    )
