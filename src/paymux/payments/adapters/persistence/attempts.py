"""Attempts in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, any_, bindparam, or_, select, text
from sqlalchemy.dialects.postgresql import array

from paymux.kernel.ids import AttemptId, ConnectionId, PaymentId, PaymentMethodId
from paymux.kernel.money import Money
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.rows import AttemptRow, TimelineRow
from paymux.payments.domain.attempt import PaymentAttempt
from paymux.payments.domain.attempt_report import OPEN, AttemptStatus
from paymux.platform.database.kept import Kept, Kind
from paymux.platform.database.statements import Driver, Record, Statement, Values, table_of


def _values(attempt: PaymentAttempt) -> Values:
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
        "payment_method_id": attempt.payment_method_id,
        "answered": attempt.answered,
        "needs_payer": attempt.needs_payer,
        "created_at": attempt.created_at,
    }


def _method_id(text: str | None) -> PaymentMethodId | None:
    return PaymentMethodId(text) if text else None


def read(row: Record) -> PaymentAttempt:
    """Return the attempt that the row keeps."""
    return PaymentAttempt(
        id=AttemptId(row["id"]),
        payment_id=PaymentId(row["payment_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        provider=row["provider"],
        amount=Money(row["amount"], row["currency"]),
        idempotency_key=row["idempotency_key"],
        request=row["request"],
        created_at=row["created_at"],
        replay_until=row["replay_until"],
        status=AttemptStatus(row["status"]),
        provider_reference=row["provider_reference"],
        payment_reference=row["payment_reference"],
        checkout_url=row["checkout_url"],
        checkout_expires_at=row["checkout_expires_at"],
        method=row["method"],
        reason_code=row["reason_code"],
        reason_message=row["reason_message"],
        approved=row["approved"],
        completion_round=row["completion_round"],
        captures_later=row["captures_later"],
        amount_captured=row["amount_captured"],
        released=row["released"],
        payment_method_id=_method_id(row["payment_method_id"]),
        answered=row["answered"],
        needs_payer=row["needs_payer"],
    )


_KIND: Final = Kind(AttemptRow, "attempt", _values, read)
_TABLE: Final = _KIND.table
_OF_PAYMENT: Final = Statement(
    _KIND.mine.where(_TABLE.c.payment_id == bindparam("payment_id")).order_by(_TABLE.c.id)
)
_OF_CONNECTION: Final = _KIND.mine.where(_TABLE.c.connection_id == bindparam("connection_id"))
_UNDECIDED: Final = and_(
    _TABLE.c.status == AttemptStatus.DECLINED.value,
    _TABLE.c.payment_method_id.is_not(None),
    ~_TABLE.c.answered,
)
_ANY_OPEN: Final = Statement(
    _OF_CONNECTION.where(or_(_TABLE.c.status == any_(array(sorted(OPEN))), _UNDECIDED)).limit(1)
)
_FIND_PAID: Final = Statement(
    _OF_CONNECTION.where(_TABLE.c.payment_reference == bindparam("payment_reference"))
    .order_by(_TABLE.c.id)
    .limit(1)
)
_SAID: Final = table_of(TimelineRow)
_FIND_MOVED: Final = Statement(
    _OF_CONNECTION.where(
        _TABLE.c.id.in_(
            select(_SAID.c.attempt_id).where(
                _SAID.c.tenant_id == bindparam("tenant_id"),
                _SAID.c.payment_reference == bindparam("payment_reference"),
                # To the letter what the partial index says.
                text("payment_observations.status IN ('authorized', 'succeeded')"),
            )
        )
    )
    .order_by(_TABLE.c.id)
    .limit(1)
)
_FIND: Final = Statement(
    _OF_CONNECTION.where(
        or_(
            _TABLE.c.id == bindparam("attempt_id"),
            _TABLE.c.provider_reference == bindparam("provider_reference"),
        )
    )
    .order_by((_TABLE.c.id == bindparam("attempt_id")).desc())
    .limit(1)
)


class SqlAttempts:
    """The attempts of one tenant; their payment decides the mode."""

    def __init__(self, driver: Driver, scope: Scope) -> None:
        self._kept = Kept(_KIND, driver, scope)

    async def add(self, attempt: PaymentAttempt) -> None:
        """Insert the attempt; the partial unique index refuses a second live one."""
        await self._kept.add(attempt.id, attempt)

    async def save(self, attempt: PaymentAttempt) -> None:
        """Write the attempt back; its payment is locked."""
        await self._kept.save(attempt.id, attempt)

    async def get(self, attempt_id: AttemptId) -> PaymentAttempt:
        """Read the attempt; raises ThingIsNotFound."""
        return await self._kept.get(attempt_id)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[PaymentAttempt]:
        """Read the attempts of a payment, oldest first."""
        return await self._kept.all(_OF_PAYMENT, payment_id=payment_id)

    async def any_open(self, connection_id: ConnectionId) -> bool:
        """Ask for one attempt that is live and not settled."""
        return await self._kept.has(_ANY_OPEN, connection_id=connection_id)

    async def find(
        self,
        connection_id: ConnectionId,
        attempt_id: AttemptId | None,
        provider_reference: str | None,
    ) -> PaymentAttempt | None:
        """Find by our id or by the provider's reference, on this connection only."""
        return await self._kept.first(
            _FIND,
            connection_id=connection_id,
            attempt_id=attempt_id or "",
            provider_reference=provider_reference or "",
        )

    async def find_paid(
        self, connection_id: ConnectionId, payment_reference: str
    ) -> PaymentAttempt | None:
        """Find by the movement of money, or by one more that was reported, here only."""
        which = {"connection_id": connection_id, "payment_reference": payment_reference}
        paid = await self._kept.first(_FIND_PAID, **which)
        return paid or await self._kept.first(_FIND_MOVED, **which)
