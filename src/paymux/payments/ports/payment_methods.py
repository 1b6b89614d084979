"""Saved payment methods, as they are stored."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from paymux.kernel.ids import ConnectionId, CustomerId, PaymentMethodId
from paymux.kernel.pages import Page, PageRequest
from paymux.payments.domain.payment_method import PaymentMethod, PaymentMethodStatus


class PaymentMethodFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which saved methods to list; None does not filter."""

    customer_id: CustomerId | None = None
    status: PaymentMethodStatus | None = None


class PaymentMethods(Protocol):
    """Saved methods, in one scope."""

    async def get(self, method_id: PaymentMethodId) -> PaymentMethod:
        """Return the method; raises ThingIsNotFound."""
        ...

    async def lock(self, method_id: PaymentMethodId) -> PaymentMethod:
        """Return the method with its row locked until the transaction ends."""
        ...

    async def find(
        self, connection_id: ConnectionId, provider_reference: str
    ) -> PaymentMethod | None:
        """Find the method of a provider's token, locked: the one in use, else the last revoked."""
        ...

    async def add(self, method: PaymentMethod) -> None:
        """Store a new one; the database refuses a second one of the same token in use."""
        ...

    async def save(self, method: PaymentMethod) -> None:
        """Store the changes of a method whose row is locked."""
        ...

    async def of_customer(self, customer_id: CustomerId) -> Sequence[PaymentMethod]:
        """Return the methods of a customer that nobody has revoked, newest first."""
        ...

    async def any_kept(self, connection_id: ConnectionId) -> bool:
        """Tell whether a connection keeps a method that nobody has revoked."""
        ...

    async def list(self, which: PaymentMethodFilter, page: PageRequest) -> Page[PaymentMethod]:
        """Return methods, newest first."""
        ...
