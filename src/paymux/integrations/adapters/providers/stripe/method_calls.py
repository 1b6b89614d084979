"""The calls that charge saved methods and forget them."""

from typing import Final, TypeAlias

import stripe
from stripe.params import (
    PaymentIntentCreateParams,
    PaymentIntentListParams,
    PaymentIntentListParamsCreated,
)

from paymux.integrations.adapters.providers.stripe.replies import read
from paymux.integrations.adapters.providers.stripe.wire import (
    IntentPage,
    PaymentIntent,
    PaymentMethod,
)
from paymux.payments.ports.connectors import Failure

PAGE: Final = 100

NewIntent: TypeAlias = PaymentIntentCreateParams
IntentsAsked: TypeAlias = PaymentIntentListParams
IntentsBetween: TypeAlias = PaymentIntentListParamsCreated


class MethodCalls:
    """Each is answered by one of our wire Structs or a Failure."""

    def __init__(self, client: stripe.StripeClient) -> None:
        self._stripe = client

    async def create_intent(self, params: NewIntent, key: str) -> PaymentIntent | Failure:
        """POST /v1/payment_intents."""
        intents = self._stripe.v1.payment_intents
        return await read(intents.create_async(params, {"idempotency_key": key}), PaymentIntent)

    async def list_intents(self, asked: IntentsAsked) -> IntentPage | Failure:
        """GET /v1/payment_intents with their charges."""
        intents = self._stripe.v1.payment_intents
        params: IntentsAsked = {"limit": PAGE, "expand": ["data.latest_charge"], **asked}
        return await read(intents.list_async(params), IntentPage)

    async def retrieve(self, reference: str) -> PaymentMethod | Failure:
        """GET /v1/payment_methods/{id}."""
        return await read(self._stripe.v1.payment_methods.retrieve_async(reference), PaymentMethod)

    async def detach(self, reference: str) -> PaymentMethod | Failure:
        """POST /v1/payment_methods/{id}/detach."""
        return await read(self._stripe.v1.payment_methods.detach_async(reference), PaymentMethod)
