"""Attempts in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, any_, bindparam, or_, select, text
from sqlalchemy.dialects.postgresql import array

from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import AttemptId, ConnectionId, PaymentId, PaymentMethodId
from paymux.kernel.money import Money
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.rows import AttemptRow, TimelineRow
from paymux.payments.domain.attempt import OPEN, AttemptStatus, PaymentAttempt
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

_TABLE: Final = table_of(AttemptRow)
_SELECT: Final = Statement(select_one(AttemptRow))
_INSERT: Final = Statement(insert_one(AttemptRow))
_UPDATE: Final = Statement(update_one(AttemptRow), columns_of(AttemptRow, but=("tenant_id", "id")))
_MINE: Final = select(_TABLE).where(_TABLE.c.tenant_id == bindparam("tenant_id"))
_OF_PAYMENT: Final = Statement(
    _MINE.where(_TABLE.c.payment_id == bindparam("payment_id")).order_by(_TABLE.c.id)
)
_OF_CONNECTION: Final = _MINE.where(_TABLE.c.connection_id == bindparam("connection_id"))
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
        self._driver = driver
        self._scope = scope

    async def add(self, attempt: PaymentAttempt) -> None:
        """Insert the attempt; the partial unique index refuses a second live one."""
        key = {"tenant_id": self._scope.tenant_id, "id": attempt.id}
        await _INSERT.run(self._driver, {**key, **_values(attempt)})

    async def save(self, attempt: PaymentAttempt) -> None:
        """Write the attempt back; its payment is locked."""
        where = {"of_tenant": self._scope.tenant_id, "of_id": attempt.id}
        await _UPDATE.run(self._driver, {**where, **_values(attempt)})

    async def get(self, attempt_id: AttemptId) -> PaymentAttempt:
        """Read the attempt; raises ThingIsNotFound."""
        key = {"tenant_id": self._scope.tenant_id, "id": attempt_id}
        row = await _SELECT.fetch_one(self._driver, key)
        if row is None:
            kind = "attempt"
            raise ThingIsNotFound(kind, attempt_id)
        return read(row)

    async def of_payment(self, payment_id: PaymentId) -> Sequence[PaymentAttempt]:
        """Read the attempts of a payment, oldest first."""
        key = {"tenant_id": self._scope.tenant_id, "payment_id": payment_id}
        return [read(row) for row in await _OF_PAYMENT.fetch(self._driver, key)]

    async def any_open(self, connection_id: ConnectionId) -> bool:
        """Ask for one attempt that is live and not settled."""
        key = {"tenant_id": self._scope.tenant_id, "connection_id": connection_id}
        return await _ANY_OPEN.fetch_one(self._driver, key) is not None

    async def find(
        self,
        connection_id: ConnectionId,
        attempt_id: AttemptId | None,
        provider_reference: str | None,
    ) -> PaymentAttempt | None:
        """Find by our id or by the provider's reference, on this connection only."""
        key = {
            "tenant_id": self._scope.tenant_id,
            "connection_id": connection_id,
            "attempt_id": attempt_id or "",
            "provider_reference": provider_reference or "",
        }
        row = await _FIND.fetch_one(self._driver, key)
        return None if row is None else read(row)

    async def find_paid(
        self, connection_id: ConnectionId, payment_reference: str
    ) -> PaymentAttempt | None:
        """Find by the movement of money, or by one more that was reported, here only."""
        key = {
            "tenant_id": self._scope.tenant_id,
            "connection_id": connection_id,
            "payment_reference": payment_reference,
        }
        row = await _FIND_PAID.fetch_one(self._driver, key)
        row = row or await _FIND_MOVED.fetch_one(self._driver, key)
        return None if row is None else read(row)


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
