"""`/v1/payments`."""

from typing import Annotated

from litestar import Controller, get, post
from litestar.params import Parameter

from paymux.kernel.ids import ConnectionId, CustomerId, PaymentId
from paymux.kernel.origin import Origin
from paymux.kernel.pages import PageRequest
from paymux.payments.adapters.http.messages import (
    PaymentBody,
    PaymentDetailsBody,
    details_body,
    payment_body,
)
from paymux.payments.adapters.http.payment_examples import CANCELED, EXPIRED, SUCCEEDED
from paymux.payments.adapters.http.payment_requests import CreatePaymentBody
from paymux.payments.adapters.http.reasons import REASONS
from paymux.payments.application.payments import Payments
from paymux.payments.application.reason_book import ReasonBook
from paymux.payments.application.reconciliation import Reconciliation
from paymux.payments.domain.payment import PaymentStatus
from paymux.payments.ports.books import PaymentFilter
from paymux.platform.http.pagination import PageResponse, page_response
from paymux.platform.http.public_urls import PublicUrls
from paymux.tenancy.http import operator, reader
from paymux.tenancy.principal import Principal


class PaymentsController(Controller):
    """Payments and their hosted pages."""

    path = "/v1/payments"
    tags = ("Payments",)
    dependencies = REASONS

    @post(
        "/",
        guards=[operator],
        operation_id="createPayment",
        summary="Create a payment and its link, or charge a saved method",
        description="Opens a hosted page at the provider. Send `link.url` to the payer: it stays "
        "the same whatever happens to the provider's page. With `save_payment_method` the link "
        "asks the payer for consent first. With `off_session` a saved method of the customer is "
        "charged at once; should its issuer want the payer, `status` is `requires_action` and "
        "the link lets them pay. A provider that fails does not make this call fail: see "
        "`status` and `attempts`.",
    )
    async def create_payment(
        self,
        data: CreatePaymentBody,
        principal: Principal,
        payments: Payments,
        public_urls: PublicUrls,
        reasons: ReasonBook,
        origin: Origin | None,
    ) -> PaymentDetailsBody:
        """Create a payment."""
        details = await payments.create(principal.scope, data.to_command(), origin)
        return details_body(details, public_urls.link, reasons)

    @get(
        "/",
        guards=[reader],
        operation_id="listPayments",
        summary="List payments, newest first",
        description="Without attempts and timelines; `reference` finds the one that you gave it "
        "to.",
    )
    async def list_payments(
        self,
        principal: Principal,
        payments: Payments,
        public_urls: PublicUrls,
        page: PageRequest,
        status: PaymentStatus | None = None,
        customer_id: Annotated[str | None, Parameter(max_length=64)] = None,
        connection_id: Annotated[str | None, Parameter(max_length=64)] = None,
        reference: Annotated[str | None, Parameter(max_length=100)] = None,
    ) -> PageResponse[PaymentBody]:
        """List payments."""
        which = PaymentFilter(
            status=status,
            customer_id=CustomerId(customer_id) if customer_id else None,
            connection_id=ConnectionId(connection_id) if connection_id else None,
            reference=reference,
        )
        found = await payments.list(principal.scope, which, page)
        return page_response(found, lambda payment: payment_body(payment, public_urls.link))

    @get(
        "/{payment_id:str}",
        guards=[reader],
        operation_id="getPayment",
        summary="Get a payment with its attempts and timeline",
        description="`attempts` are the calls made to providers; `timeline` has every report "
        "about them, whoever made it, and what it changed. While an outcome is unknown the "
        "provider is asked first, for three seconds at most.",
        example=SUCCEEDED,
    )
    async def get_payment(
        self,
        payment_id: str,
        principal: Principal,
        reconciliation: Reconciliation,
        public_urls: PublicUrls,
        reasons: ReasonBook,
    ) -> PaymentDetailsBody:
        """Get one payment."""
        details = await reconciliation.get(principal.scope, PaymentId(payment_id))
        return details_body(details, public_urls.link, reasons)

    @post(
        "/{payment_id:str}/cancel",
        guards=[operator],
        status_code=200,
        operation_id="cancelPayment",
        summary="Cancel a payment that has not been paid",
        description="Closes the hosted page where the provider can, so that nobody can pay it "
        "any more. A payer who was just quicker wins: then this is refused, and so it is while "
        "the provider has not said whether it opened the page.",
        example=CANCELED,
    )
    async def cancel_payment(
        self,
        payment_id: str,
        principal: Principal,
        payments: Payments,
        reconciliation: Reconciliation,
        public_urls: PublicUrls,
        reasons: ReasonBook,
        origin: Origin | None,
    ) -> PaymentDetailsBody:
        """Cancel one payment."""
        await reconciliation.get(principal.scope, PaymentId(payment_id))
        details = await payments.cancel(principal.scope, PaymentId(payment_id), origin)
        return details_body(details, public_urls.link, reasons)

    @post(
        "/{payment_id:str}/expire",
        guards=[operator],
        status_code=200,
        operation_id="expirePayment",
        summary="Expire a payment now",
        description="As at its `expires_at`, but at once; refused where cancelling is.",
        example=EXPIRED,
    )
    async def expire_payment(
        self,
        payment_id: str,
        principal: Principal,
        payments: Payments,
        public_urls: PublicUrls,
        reasons: ReasonBook,
        origin: Origin | None,
    ) -> PaymentDetailsBody:
        """Expire one payment."""
        details = await payments.expire(principal.scope, PaymentId(payment_id), origin)
        return details_body(details, public_urls.link, reasons)
