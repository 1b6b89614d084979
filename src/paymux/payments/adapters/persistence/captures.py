"""Captures and voids in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId, CaptureId, ConnectionId, PaymentId
from paymux.kernel.money import Money
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.capture_rows import CaptureRow
from paymux.payments.domain.capture import Capture, CaptureKind, CaptureStatus
from paymux.platform.database.statements import (
    Driver,
    Record,
    Statement,
    Values,
    columns_of,
    insert_one,
    select_one,
    table_of,
    update_one,
)

_TABLE: Final = table_of(CaptureRow)
_SELECT: Final = Statement(select_one(CaptureRow))
_INSERT: Final = Statement(insert_one(CaptureRow))
_UPDATE: Final = Statement(update_one(CaptureRow), columns_of(CaptureRow, but=("tenant_id", "id")))
_OF_PAYMENT: Final = Statement(
    select(_TABLE)
    .where(
        _TABLE.c.tenant_id == bindparam("tenant_id"),
        _TABLE.c.payment_id == bindparam("payment_id"),
    )
    .order_by(_TABLE.c.id)
)


class SqlCaptures:
    """The captures and voids of one tenant; their payment decides the mode."""

    def __init__(self, driver: Driver, scope: Scope) -> None:
        self._driver = driver
        self._scope = scope

    async def add(self, capture: Capture) -> None:
        """Insert it; the partial unique index refuses a second one under way."""
        key = {"tenant_id": self._scope.tenant_id, "id": capture.id}
        await _INSERT.run(self._driver, {**key, **_values(capture)})

    async def save(self, capture: Capture) -> None:
        """Write it back; its payment is locked."""
        where = {"of_tenant": self._scope.tenant_id, "of_id": capture.id}
        await _UPDATE.run(self._driver, {**where, **_values(capture)})

    async def get(self, capture_id: CaptureId) -> Capture:
        """Read it; raises ThingIsNotFound."""
        key = {"tenant_id": self._scope.tenant_id, "id": capture_id}
        row = await _SELECT.fetch_one(self._driver, key)
        if row is None:
            kind = "capture"
            raise ThingIsNotFound(kind, capture_id)
        return read(row)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Capture]:
        """Read those of a payment, oldest first."""
        key = {"tenant_id": self._scope.tenant_id, "payment_id": payment_id}
        return [read(row) for row in await _OF_PAYMENT.fetch(self._driver, key)]


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
        status=CaptureStatus(row["status"]),
        reason_code=row["reason_code"],
        reason_message=row["reason_message"],
    )
