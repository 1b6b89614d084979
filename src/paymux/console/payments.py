"""Payments: find them, read them, cancel them."""

from http import HTTPStatus
from typing import Final

from litestar import Controller, Response, get, post

from paymux.console.listing import asked, neighbours, page_asked
from paymux.console.overview import labels_of
from paymux.console.pages import page, see_other
from paymux.console.visitors import PageRequestOf, Visitor
from paymux.integrations.ports.inbound import ShowsConnections
from paymux.kernel.ids import PaymentId, has_id_shape
from paymux.payments.ports.views import PaymentQuery, ShowsPayments
from paymux.platform.http.public_urls import PublicUrls

_LIST: Final = "/console/payments"


class PaymentPagesController(Controller):
    """What a reader sees of payments, and what an operator does to them."""

    path = "/payments"

    @get("/")
    async def list_payments(
        self,
        request: PageRequestOf,
        visitor: Visitor,
        payment_views: ShowsPayments,
        connection_views: ShowsConnections,
    ) -> Response[str]:
        """List payments; an id among the filters leads to its payment straight away."""
        filters = asked(request, "status", "reference", "customer_id", "connection_id", "review")
        if filters["reference"].startswith("pay_") and has_id_shape(filters["reference"]):
            return see_other(f"{_LIST}/{filters['reference']}")
        query = PaymentQuery(
            status=filters["status"] or None,
            reference=filters["reference"] or None,
            customer_id=filters["customer_id"] or None,
            connection_id=filters["connection_id"] or None,
            needs_review=bool(filters["review"]),
        )
        where = page_asked(request)
        found = await payment_views.page(visitor.scope, query, where)
        return page(
            "payments.html",
            visitor,
            payments=found.items,
            pages=neighbours(_LIST, filters, where, found.next_cursor),
            filters=filters,
            statuses=payment_views.statuses(),
            labels=await labels_of(connection_views, visitor.scope),
        )

    @get("/{payment_id:str}")
    async def show_payment(
        self,
        *,
        request: PageRequestOf,
        payment_id: str,
        visitor: Visitor,
        payment_views: ShowsPayments,
        connection_views: ShowsConnections,
        public_urls: PublicUrls,
    ) -> Response[str]:
        """Show one payment with its attempts and its timeline."""
        payment = await payment_views.show(visitor.scope, PaymentId(payment_id))
        return page(
            "payment.html",
            visitor,
            payment=payment,
            link=public_urls.link(payment.link_token),
            labels=await labels_of(connection_views, visitor.scope),
            was_canceled=request.query_params.get("done") == "canceled",
        )

    @get("/{payment_id:str}/cancel")
    async def confirm_cancel(
        self, payment_id: str, operator: Visitor, payment_views: ShowsPayments
    ) -> Response[str]:
        """Ask whether the payment is really to be canceled."""
        payment = await payment_views.show(operator.scope, PaymentId(payment_id))
        return page("cancel_payment.html", operator, payment=payment)

    @post("/{payment_id:str}/cancel", status_code=HTTPStatus.SEE_OTHER)
    async def cancel_payment(
        self, payment_id: str, operator: Visitor, payment_views: ShowsPayments
    ) -> Response[str]:
        """Cancel the payment."""
        await payment_views.cancel(operator.scope, PaymentId(payment_id))
        return see_other(f"{_LIST}/{payment_id}?done=canceled")
