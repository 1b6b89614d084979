"""The calls we make of Stripe's SDK."""

import logging
from typing import Final, TypeAlias

import stripe
from stripe.params import (
    CustomerCreateParams,
    CustomerUpdateParams,
    EventListParams,
    EventListParamsCreated,
    RefundCreateParams,
    RefundListParams,
    WebhookEndpointCreateParams,
)
from stripe.params.checkout import (
    SessionCreateParams,
    SessionListParams,
    SessionListParamsCreated,
)

from paymux.integrations.adapters.providers.stripe.dispute_calls import DisputeCalls
from paymux.integrations.adapters.providers.stripe.exchange import Exchange
from paymux.integrations.adapters.providers.stripe.method_calls import MethodCalls
from paymux.integrations.adapters.providers.stripe.replies import read
from paymux.integrations.adapters.providers.stripe.wire import (
    API_VERSION,
    Account,
    Balance,
    Customer,
    Deleted,
    Endpoint,
    EndpointPage,
    PaymentIntent,
    RawEventPage,
    Refund,
    RefundPage,
    Session,
    SessionPage,
)
from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.plugins import ConnectorEnvironment

# At INFO and DEBUG the SDK logs whole replies, among them payers' addresses and the secret of a
# new webhook endpoint.
logging.getLogger("stripe").setLevel(logging.WARNING)

PAGE: Final = 100
_EXPANDED: Final = ["payment_intent.latest_charge"]

NewSession: TypeAlias = SessionCreateParams
CreatedBetween: TypeAlias = SessionListParamsCreated
NewCustomer: TypeAlias = CustomerCreateParams
ChangedCustomer: TypeAlias = CustomerUpdateParams
NewEndpoint: TypeAlias = WebhookEndpointCreateParams
NewRefund: TypeAlias = RefundCreateParams
EventsBetween: TypeAlias = EventListParamsCreated


class Transport:
    """The calls we make, each answered by one of our wire Structs or a Failure."""

    def __init__(self, secret_key: str, environment: ConnectorEnvironment) -> None:
        self._exchange = Exchange(environment)
        self._stripe = stripe.StripeClient(
            secret_key,
            stripe_version=API_VERSION,
            base_addresses={
                "api": (environment.base_url or stripe.DEFAULT_API_BASE).rstrip("/"),
                "files": (environment.base_url or stripe.DEFAULT_UPLOAD_API_BASE).rstrip("/"),
            },
            max_network_retries=0,
            http_client=self._exchange,
        )
        self.methods = MethodCalls(self._stripe)
        self.disputes = DisputeCalls(self._stripe)

    async def close(self) -> None:
        """Close the sockets."""
        await self._exchange.close_async()

    async def create_session(self, params: NewSession, key: str) -> Session | Failure:
        """POST /v1/checkout/sessions."""
        sessions = self._stripe.v1.checkout.sessions
        return await read(sessions.create_async(params, {"idempotency_key": key}), Session)

    async def retrieve_session(self, reference: str) -> Session | Failure:
        """GET /v1/checkout/sessions/{id} with its payment."""
        sessions = self._stripe.v1.checkout.sessions
        return await read(sessions.retrieve_async(reference, {"expand": _EXPANDED}), Session)

    async def list_sessions(self, params: SessionListParams) -> SessionPage | Failure:
        """GET /v1/checkout/sessions."""
        sessions = self._stripe.v1.checkout.sessions
        return await read(sessions.list_async({"limit": PAGE, **params}), SessionPage)

    async def expire_session(self, reference: str, key: str) -> Session | Failure:
        """POST /v1/checkout/sessions/{id}/expire."""
        sessions = self._stripe.v1.checkout.sessions
        return await read(
            sessions.expire_async(reference, None, {"idempotency_key": key}), Session
        )

    async def retrieve_intent(self, reference: str) -> PaymentIntent | Failure:
        """GET /v1/payment_intents/{id} with its charge."""
        intents = self._stripe.v1.payment_intents
        return await read(
            intents.retrieve_async(reference, {"expand": ["latest_charge"]}), PaymentIntent
        )

    async def capture_intent(
        self, reference: str, amount: int, key: str
    ) -> PaymentIntent | Failure:
        """POST /v1/payment_intents/{id}/capture."""
        intents = self._stripe.v1.payment_intents
        call = intents.capture_async(
            reference,
            {"amount_to_capture": amount, "expand": ["latest_charge"]},
            {"idempotency_key": key},
        )
        return await read(call, PaymentIntent)

    async def cancel_intent(self, reference: str, key: str) -> PaymentIntent | Failure:
        """POST /v1/payment_intents/{id}/cancel."""
        intents = self._stripe.v1.payment_intents
        return await read(
            intents.cancel_async(reference, None, {"idempotency_key": key}), PaymentIntent
        )

    async def create_refund(self, params: NewRefund, key: str) -> Refund | Failure:
        """POST /v1/refunds."""
        refunds = self._stripe.v1.refunds
        return await read(refunds.create_async(params, {"idempotency_key": key}), Refund)

    async def retrieve_refund(self, reference: str) -> Refund | Failure:
        """GET /v1/refunds/{id}."""
        return await read(self._stripe.v1.refunds.retrieve_async(reference), Refund)

    async def list_refunds(self, payment: str, after: str | None) -> RefundPage | Failure:
        """GET /v1/refunds of one payment."""
        params: RefundListParams = {"limit": PAGE, "payment_intent": payment}
        if after is not None:
            params["starting_after"] = after
        return await read(self._stripe.v1.refunds.list_async(params), RefundPage)

    async def list_events(
        self, types: list[str], created: EventsBetween, after: str | None
    ) -> RawEventPage | Failure:
        """GET /v1/events."""
        params: EventListParams = {"limit": PAGE, "types": types, "created": created}
        if after is not None:
            params["starting_after"] = after
        return await read(self._stripe.v1.events.list_async(params), RawEventPage)

    async def create_customer(self, params: NewCustomer, key: str) -> Customer | Failure:
        """POST /v1/customers."""
        customers = self._stripe.v1.customers
        return await read(customers.create_async(params, {"idempotency_key": key}), Customer)

    async def update_customer(
        self, reference: str, params: ChangedCustomer, key: str
    ) -> Customer | Failure:
        """POST /v1/customers/{id}."""
        customers = self._stripe.v1.customers
        return await read(
            customers.update_async(reference, params, {"idempotency_key": key}), Customer
        )

    async def retrieve_account(self) -> Account | Failure:
        """GET /v1/account."""
        return await read(self._stripe.v1.accounts.retrieve_current_async(), Account)

    async def retrieve_balance(self) -> Balance | Failure:
        """GET /v1/balance."""
        return await read(self._stripe.v1.balance.retrieve_async(), Balance)

    async def create_endpoint(self, params: NewEndpoint, key: str) -> Endpoint | Failure:
        """POST /v1/webhook_endpoints."""
        endpoints = self._stripe.v1.webhook_endpoints
        return await read(endpoints.create_async(params, {"idempotency_key": key}), Endpoint)

    async def list_endpoints(self) -> EndpointPage | Failure:
        """GET /v1/webhook_endpoints; an account has at most 16, so one page has them all."""
        endpoints = self._stripe.v1.webhook_endpoints
        return await read(endpoints.list_async({"limit": PAGE}), EndpointPage)

    async def delete_endpoint(self, reference: str) -> Deleted | Failure:
        """DELETE /v1/webhook_endpoints/{id}."""
        return await read(self._stripe.v1.webhook_endpoints.delete_async(reference), Deleted)
