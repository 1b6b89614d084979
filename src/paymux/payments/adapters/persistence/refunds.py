"""Refunds in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, any_, bindparam, or_
from sqlalchemy.dialects.postgresql import array

from paymux.kernel.ids import AttemptId, ConnectionId, PaymentId, RefundId
from paymux.kernel.money import Money
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.refund_rows import RefundRow
from paymux.payments.domain.refund import OPEN, Refund, RefundCause, RefundStatus
from paymux.payments.ports.books import RefundFilter
from paymux.platform.database.kept import Kept, Kind
from paymux.platform.database.statements import Driver, Record, Statement, Values


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


_KIND: Final = Kind(RefundRow, "refund", _values, read)
_TABLE: Final = _KIND.table
_OF_PAYMENT: Final = Statement(
    _KIND.mine.where(_TABLE.c.payment_id == bindparam("payment_id")).order_by(_TABLE.c.id)
)
_IS_OPEN: Final = _TABLE.c.status == any_(array(sorted(OPEN)))
_ANY_OPEN: Final = Statement(
    _KIND.mine.where(_TABLE.c.connection_id == bindparam("connection_id"), _IS_OPEN).limit(1)
)
_IS_THEIRS: Final = _TABLE.c.provider_reference == bindparam("provider_reference")
_FIND: Final = Statement(
    _KIND.mine.where(
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
        self._kept = Kept(_KIND, driver, scope)

    async def get(self, refund_id: RefundId) -> Refund:
        """Read the refund; raises ThingIsNotFound."""
        return await self._kept.get(refund_id)

    async def add(self, refund: Refund) -> None:
        """Insert the refund; its payment is locked."""
        await self._kept.add(refund.id, refund)

    async def save(self, refund: Refund) -> None:
        """Write the refund back; its payment is locked."""
        await self._kept.save(refund.id, refund)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[Refund]:
        """Read the refunds of a payment, oldest first."""
        return await self._kept.all(_OF_PAYMENT, payment_id=payment_id)

    async def list(self, which: RefundFilter, page: PageRequest) -> Page[Refund]:
        """Read one page, newest first."""
        statement: Select[object] = _KIND.mine
        if which.payment_id is not None:
            statement = statement.where(_TABLE.c.payment_id == which.payment_id)
        if which.status is not None:
            statement = statement.where(_TABLE.c.status == which.status)
        return await self._kept.page(statement, page)

    async def find(
        self,
        connection_id: ConnectionId,
        refund_id: RefundId | None,
        provider_reference: str,
    ) -> Refund | None:
        """Find by the provider's reference or by our id, on this connection only."""
        return await self._kept.first(
            _FIND,
            connection_id=connection_id,
            refund_id=refund_id or "",
            provider_reference=provider_reference,
        )

    async def any_open(self, connection_id: ConnectionId) -> bool:
        """Ask for one refund whose end is still to come."""
        return await self._kept.has(_ANY_OPEN, connection_id=connection_id)
