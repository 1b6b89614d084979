"""Observations in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select

from paymux.kernel.ids import (
    AttemptId,
    DisputeId,
    ObservationId,
    PaymentId,
    PaymentMethodId,
    RefundId,
)
from paymux.kernel.money import Money
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.rows import TimelineRow
from paymux.payments.domain.attempt_report import Effect
from paymux.payments.domain.timeline import Source, TimelineEntry
from paymux.platform.database.statements import (
    Driver,
    Record,
    Statement,
    Values,
    insert_one,
    table_of,
)

_TABLE: Final = table_of(TimelineRow)
_INSERT: Final = insert_one(TimelineRow)
_INSERT_OR_COUNT: Final = Statement(
    _INSERT.on_conflict_do_update(
        index_elements=["tenant_id", "attempt_id", "fingerprint"],
        set_={
            "times_seen": _TABLE.c.times_seen + 1,
            "last_seen_at": _INSERT.excluded.last_seen_at,
        },
    ).returning(_TABLE.c.times_seen)
)
_OF_PAYMENT: Final = Statement(
    select(_TABLE)
    .where(
        _TABLE.c.tenant_id == bindparam("tenant_id"),
        _TABLE.c.payment_id == bindparam("payment_id"),
    )
    .order_by(_TABLE.c.recorded_at, _TABLE.c.id)
)


class SqlTimeline:
    """The observations of one tenant."""

    def __init__(self, driver: Driver, scope: Scope) -> None:
        self._driver = driver
        self._scope = scope

    async def add(self, entry: TimelineEntry) -> bool:
        """Insert the entry, or count up the one that said the same before; tell which."""
        key = {"tenant_id": self._scope.tenant_id, "id": entry.id}
        row = await _INSERT_OR_COUNT.fetch_one(self._driver, {**key, **_values(entry)})
        return row is not None and row["times_seen"] == 1

    async def of_payment(self, payment_id: PaymentId) -> Sequence[TimelineEntry]:
        """Read the entries of a payment, oldest first."""
        key = {"tenant_id": self._scope.tenant_id, "payment_id": payment_id}
        return [read(row) for row in await _OF_PAYMENT.fetch(self._driver, key)]


def _values(entry: TimelineEntry) -> Values:
    return {
        "payment_id": entry.payment_id,
        "attempt_id": entry.attempt_id,
        "fingerprint": entry.fingerprint,
        "source": entry.source,
        "status": entry.status,
        "effect": entry.effect,
        "recorded_at": entry.recorded_at,
        "occurred_at": entry.occurred_at,
        "provider_reference": entry.provider_reference,
        "payment_reference": entry.payment_reference,
        "amount": entry.amount.amount if entry.amount else None,
        "currency": entry.amount.currency if entry.amount else None,
        "reason_code": entry.reason_code,
        "reason_message": entry.reason_message,
        "refund_id": entry.refund_id,
        "payment_method_id": entry.payment_method_id,
        "dispute_id": entry.dispute_id,
        "actor": entry.actor,
        "times_seen": 1,
        "last_seen_at": entry.recorded_at,
    }


def read(row: Record) -> TimelineEntry:
    """Return the entry that the row keeps."""
    has_money = row["amount"] is not None and row["currency"] is not None
    return TimelineEntry(
        id=ObservationId(row["id"]),
        payment_id=PaymentId(row["payment_id"]),
        attempt_id=AttemptId(row["attempt_id"]) if row["attempt_id"] else None,
        source=Source(row["source"]),
        status=row["status"],
        effect=Effect(row["effect"]),
        recorded_at=row["recorded_at"],
        occurred_at=row["occurred_at"],
        provider_reference=row["provider_reference"],
        payment_reference=row["payment_reference"],
        amount=Money(row["amount"] or 0, row["currency"] or "") if has_money else None,
        reason_code=row["reason_code"],
        reason_message=row["reason_message"],
        refund_id=RefundId(row["refund_id"]) if row["refund_id"] else None,
        payment_method_id=PaymentMethodId(method)
        if (method := row["payment_method_id"])
        else None,
        dispute_id=DisputeId(row["dispute_id"]) if row["dispute_id"] else None,
        actor=row["actor"],
        times_seen=row["times_seen"],
        last_seen_at=row["last_seen_at"],
    )
