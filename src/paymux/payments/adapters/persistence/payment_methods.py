"""Saved payment methods in PostgreSQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam

from paymux.kernel.ids import ConnectionId, CustomerId, PaymentId, PaymentMethodId
from paymux.kernel.money import Money
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.payments.adapters.persistence.payment_method_rows import PaymentMethodRow
from paymux.payments.domain.mandate import Mandate
from paymux.payments.domain.payment_method import (
    MethodFacts,
    PaymentMethod,
    PaymentMethodStatus,
)
from paymux.payments.ports.payment_methods import PaymentMethodFilter
from paymux.platform.database.kept import Kept, Kind
from paymux.platform.database.statements import (
    Driver,
    Record,
    Statement,
    Values,
)


def _values(method: PaymentMethod) -> Values:
    facts, agreed = method.facts, method.mandate.max_charge
    return {
        "customer_id": method.customer_id,
        "connection_id": method.connection_id,
        "provider": method.provider,
        "provider_reference": method.provider_reference,
        "payment_id": method.payment_id,
        "consent": method.mandate.words,
        "agreed_at": method.mandate.agreed_at,
        "max_charge": agreed.amount if agreed else None,
        "max_charge_currency": agreed.currency if agreed else None,
        "customer_reference": facts.customer_reference,
        "mandate_reference": facts.mandate_reference,
        "kind": facts.kind,
        "label": facts.label,
        "expires_on": facts.expires_on,
        "max_amount": facts.max_amount.amount if facts.max_amount else None,
        "max_amount_currency": facts.max_amount.currency if facts.max_amount else None,
        "status": method.status,
        "told_at": method.told_at,
        "revoked_at": method.revoked_at,
        "is_forgotten": method.is_forgotten,
        "created_at": method.created_at,
    }


def money(amount: int | None, currency: str | None) -> Money | None:
    """Return the money of two columns, if there is any."""
    return None if amount is None or currency is None else Money(amount, currency)


def read(row: Record) -> PaymentMethod:
    """Return the method that the row keeps."""
    return PaymentMethod(
        id=PaymentMethodId(row["id"]),
        customer_id=CustomerId(row["customer_id"]),
        connection_id=ConnectionId(row["connection_id"]),
        provider=row["provider"],
        provider_reference=row["provider_reference"],
        payment_id=PaymentId(row["payment_id"]),
        mandate=Mandate(
            words=row["consent"],
            max_charge=money(row["max_charge"], row["max_charge_currency"]),
            agreed_at=row["agreed_at"],
        ),
        created_at=row["created_at"],
        facts=MethodFacts(
            customer_reference=row["customer_reference"],
            mandate_reference=row["mandate_reference"],
            kind=row["kind"],
            label=row["label"],
            expires_on=row["expires_on"],
            max_amount=money(row["max_amount"], row["max_amount_currency"]),
        ),
        status=PaymentMethodStatus(row["status"]),
        told_at=row["told_at"],
        revoked_at=row["revoked_at"],
        is_forgotten=row["is_forgotten"],
    )


_KIND: Final = Kind(PaymentMethodRow, "payment method", _values, read)
_TABLE: Final = _KIND.table
_IS_REVOKED: Final = _TABLE.c.status == PaymentMethodStatus.REVOKED.value
_FIND: Final = Statement(
    _KIND.mine.where(
        _TABLE.c.connection_id == bindparam("connection_id"),
        _TABLE.c.provider_reference == bindparam("provider_reference"),
    )
    .order_by(_IS_REVOKED, _TABLE.c.id.desc())
    .limit(1)
    .with_for_update()
)
_OF_CUSTOMER: Final = Statement(
    _KIND.mine.where(_TABLE.c.customer_id == bindparam("customer_id"), ~_IS_REVOKED).order_by(
        _TABLE.c.id.desc()
    )
)
_ANY_KEPT: Final = Statement(
    _KIND.mine.where(_TABLE.c.connection_id == bindparam("connection_id"), ~_IS_REVOKED).limit(1)
)


class SqlPaymentMethods:
    """The saved methods of one scope."""

    def __init__(self, driver: Driver, scope: Scope) -> None:
        self._kept = Kept(_KIND, driver, scope)

    async def get(self, method_id: PaymentMethodId) -> PaymentMethod:
        """Read the method; raises ThingIsNotFound."""
        return await self._kept.get(method_id)

    async def lock(self, method_id: PaymentMethodId) -> PaymentMethod:
        """Read the method and keep its row until the transaction ends."""
        return await self._kept.lock(method_id)

    async def find(
        self, connection_id: ConnectionId, provider_reference: str
    ) -> PaymentMethod | None:
        """Read and keep the row of a token: the one in use, else the last revoked."""
        return await self._kept.first(
            _FIND, connection_id=connection_id, provider_reference=provider_reference
        )

    async def add(self, method: PaymentMethod) -> None:
        """Insert the method; the partial unique index refuses a second one in use."""
        await self._kept.add(method.id, method)

    async def save(self, method: PaymentMethod) -> None:
        """Write a method back whose row is locked."""
        await self._kept.save(method.id, method)

    async def of_customer(self, customer_id: CustomerId) -> Sequence[PaymentMethod]:
        """Read a customer's methods that nobody has revoked, newest first."""
        return await self._kept.all(_OF_CUSTOMER, customer_id=customer_id)

    async def any_kept(self, connection_id: ConnectionId) -> bool:
        """Ask for one method of the connection that nobody has revoked."""
        return await self._kept.has(_ANY_KEPT, connection_id=connection_id)

    async def list(self, which: PaymentMethodFilter, page: PageRequest) -> Page[PaymentMethod]:
        """Read one page, newest first."""
        mine = _KIND.mine
        if which.customer_id is not None:
            mine = mine.where(_TABLE.c.customer_id == which.customer_id)
        if which.status is not None:
            mine = mine.where(_TABLE.c.status == which.status)
        return await self._kept.page(mine, page)
