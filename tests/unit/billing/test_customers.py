"""Customers, on a fake at the port."""

from copy import copy
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Self

import pytest

from paymux.billing.adapters.payers import CustomersAsPayers
from paymux.billing.application.customers import CustomerChanges, Customers, NewCustomer
from paymux.billing.domain.customer import Customer
from paymux.billing.ports.outbound import Customers as StoredCustomers
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import CustomerId, TenantId, TimeSortedIds
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Mode, Scope
from paymux.payments.ports.connectors import Payer

_SCOPE = Scope(TenantId("ten_1"), Mode.TEST)
_ADA = NewCustomer(external_id="user-1", name="Ada", email="ada@example.com", phone="+491511")


class _Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


class _MemoryCustomers:
    def __init__(self, rows: dict[str, Customer]) -> None:
        self._rows = rows

    async def add(self, customer: Customer) -> None:
        self._rows[customer.id] = copy(customer)

    async def get(self, customer_id: CustomerId) -> Customer:
        if customer_id not in self._rows:
            kind = "customer"
            raise ThingIsNotFound(kind, customer_id)
        return copy(self._rows[customer_id])

    async def lock(self, customer_id: CustomerId) -> Customer:
        return await self.get(customer_id)

    async def save(self, customer: Customer) -> None:
        self._rows[customer.id] = copy(customer)

    async def list(self, external_id: str | None, page: PageRequest) -> Page[Customer]:
        found = [one for one in self._rows.values() if external_id in {None, one.external_id}]
        return Page(found[: page.limit])


class _MemoryUnitOfWork:
    def __init__(self, committed: dict[Scope, dict[str, Customer]], scope: Scope) -> None:
        self._committed = committed
        self._scope = scope
        self._rows = dict(committed.get(scope, {}))
        self.customers: StoredCustomers = _MemoryCustomers(self._rows)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    async def commit(self) -> None:
        self._committed[self._scope] = self._rows


@pytest.fixture(name="clock")
def _clock() -> _Clock:
    return _Clock()


@pytest.fixture(name="customers")
def _customers(clock: _Clock) -> Customers:
    committed: dict[Scope, dict[str, Customer]] = {}
    return Customers(
        units_of_work=partial(_MemoryUnitOfWork, committed), clock=clock, ids=TimeSortedIds(clock)
    )


async def test_a_customer_is_kept_as_it_was_made(customers: Customers) -> None:
    made = await customers.create(_SCOPE, _ADA)
    kept = await customers.get(_SCOPE, made.id)
    assert made.id.startswith("cus_")
    assert (kept.external_id, kept.name, kept.email) == ("user-1", "Ada", "ada@example.com")
    assert kept.created_at == kept.updated_at


async def test_another_scope_does_not_know_it(customers: Customers) -> None:
    made = await customers.create(_SCOPE, _ADA)
    with pytest.raises(ThingIsNotFound):
        await customers.get(Scope(_SCOPE.tenant_id, Mode.LIVE), made.id)


async def test_only_what_is_given_is_changed(customers: Customers, clock: _Clock) -> None:
    made = await customers.create(_SCOPE, _ADA)
    clock.time += timedelta(seconds=1)
    changes = CustomerChanges(name=None, email="lovelace@example.com")
    changed = await customers.update(_SCOPE, made.id, changes)
    kept = await customers.get(_SCOPE, made.id)
    for one in (changed, kept):
        assert (one.name, one.email, one.phone) == (None, "lovelace@example.com", "+491511")
        assert one.updated_at == clock.time
        assert one.created_at < one.updated_at


async def test_an_unknown_customer_is_refused(customers: Customers) -> None:
    with pytest.raises(ThingIsNotFound):
        await customers.update(_SCOPE, CustomerId("cus_9"), CustomerChanges())


async def test_customers_are_listed_and_found_by_external_id(customers: Customers) -> None:
    await customers.create(_SCOPE, _ADA)
    await customers.create(_SCOPE, NewCustomer(external_id="user-2"))
    assert len((await customers.list(_SCOPE, None, PageRequest())).items) == 2
    (found,) = (await customers.list(_SCOPE, "user-1", PageRequest())).items
    assert found.name == "Ada"


async def test_payments_knows_a_customer_as_a_payer(customers: Customers) -> None:
    made = await customers.create(_SCOPE, _ADA)
    payer = await CustomersAsPayers(customers).find(_SCOPE, made.id)
    assert payer == Payer(
        customer_id=made.id, name="Ada", email="ada@example.com", phone="+491511"
    )
    with pytest.raises(ThingIsNotFound):
        await CustomersAsPayers(customers).find(_SCOPE, CustomerId("cus_9"))
