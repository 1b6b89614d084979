"""Customers: create, read, change."""

from collections.abc import Mapping
from contextlib import suppress

import msgspec

from paymux.billing.domain.customer import Customer
from paymux.billing.ports.outbound import UnitsOfWork
from paymux.kernel.clock import Clock
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import CustomerId, Ids
from paymux.kernel.origin import Origin, new_id
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope


class NewCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """A customer to create. `external_id` is the tenant's own id, unique per mode."""

    external_id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    metadata: Mapping[str, str] = msgspec.field(default_factory=dict)


class CustomerChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What to change; UNSET leaves a field as it is, None empties it."""

    name: str | msgspec.UnsetType | None = msgspec.UNSET
    email: str | msgspec.UnsetType | None = msgspec.UNSET
    phone: str | msgspec.UnsetType | None = msgspec.UNSET
    metadata: Mapping[str, str] | msgspec.UnsetType = msgspec.UNSET


class Customers:
    """The use cases of a customer."""

    def __init__(self, *, units_of_work: UnitsOfWork, clock: Clock, ids: Ids) -> None:
        self._units_of_work = units_of_work
        self._clock = clock
        self._ids = ids

    async def create(
        self, scope: Scope, new: NewCustomer, origin: Origin | None = None
    ) -> Customer:
        """Create a customer; refuses an external_id used before.

        A repeated origin gets the customer that its earlier run made.
        """
        if origin is not None and origin.is_repeated:
            with suppress(ThingIsNotFound):
                return await self.get(scope, CustomerId(origin.id("cus")))
        now = self._clock.now()
        customer = Customer(
            id=CustomerId(new_id(self._ids, "cus", origin)),
            external_id=new.external_id,
            created_at=now,
            updated_at=now,
            name=new.name,
            email=new.email,
            phone=new.phone,
            metadata=new.metadata,
        )
        async with self._units_of_work(scope) as work:
            await work.customers.add(customer)
            await work.commit()
        return customer

    async def get(self, scope: Scope, customer_id: CustomerId) -> Customer:
        """Return a customer; refuses an unknown id."""
        async with self._units_of_work(scope) as work:
            return await work.customers.get(customer_id)

    async def list(
        self, scope: Scope, external_id: str | None, page: PageRequest
    ) -> Page[Customer]:
        """Return customers, newest first, or the one with the external_id."""
        async with self._units_of_work(scope) as work:
            return await work.customers.list(external_id, page)

    async def update(
        self, scope: Scope, customer_id: CustomerId, changes: CustomerChanges
    ) -> Customer:
        """Change what is given; refuses an unknown id."""
        async with self._units_of_work(scope) as work:
            customer = await work.customers.lock(customer_id)
            for name in changes.__struct_fields__:
                value = getattr(changes, name)
                if value is not msgspec.UNSET:
                    setattr(customer, name, value)
            customer.updated_at = self._clock.now()
            await work.customers.save(customer)
            await work.commit()
        return customer
