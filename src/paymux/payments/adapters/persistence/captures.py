"""Captures and voids in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId, CaptureId, ConnectionId, PaymentId
from paymux.kernel.money import Money
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.capture_rows import CaptureRow
from paymux.payments.domain.capture import Capture, CaptureKind, CaptureStatus
from paymux.platform.database.rows import JsonObject
from paymux.platform.database.statements import insert_one, select_one, update_one

_SELECT: Final = select_one(CaptureRow)
_INSERT: Final = insert_one(CaptureRow)
_UPDATE: Final = update_one(CaptureRow)
_OF_PAYMENT: Final = (
    select(CaptureRow)
    .where(
        CaptureRow.tenant_id == bindparam("tenant_id"),
        CaptureRow.payment_id == bindparam("payment_id"),
    )
    .order_by(CaptureRow.id)
    .execution_options(populate_existing=True)
)


class SqlCaptures:
    """The captures and voids of one tenant; their payment decides the mode."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    async def add(self, capture: Capture) -> None:
        """Insert it; the partial unique index refuses a second one under way."""
        key = {"tenant_id": self._scope.tenant_id, "id": capture.id}
        await self._session.execute(_INSERT, {**key, **_values(capture)})

    async def save(self, capture: Capture) -> None:
        """Write it back; its payment is locked."""
        where = {"of_tenant": self._scope.tenant_id, "of_id": capture.id}
        await self._session.execute(_UPDATE, {**where, **_values(capture)})

    async def get(self, capture_id: CaptureId) -> Capture:
        """Read it; raises ThingIsNotFound."""
        key = {"tenant_id": self._scope.tenant_id, "id": capture_id}
        row = await self._session.scalar(_SELECT, key)
        if row is None:
            kind = "capture"
            raise ThingIsNotFound(kind, capture_id)
        return read(row)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Capture]:
        """Read those of a payment, oldest first."""
        key = {"tenant_id": self._scope.tenant_id, "payment_id": payment_id}
        return [read(row) for row in await self._session.scalars(_OF_PAYMENT, key)]


def _values(capture: Capture) -> JsonObject:
    return {
        "payment_id": capture.payment_id,
        "attempt_id": capture.attempt_id,
        "connection_id": capture.connection_id,
        "kind": capture.kind,
        "amount": capture.amount.amount,
        "currency": capture.amount.currency,
        "is_final": capture.is_final,
        "taken_before": capture.taken_before,
        "status": capture.status,
        "idempotency_key": capture.idempotency_key,
        "request": capture.request,
        "replay_until": capture.replay_until,
        "reason_code": capture.reason_code,
        "reason_message": capture.reason_message,
        "created_at": capture.created_at,
    }


def read(row: CaptureRow) -> Capture:
    """Return the capture or void that the row keeps."""
    return Capture(
        id=CaptureId(row.id),
        payment_id=PaymentId(row.payment_id),
        attempt_id=AttemptId(row.attempt_id),
        connection_id=ConnectionId(row.connection_id),
        kind=CaptureKind(row.kind),
        amount=Money(row.amount, row.currency),
        is_final=row.is_final,
        taken_before=row.taken_before,
        idempotency_key=row.idempotency_key,
        request=row.request,
        created_at=row.created_at,
        replay_until=row.replay_until,
        status=CaptureStatus(row.status),
        reason_code=row.reason_code,
        reason_message=row.reason_message,
    )
