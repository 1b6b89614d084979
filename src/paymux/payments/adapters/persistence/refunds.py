"""Refunds in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, any_, bindparam, or_, select
from sqlalchemy.dialects.postgresql import array

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId, ConnectionId, PaymentId, RefundId
from paymux.kernel.money import Money
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.refund_rows import RefundRow
from paymux.payments.domain.refund import OPEN, Refund, RefundCause, RefundStatus
from paymux.payments.ports.outbound import RefundFilter
from paymux.platform.database.statements import (
    Driver,
    Record,
    Statement,
    Values,
    columns_of,
    fetch_newest,
    insert_one,
    select_one,
    table_of,
    update_one,
)

_TABLE: Final = table_of(RefundRow)
_SELECT: Final = Statement(select_one(RefundRow).where(_TABLE.c.mode == bindparam("mode")))
_INSERT: Final = Statement(insert_one(RefundRow))
_UPDATE: Final = Statement(
    update_one(RefundRow), columns_of(RefundRow, but=("tenant_id", "id", "mode"))
)
_MINE: Final = select(_TABLE).where(
    _TABLE.c.tenant_id == bindparam("tenant_id"), _TABLE.c.mode == bindparam("mode")
)
_OF_PAYMENT: Final = Statement(
    _MINE.where(_TABLE.c.payment_id == bindparam("payment_id")).order_by(_TABLE.c.id)
)
_IS_OPEN: Final = _TABLE.c.status == any_(array(sorted(OPEN)))
_ANY_OPEN: Final = Statement(
    _MINE.where(_TABLE.c.connection_id == bindparam("connection_id"), _IS_OPEN).limit(1)
)
_IS_THEIRS: Final = _TABLE.c.provider_reference == bindparam("provider_reference")
_FIND: Final = Statement(
    _MINE.where(
        _TABLE.c.connection_id == bindparam("connection_id"),
        or_(_IS_THEIRS, _TABLE.c.id == bindparam("refund_id")),
    )
    # PostgreSQL sorts null as the greatest, so it would come before true.
    .order_by(_IS_THEIRS.desc().nulls_last())
    .limit(1)
)


class SqlRefunds:
    """The refunds of one scope."""

    def __init__(self, driver: Driver, scope: Scope) -> None:
        self._driver = driver
        self._scope = scope
        self._mine: Values = {"tenant_id": scope.tenant_id, "mode": scope.mode}

    async def get(self, refund_id: RefundId) -> Refund:
        """Read the refund; raises ThingIsNotFound."""
        key = {"tenant_id": self._scope.tenant_id, "id": refund_id, "mode": self._scope.mode}
        row = await _SELECT.fetch_one(self._driver, key)
        if row is None:
            kind = "refund"
            raise ThingIsNotFound(kind, refund_id)
        return read(row)

    async def add(self, refund: Refund) -> None:
        """Insert the refund; its payment is locked."""
        key = {"tenant_id": self._scope.tenant_id, "id": refund.id, "mode": self._scope.mode}
        await _INSERT.run(self._driver, {**key, **_values(refund)})

    async def save(self, refund: Refund) -> None:
        """Write the refund back; its payment is locked."""
        where = {"of_tenant": self._scope.tenant_id, "of_id": refund.id}
        await _UPDATE.run(self._driver, {**where, **_values(refund)})

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Refund]:
        """Read the refunds of a payment, oldest first."""
        rows = await _OF_PAYMENT.fetch(self._driver, {**self._mine, "payment_id": payment_id})
        return [read(row) for row in rows]

    async def list(self, which: RefundFilter, page: PageRequest) -> Page[Refund]:
        """Read one page, newest first."""
        statement: Select[object] = _MINE
        if which.payment_id is not None:
            statement = statement.where(_TABLE.c.payment_id == which.payment_id)
        if which.status is not None:
            statement = statement.where(_TABLE.c.status == which.status)
        return (await fetch_newest(self._driver, statement, _TABLE, self._mine, page)).map(read)

    async def find(
        self,
        connection_id: ConnectionId,
        refund_id: RefundId | None,
        provider_reference: str,
    ) -> Refund | None:
        """Find by the provider's reference or by our id, on this connection only."""
        key = {
            **self._mine,
            "connection_id": connection_id,
            "refund_id": refund_id or "",
            "provider_reference": provider_reference,
        }
        row = await _FIND.fetch_one(self._driver, key)
        return None if row is None else read(row)

    async def any_open(self, connection_id: ConnectionId) -> bool:
        """Ask for one refund whose end is still to come."""
        key = {**self._mine, "connection_id": connection_id}
        return await _ANY_OPEN.fetch_one(self._driver, key) is not None


def _values(refund: Refund) -> Values:
    return {
        "payment_id": refund.payment_id,
        "attempt_id": refund.attempt_id,
        "connection_id": refund.connection_id,
        "provider": refund.provider,
        "payment_reference": refund.payment_reference,
        "amount": refund.amount.amount,
        "currency": refund.amount.currency,
        "status": refund.status,
        "cause": refund.cause,
        "reason": refund.reason,
        "idempotency_key": refund.idempotency_key,
        "request": refund.request,
        "replay_until": refund.replay_until,
        "provider_reference": refund.provider_reference,
        "reason_code": refund.reason_code,
        "reason_message": refund.reason_message,
        "created_at": refund.created_at,
    }


def read(row: Record) -> Refund:
    """Return the refund that the row keeps."""
    return Refund(
        id=RefundId(row["id"]),
        payment_id=PaymentId(row["payment_id"]),
        attempt_id=AttemptId(row["attempt_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        provider=row["provider"],
        payment_reference=row["payment_reference"],
        amount=Money(row["amount"], row["currency"]),
        idempotency_key=row["idempotency_key"],
        request=row["request"],
        created_at=row["created_at"],
        replay_until=row["replay_until"],
        cause=RefundCause(row["cause"]),
        reason=row["reason"],
        status=RefundStatus(row["status"]),
        provider_reference=row["provider_reference"],
        reason_code=row["reason_code"],
        reason_message=row["reason_message"],
    )
