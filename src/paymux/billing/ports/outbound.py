"""What billing needs from the rest of the world."""

from collections.abc import Callable
from typing import Protocol

from paymux.billing.domain.customer import Customer
from paymux.kernel.ids import CustomerId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.kernel.work import AtomicWork


class Customers(Protocol):
    """Customers, in one scope."""

    async def add(self, customer: Customer) -> None:
        """Store a new customer; raises ExternalIdIsTaken."""
        ...

    async def get(self, customer_id: CustomerId) -> Customer:
        """Return the customer; raises ThingIsNotFound."""
        ...

    async def lock(self, customer_id: CustomerId) -> Customer:
        """Return the customer with its row locked until the transaction ends."""
        ...

    async def save(self, customer: Customer) -> None:
        """Store the changes of a locked customer."""
        ...

    async def list(self, external_id: str | None, page: PageRequest) -> Page[Customer]:
        """Return customers, newest first."""
        ...


class UnitOfWork(AtomicWork, Protocol):
    """One transaction; rolls back unless committed."""

    customers: Customers


UnitsOfWork = Callable[[Scope], UnitOfWork]
