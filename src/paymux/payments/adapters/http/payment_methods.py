"""`/v1/payment-methods`."""

from typing import Annotated

from litestar import Controller, delete, get
from litestar.params import Parameter

from paymux.kernel.ids import CustomerId, PaymentMethodId
from paymux.kernel.pages import PageRequest
from paymux.payments.adapters.http.payment_method_messages import (
    PaymentMethodBody,
    payment_method_body,
)
from paymux.payments.application.payment_methods import PaymentMethods
from paymux.payments.domain.payment_method import PaymentMethodStatus
from paymux.payments.ports.payment_methods import PaymentMethodFilter
from paymux.platform.http.pagination import PageResponse, page_response
from paymux.tenancy.http import operator, reader
from paymux.tenancy.principal import Principal


class PaymentMethodsController(Controller):
    """What payers let us keep, by the provider's token; no card number is ever here."""

    path = "/v1/payment-methods"
    tags = ("Payment methods",)

    @get(
        "/",
        guards=[reader],
        operation_id="listPaymentMethods",
        summary="List saved payment methods, newest first",
        description="They are saved by a payment with `save_payment_method`, and charged by a "
        "payment with `off_session`. Revoked ones are listed too.",
    )
    async def list_payment_methods(
        self,
        principal: Principal,
        payment_methods: PaymentMethods,
        page: PageRequest,
        customer_id: Annotated[str | None, Parameter(max_length=64)] = None,
        status: PaymentMethodStatus | None = None,
    ) -> PageResponse[PaymentMethodBody]:
        """List saved methods."""
        which = PaymentMethodFilter(
            customer_id=CustomerId(customer_id) if customer_id else None, status=status
        )
        found = await payment_methods.list(principal.scope, which, page)
        return page_response(found, payment_method_body)

    @get(
        "/{payment_method_id:str}",
        guards=[reader],
        operation_id="getPaymentMethod",
        summary="Get a saved payment method",
    )
    async def get_payment_method(
        self, payment_method_id: str, principal: Principal, payment_methods: PaymentMethods
    ) -> PaymentMethodBody:
        """Get one saved method."""
        method_id = PaymentMethodId(payment_method_id)
        return payment_method_body(await payment_methods.get(principal.scope, method_id))

    @delete(
        "/{payment_method_id:str}",
        guards=[operator],
        operation_id="deletePaymentMethod",
        summary="Revoke a saved payment method",
        description="It cannot be charged from now on, and its provider is told to forget it, "
        "again and again if it does not answer. What was charged before stays. It is still "
        "listed, as `revoked`, with the consent it was given with.",
    )
    async def delete_payment_method(
        self, payment_method_id: str, principal: Principal, payment_methods: PaymentMethods
    ) -> None:
        """Revoke one saved method."""
        await payment_methods.delete(principal.scope, PaymentMethodId(payment_method_id))
