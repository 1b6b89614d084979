"""Customers: whom the tenant bills."""

from typing import Final

from litestar import Controller, Response, get

from paymux.billing.ports.inbound import ShowsCustomers
from paymux.console.listing import asked, neighbours, page_asked
from paymux.console.pages import page
from paymux.console.visitors import PageRequestOf, Visitor
from paymux.kernel.ids import CustomerId
from paymux.kernel.pages import PageRequest
from paymux.payments.ports.views import PaymentQuery, ShowsPayments

_LIST: Final = "/console/customers"
_LATEST: Final = PageRequest(limit=10)


class CustomerPagesController(Controller):
    """What a reader sees of customers."""

    path = "/customers"

    @get("/")
    async def list_customers(
        self, request: PageRequestOf, visitor: Visitor, customer_views: ShowsCustomers
    ) -> Response[str]:
        """List customers."""
        filters = asked(request, "external_id")
        where = page_asked(request)
        found = await customer_views.page(visitor.scope, filters["external_id"] or None, where)
        return page(
            "customers.html",
            visitor,
            customers=found.items,
            pages=neighbours(_LIST, filters, where, found.next_cursor),
            filters=filters,
        )

    @get("/{customer_id:str}")
    async def show_customer(
        self,
        customer_id: str,
        visitor: Visitor,
        customer_views: ShowsCustomers,
        payment_views: ShowsPayments,
    ) -> Response[str]:
        """Show one customer with the latest payments."""
        customer = await customer_views.show(visitor.scope, CustomerId(customer_id))
        query = PaymentQuery(customer_id=customer.id)
        payments = await payment_views.page(visitor.scope, query, _LATEST)
        return page("customer.html", visitor, customer=customer, payments=payments.items)
