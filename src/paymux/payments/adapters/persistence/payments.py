"""Payments in PostgreSQL."""

from typing import Final, cast

from sqlalchemy import CursorResult, Select, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from paymux.kernel.errors import Category, PaymuxError, ThingIsNotFound
from paymux.kernel.ids import ConnectionId, CustomerId, PaymentId, PaymentLinkId
from paymux.kernel.money import Money
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.rows import AttemptRow, PaymentRow
from paymux.payments.domain.payment import (
    CaptureMode,
    Payment,
    PaymentLink,
    PaymentStatus,
    Review,
)
from paymux.payments.ports.outbound import PaymentFilter
from paymux.platform.database.paging import fetch_page
from paymux.platform.database.rows import JsonObject
from paymux.platform.database.statements import insert_one, select_one, update_one

_SELECT: Final = select_one(PaymentRow).where(PaymentRow.mode == bindparam("mode"))
_LOCK: Final = _SELECT.with_for_update()
_INSERT: Final = insert_one(PaymentRow)
_UPDATE: Final = update_one(PaymentRow).where(PaymentRow.version == bindparam("of_version"))


class ReferenceIsTaken(PaymuxError):
    """Another payment of this tenant and mode carries the reference.

    List payments with that `reference` to find it.
    """

    code = "reference_taken"
    category = Category.CONFLICT

    def __init__(self, reference: str) -> None:
        super().__init__(f"A payment with reference {reference!r} exists.", field="reference")


class PaymentWasChanged(PaymuxError):
    """Somebody else has written the payment since it was read."""

    code = "payment_changed"
    category = Category.CONFLICT
    passes = True

    def __init__(self, payment_id: PaymentId) -> None:
        super().__init__(f"Payment {payment_id} was changed by another request; try again.")


class SqlPayments:
    """The payments of one scope."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self._versions: dict[str, int] = {}

    async def add(self, payment: Payment) -> None:
        """Insert the payment; raises ReferenceIsTaken."""
        key = {"tenant_id": self._scope.tenant_id, "id": payment.id, "mode": self._scope.mode}
        try:
            await self._session.execute(_INSERT, {**key, "version": 1, **_values(payment)})
        except IntegrityError as error:
            if payment.reference is None or "reference" not in str(error.orig):
                raise
            raise ReferenceIsTaken(payment.reference) from None
        self._versions[payment.id] = 1

    async def get(self, payment_id: PaymentId) -> Payment:
        """Read the payment; raises ThingIsNotFound."""
        return await self._read(_SELECT, payment_id)

    async def lock(self, payment_id: PaymentId) -> Payment:
        """Read the payment and keep its row until the transaction ends."""
        return await self._read(_LOCK, payment_id)

    async def save(self, payment: Payment) -> None:
        """Write a payment back that was read here; raises PaymentWasChanged meanwhile."""
        version = self._versions[payment.id]
        where = {
            "of_tenant": self._scope.tenant_id,
            "of_id": payment.id,
            "of_version": version,
        }
        stored = await self._session.execute(
            _UPDATE, {**where, "version": version + 1, **_values(payment)}
        )
        if not cast("CursorResult[None]", stored).rowcount:
            raise PaymentWasChanged(payment.id)
        self._versions[payment.id] = version + 1

    async def list(self, which: PaymentFilter, page: PageRequest) -> Page[Payment]:
        """Read one page, newest first."""
        statement = self._mine()
        if which.status is not None:
            statement = statement.where(PaymentRow.status == which.status)
        if which.customer_id is not None:
            statement = statement.where(PaymentRow.customer_id == which.customer_id)
        if which.reference is not None:
            statement = statement.where(PaymentRow.reference == which.reference)
        if which.needs_review:
            statement = statement.where(PaymentRow.review.is_not(None))
        if which.connection_id is not None:
            tried = select(AttemptRow.payment_id).where(
                AttemptRow.connection_id == which.connection_id
            )
            statement = statement.where(PaymentRow.id.in_(tried))
        return (await fetch_page(self._session, statement, PaymentRow, page)).map(read)

    def _mine(self) -> Select[PaymentRow]:
        return select(PaymentRow).where(
            PaymentRow.tenant_id == self._scope.tenant_id, PaymentRow.mode == self._scope.mode
        )

    async def _read(self, statement: Select[PaymentRow], payment_id: PaymentId) -> Payment:
        key = {"tenant_id": self._scope.tenant_id, "id": payment_id, "mode": self._scope.mode}
        row = await self._session.scalar(statement, key)
        if row is None:
            kind = "payment"
            raise ThingIsNotFound(kind, payment_id)
        self._versions[payment_id] = row.version
        return read(row)


def _values(payment: Payment) -> JsonObject:
    return {
        "amount": payment.amount.amount,
        "currency": payment.amount.currency,
        "status": payment.status,
        "description": payment.description,
        "link_id": payment.link.id,
        "link_token": payment.link.token,
        "customer_id": payment.customer_id,
        "reference": payment.reference,
        "connection_id": payment.connection_id,
        "return_url": payment.return_url,
        "cancel_url": payment.cancel_url,
        "expires_at": payment.expires_at,
        "capture": payment.capture,
        "metadata": dict(payment.metadata),
        "amount_captured": payment.amount_captured,
        "amount_refunded": payment.amount_refunded,
        "review": payment.review,
        "review_since": payment.review_since,
        "reviews_resolved": " ".join(sorted(payment.reviews_resolved)),
        "closed_as": payment.closed_as,
        "created_at": payment.created_at,
        "updated_at": payment.updated_at,
    }


def read(row: PaymentRow) -> Payment:
    """Return the payment that the row keeps."""
    return Payment(
        id=PaymentId(row.id),
        amount=Money(row.amount, row.currency),
        description=row.description,
        link=PaymentLink(PaymentLinkId(row.link_id), row.link_token),
        created_at=row.created_at,
        updated_at=row.updated_at,
        status=PaymentStatus(row.status),
        customer_id=CustomerId(row.customer_id) if row.customer_id else None,
        reference=row.reference,
        connection_id=ConnectionId(row.connection_id) if row.connection_id else None,
        return_url=row.return_url,
        cancel_url=row.cancel_url,
        expires_at=row.expires_at,
        capture=CaptureMode(row.capture),
        metadata={key: str(value) for key, value in row.metadata_.items()},
        amount_captured=row.amount_captured,
        amount_refunded=row.amount_refunded,
        review=Review(row.review) if row.review else None,
        review_since=row.review_since,
        reviews_resolved=frozenset(Review(one) for one in row.reviews_resolved.split()),
        closed_as=PaymentStatus(row.closed_as) if row.closed_as else None,
        version=row.version,
    )
