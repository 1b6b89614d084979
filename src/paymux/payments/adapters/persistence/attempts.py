"""Attempts in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId, ConnectionId, PaymentId
from paymux.kernel.money import Money
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.rows import AttemptRow
from paymux.payments.domain.attempt import OPEN, AttemptStatus, PaymentAttempt
from paymux.platform.database.rows import JsonObject
from paymux.platform.database.statements import insert_one, select_one, update_one

_SELECT: Final = select_one(AttemptRow)
_INSERT: Final = insert_one(AttemptRow)
_UPDATE: Final = update_one(AttemptRow)
_OF_PAYMENT: Final = (
    select(AttemptRow)
    .where(
        AttemptRow.tenant_id == bindparam("tenant_id"),
        AttemptRow.payment_id == bindparam("payment_id"),
    )
    .order_by(AttemptRow.id)
    .execution_options(populate_existing=True)
)


class SqlAttempts:
    """The attempts of one tenant; their payment decides the mode."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    async def add(self, attempt: PaymentAttempt) -> None:
        """Insert the attempt; the partial unique index refuses a second live one."""
        key = {"tenant_id": self._scope.tenant_id, "id": attempt.id}
        await self._session.execute(_INSERT, {**key, **_values(attempt)})

    async def save(self, attempt: PaymentAttempt) -> None:
        """Write the attempt back; its payment is locked."""
        where = {"of_tenant": self._scope.tenant_id, "of_id": attempt.id}
        await self._session.execute(_UPDATE, {**where, **_values(attempt)})

    async def get(self, attempt_id: AttemptId) -> PaymentAttempt:
        """Read the attempt; raises ThingIsNotFound."""
        key = {"tenant_id": self._scope.tenant_id, "id": attempt_id}
        row = await self._session.scalar(_SELECT, key)
        if row is None:
            kind = "attempt"
            raise ThingIsNotFound(kind, attempt_id)
        return read(row)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[PaymentAttempt]:
        """Read the attempts of a payment, oldest first."""
        key = {"tenant_id": self._scope.tenant_id, "payment_id": payment_id}
        return [read(row) for row in await self._session.scalars(_OF_PAYMENT, key)]

    async def any_open(self, connection_id: ConnectionId) -> bool:
        """Ask for one attempt that is live and not settled."""
        statement = self._mine().where(
            AttemptRow.connection_id == connection_id, AttemptRow.status.in_(OPEN)
        )
        return (await self._session.scalars(statement.limit(1))).first() is not None

    async def find(
        self,
        connection_id: ConnectionId,
        attempt_id: AttemptId | None,
        provider_reference: str | None,
    ) -> PaymentAttempt | None:
        """Find by our id or by the provider's reference, on this connection only."""
        # In SQL nothing equals None; SQLAlchemy's `== None` would match every empty reference.
        ours, theirs = attempt_id or "", provider_reference or ""
        statement = (
            self._mine()
            .where(
                AttemptRow.connection_id == connection_id,
                or_(AttemptRow.id == ours, AttemptRow.provider_reference == theirs),
            )
            .order_by((AttemptRow.id == ours).desc())
            .limit(1)
        )
        row = (await self._session.scalars(statement)).one_or_none()
        return None if row is None else read(row)

    async def find_paid(
        self, connection_id: ConnectionId, payment_reference: str
    ) -> PaymentAttempt | None:
        """Find by the movement of money, on this connection only."""
        statement = (
            self._mine()
            .where(
                AttemptRow.connection_id == connection_id,
                AttemptRow.payment_reference == payment_reference,
            )
            .order_by(AttemptRow.id)
            .limit(1)
        )
        row = (await self._session.scalars(statement)).one_or_none()
        return None if row is None else read(row)

    def _mine(self) -> Select[AttemptRow]:
        return select(AttemptRow).where(AttemptRow.tenant_id == self._scope.tenant_id)


def _values(attempt: PaymentAttempt) -> JsonObject:
    return {
        "payment_id": attempt.payment_id,
        "connection_id": attempt.connection_id,
        "provider": attempt.provider,
        "amount": attempt.amount.amount,
        "currency": attempt.amount.currency,
        "status": attempt.status,
        "idempotency_key": attempt.idempotency_key,
        "request": attempt.request,
        "replay_until": attempt.replay_until,
        "provider_reference": attempt.provider_reference,
        "payment_reference": attempt.payment_reference,
        "checkout_url": attempt.checkout_url,
        "checkout_expires_at": attempt.checkout_expires_at,
        "method": attempt.method,
        "reason_code": attempt.reason_code,
        "reason_message": attempt.reason_message,
        "approved": attempt.approved,
        "completion_round": attempt.completion_round,
        "captures_later": attempt.captures_later,
        "amount_captured": attempt.amount_captured,
        "released": attempt.released,
        "created_at": attempt.created_at,
    }


def read(row: AttemptRow) -> PaymentAttempt:
    """Return the attempt that the row keeps."""
    return PaymentAttempt(
        id=AttemptId(row.id),
        payment_id=PaymentId(row.payment_id),
        connection_id=ConnectionId(row.connection_id),
        provider=row.provider,
        amount=Money(row.amount, row.currency),
        idempotency_key=row.idempotency_key,
        request=row.request,
        created_at=row.created_at,
        replay_until=row.replay_until,
        status=AttemptStatus(row.status),
        provider_reference=row.provider_reference,
        payment_reference=row.payment_reference,
        checkout_url=row.checkout_url,
        checkout_expires_at=row.checkout_expires_at,
        method=row.method,
        reason_code=row.reason_code,
        reason_message=row.reason_message,
        approved=row.approved,
        completion_round=row.completion_round,
        captures_later=row.captures_later,
        amount_captured=row.amount_captured,
        released=row.released,
    )
