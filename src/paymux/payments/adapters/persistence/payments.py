"""Payments in PostgreSQL."""

from typing import Final

import msgspec
from sqlalchemy import Select, bindparam, select

from paymux.kernel.errors import Category, PaymuxError, ThingIsNotFound
from paymux.kernel.ids import ConnectionId, CustomerId, PaymentId, PaymentLinkId, PaymentMethodId
from paymux.kernel.money import Money
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.payment_methods import money
from paymux.payments.adapters.persistence.rows import AttemptRow, PaymentRow
from paymux.payments.domain.mandate import Mandate
from paymux.payments.domain.payment import CaptureMode, Payment, PaymentLink, PaymentStatus, Review
from paymux.payments.ports.books import PaymentFilter
from paymux.platform.database.statements import (
    Driver,
    KeyIsTaken,
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

_TABLE: Final = table_of(PaymentRow)
_ONE: Final = select_one(PaymentRow).where(_TABLE.c.mode == bindparam("mode"))
_SELECT: Final = Statement(_ONE)
_LOCK: Final = Statement(_ONE.with_for_update())
_INSERT: Final = Statement(insert_one(PaymentRow))
_UPDATE: Final = Statement(
    update_one(PaymentRow).where(_TABLE.c.version == bindparam("of_version")),
    columns_of(PaymentRow, but=("tenant_id", "id", "mode")),
)


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

    def __init__(self, payment_id: PaymentId) -> None:
        super().__init__(f"Payment {payment_id} was changed by another request; try again.")


class SqlPayments:
    """The payments of one scope."""

    def __init__(self, driver: Driver, scope: Scope) -> None:
        self._driver = driver
        self._scope = scope
        self._versions: dict[str, int] = {}

    async def add(self, payment: Payment) -> None:
        """Insert the payment; raises ReferenceIsTaken."""
        key = {"tenant_id": self._scope.tenant_id, "id": payment.id, "mode": self._scope.mode}
        try:
            await _INSERT.run(self._driver, {**key, "version": 1, **_values(payment)})
        except KeyIsTaken as error:
            if payment.reference is None or "reference" not in str(error):
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
        changed = {**where, "version": version + 1, **_values(payment)}
        if not await _UPDATE.run(self._driver, changed):
            raise PaymentWasChanged(payment.id)
        self._versions[payment.id] = version + 1

    async def list(self, which: PaymentFilter, page: PageRequest) -> Page[Payment]:
        """Read one page, newest first."""
        found = await fetch_newest(self._driver, self._filtered(which), _TABLE, {}, page)
        return found.map(read)

    def _filtered(self, which: PaymentFilter) -> Select[object]:
        mine = select(_TABLE).where(
            _TABLE.c.tenant_id == self._scope.tenant_id, _TABLE.c.mode == self._scope.mode
        )
        if which.status is not None:
            mine = mine.where(_TABLE.c.status == which.status)
        if which.customer_id is not None:
            mine = mine.where(_TABLE.c.customer_id == which.customer_id)
        if which.reference is not None:
            mine = mine.where(_TABLE.c.reference == which.reference)
        if which.needs_review:
            mine = mine.where(_TABLE.c.review.is_not(None))
        if which.connection_id is not None:
            tried = select(AttemptRow.payment_id).where(
                AttemptRow.connection_id == which.connection_id
            )
            mine = mine.where(_TABLE.c.id.in_(tried))
        return mine

    async def _read(self, statement: Statement, payment_id: PaymentId) -> Payment:
        key = {"tenant_id": self._scope.tenant_id, "id": payment_id, "mode": self._scope.mode}
        row = await statement.fetch_one(self._driver, key)
        if row is None:
            kind = "payment"
            raise ThingIsNotFound(kind, payment_id)
        self._versions[payment_id] = row["version"]
        return read(row)


def _values(payment: Payment) -> Values:
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
        "metadata": msgspec.json.encode(payment.metadata).decode(),
        "amount_captured": payment.amount_captured,
        "amount_refunded": payment.amount_refunded,
        "review": payment.review,
        "review_since": payment.review_since,
        "reviews_resolved": " ".join(sorted(payment.reviews_resolved)),
        "closed_as": payment.closed_as,
        **_asked(payment.mandate),
        "off_session": payment.off_session,
        "payment_method_id": payment.payment_method_id,
        "disputed": payment.disputed,
        "created_at": payment.created_at,
        "updated_at": payment.updated_at,
    }


def _asked(mandate: Mandate | None) -> Values:
    most = mandate.max_charge if mandate is not None else None
    return {
        "consent": mandate.words if mandate is not None else None,
        "consent_agreed_at": mandate.agreed_at if mandate is not None else None,
        "max_charge": most.amount if most is not None else None,
        "max_charge_currency": most.currency if most is not None else None,
    }


def _mandate(row: Record) -> Mandate | None:
    if row["consent"] is None:
        return None
    most = money(row["max_charge"], row["max_charge_currency"])
    return Mandate(words=row["consent"], max_charge=most, agreed_at=row["consent_agreed_at"])


def read(row: Record) -> Payment:
    """Return the payment that the row keeps."""
    return Payment(
        id=PaymentId(row["id"]),
        amount=Money(row["amount"], row["currency"]),
        description=row["description"],
        link=PaymentLink(PaymentLinkId(row["link_id"]), row["link_token"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        status=PaymentStatus(row["status"]),
        customer_id=CustomerId(row["customer_id"]) if row["customer_id"] else None,
        reference=row["reference"],
        connection_id=ConnectionId(row["connection_id"]) if row["connection_id"] else None,
        return_url=row["return_url"],
        cancel_url=row["cancel_url"],
        expires_at=row["expires_at"],
        metadata=msgspec.convert(row["metadata"], dict[str, str]),
        capture=CaptureMode(row["capture"]),
        amount_captured=row["amount_captured"],
        amount_refunded=row["amount_refunded"],
        review=Review(row["review"]) if row["review"] else None,
        review_since=row["review_since"],
        reviews_resolved=frozenset(Review(one) for one in row["reviews_resolved"].split()),
        closed_as=PaymentStatus(row["closed_as"]) if row["closed_as"] else None,
        mandate=_mandate(row),
        off_session=row["off_session"],
        payment_method_id=PaymentMethodId(method)
        if (method := row["payment_method_id"])
        else None,
        disputed=row["disputed"],
        version=row["version"],
    )
