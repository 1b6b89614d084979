"""Customers as people see them."""

from paymux.billing.application.customers import Customers
from paymux.billing.domain.customer import Customer
from paymux.billing.ports.inbound import CustomerView
from paymux.kernel.ids import CustomerId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope


class CustomerViews:
    """Customers in the words other contexts may use."""

    def __init__(self, *, customers: Customers) -> None:
        self._customers = customers

    async def page(
        self, scope: Scope, external_id: str | None, page: PageRequest
    ) -> Page[CustomerView]:
        """Return customers, newest first, or the one with the external id."""
        return (await self._customers.list(scope, external_id, page)).map(_view)

    async def show(self, scope: Scope, customer_id: CustomerId) -> CustomerView:
        """Return one customer; refuses an unknown id."""
        return _view(await self._customers.get(scope, customer_id))


def _view(customer: Customer) -> CustomerView:
    return CustomerView(
        id=customer.id,
        external_id=customer.external_id,
        name=customer.name,
        email=customer.email,
        phone=customer.phone,
        metadata=customer.metadata,
        created_at=customer.created_at,
        updated_at=customer.updated_at,
    )
