"""Captures and voids in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam

from paymux.kernel.ids import AttemptId, CaptureId, ConnectionId, PaymentId
from paymux.kernel.money import Money
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.capture_rows import CaptureRow
from paymux.payments.domain.capture import Capture, CaptureKind
from paymux.payments.domain.keyed_call import CallStatus
from paymux.platform.database.kept import Kept, Kind
from paymux.platform.database.statements import (
    Driver,
    Record,
    Statement,
    Values,
)


def _values(capture: Capture) -> Values:
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


def read(row: Record) -> Capture:
    """Return the capture or void that the row keeps."""
    return Capture(
        id=CaptureId(row["id"]),
        payment_id=PaymentId(row["payment_id"]),
        attempt_id=AttemptId(row["attempt_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        kind=CaptureKind(row["kind"]),
        amount=Money(row["amount"], row["currency"]),
        is_final=row["is_final"],
        taken_before=row["taken_before"],
        idempotency_key=row["idempotency_key"],
        request=row["request"],
        created_at=row["created_at"],
        replay_until=row["replay_until"],
        status=CallStatus(row["status"]),
        reason_code=row["reason_code"],
        reason_message=row["reason_message"],
    )


_KIND: Final = Kind(CaptureRow, "capture", _values, read)
_TABLE: Final = _KIND.table
_OF_PAYMENT: Final = Statement(
    _KIND.mine.where(_TABLE.c.payment_id == bindparam("payment_id")).order_by(_TABLE.c.id)
)


class SqlCaptures:
    """The captures and voids of one tenant; their payment decides the mode."""

    def __init__(self, driver: Driver, scope: Scope) -> None:
        self._kept = Kept(_KIND, driver, scope)

    async def add(self, capture: Capture) -> None:
        """Insert it; the partial unique index refuses a second one under way."""
        await self._kept.add(capture.id, capture)

    async def save(self, capture: Capture) -> None:
        """Write it back; its payment is locked."""
        await self._kept.save(capture.id, capture)

    async def get(self, capture_id: CaptureId) -> Capture:
        """Read it; raises ThingIsNotFound."""
        return await self._kept.get(capture_id)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Capture]:
        """Read those of a payment, oldest first."""
        return await self._kept.all(_OF_PAYMENT, payment_id=payment_id)
