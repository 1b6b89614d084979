"""Payments in PostgreSQL."""

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from paymux.kernel.errors import Category, PaymuxError, ThingIsNotFound
from paymux.kernel.ids import ConnectionId, CustomerId, PaymentId, PaymentLinkId
from paymux.kernel.money import Money
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.rows import AttemptRow, PaymentRow
from paymux.payments.domain.payment import Payment, PaymentLink, PaymentStatus, Review
from paymux.payments.ports.outbound import PaymentFilter
from paymux.platform.database.paging import fetch_page


class ReferenceIsTaken(PaymuxError):
    """Another payment of this tenant and mode carries the reference."""

    code = "reference_taken"
    category = Category.CONFLICT

    def __init__(self, reference: str) -> None:
        super().__init__(f"A payment with reference {reference!r} exists.", field="reference")


class SqlPayments:
    """The payments of one scope."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        # The session holds its rows weakly; these are what `save` writes to.
        self._rows: dict[str, PaymentRow] = {}

    async def add(self, payment: Payment) -> None:
        """Insert the payment; raises ReferenceIsTaken."""
        row = PaymentRow(tenant_id=self._scope.tenant_id, id=payment.id, mode=self._scope.mode)
        write(payment, row)
        self._session.add(row)
        try:
            await self._session.flush()
        except IntegrityError as error:
            if payment.reference is None or "reference" not in str(error.orig):
                raise
            raise ReferenceIsTaken(payment.reference) from None

    async def get(self, payment_id: PaymentId) -> Payment:
        """Read the payment; raises ThingIsNotFound."""
        return read(await self._row(payment_id))

    async def lock(self, payment_id: PaymentId) -> Payment:
        """Read the payment and keep its row until the transaction ends."""
        return read(await self._row(payment_id, lock=True))

    async def save(self, payment: Payment) -> None:
        """Write a locked payment back."""
        write(payment, self._rows[payment.id])
        await self._session.flush()

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

    async def _row(self, payment_id: PaymentId, *, lock: bool = False) -> PaymentRow:
        row = await self._session.get(
            PaymentRow,
            (self._scope.tenant_id, payment_id),
            with_for_update=lock or None,
            populate_existing=lock,
        )
        if row is None or row.mode != self._scope.mode:
            kind = "payment"
            raise ThingIsNotFound(kind, payment_id)
        self._rows[payment_id] = row
        return row


def write(payment: Payment, row: PaymentRow) -> None:
    """Bring the row up to the payment."""
    row.amount, row.currency = payment.amount.amount, payment.amount.currency
    row.status = payment.status
    row.description = payment.description
    row.link_id, row.link_token = payment.link.id, payment.link.token
    row.customer_id = payment.customer_id
    row.reference = payment.reference
    row.connection_id = payment.connection_id
    row.return_url, row.cancel_url = payment.return_url, payment.cancel_url
    row.expires_at = payment.expires_at
    row.metadata_ = dict(payment.metadata)
    row.amount_captured = payment.amount_captured
    row.amount_refunded = payment.amount_refunded
    row.review = payment.review
    row.closed_as = payment.closed_as
    row.created_at, row.updated_at = payment.created_at, payment.updated_at


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
        metadata={key: str(value) for key, value in row.metadata_.items()},
        amount_captured=row.amount_captured,
        amount_refunded=row.amount_refunded,
        review=Review(row.review) if row.review else None,
        closed_as=PaymentStatus(row.closed_as) if row.closed_as else None,
        version=row.version,
    )
