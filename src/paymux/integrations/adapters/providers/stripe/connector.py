"""Stripe as a connector: which capability is done where."""

from datetime import datetime

from paymux.integrations.adapters.providers.stripe.accounts import check, key_mode
from paymux.integrations.adapters.providers.stripe.captures import Captures
from paymux.integrations.adapters.providers.stripe.charges import Charges
from paymux.integrations.adapters.providers.stripe.checkouts import Checkouts
from paymux.integrations.adapters.providers.stripe.customers import Customers
from paymux.integrations.adapters.providers.stripe.disputes import Disputes
from paymux.integrations.adapters.providers.stripe.endpoints import Endpoints
from paymux.integrations.adapters.providers.stripe.errors import own_failure
from paymux.integrations.adapters.providers.stripe.event_lists import EventLists
from paymux.integrations.adapters.providers.stripe.refunds import Refunds
from paymux.integrations.adapters.providers.stripe.saved_methods import SavedMethods
from paymux.integrations.adapters.providers.stripe.translation import Translator
from paymux.integrations.adapters.providers.stripe.transport import Transport
from paymux.integrations.adapters.providers.stripe.webhooks import verified
from paymux.payments.ports.captures import CaptureRequest, VoidRequest
from paymux.payments.ports.connectors import (
    AccountReport,
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    CustomerRecord,
    CustomerReference,
    Failure,
    NotFound,
    Observation,
    RefundReport,
)
from paymux.payments.ports.disputes import (
    AcceptRequest,
    DisputePage,
    DisputeReport,
    EvidenceRequest,
)
from paymux.payments.ports.event_lists import EventPage
from paymux.payments.ports.plugins import ConnectorEnvironment
from paymux.payments.ports.refunds import RefundQuery, RefundRequest
from paymux.payments.ports.saved_methods import ChargeRequest
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    Ignored,
    InboundWebhook,
    RegisteredWebhook,
    Translated,
    VerifiedWebhook,
)


class StripeConnector:
    """One Stripe account."""

    def __init__(self, secret_key: str, environment: ConnectorEnvironment) -> None:
        self._environment = environment
        self._key_mode = key_mode(secret_key)
        self._transport = Transport(secret_key, environment)
        self._checkouts = Checkouts(self._transport, environment.clock)
        self._customers = Customers(self._transport)
        self._captures = Captures(self._transport)
        self._refunds = Refunds(self._transport, environment.clock)
        self._charges = Charges(self._transport, environment.clock)
        self._methods = SavedMethods(self._transport)
        self._disputes = Disputes(self._transport, environment.clock)
        self._translator = Translator(self._transport, environment.clock)
        self._events = EventLists(self._transport, environment.mode)
        self._endpoints = Endpoints(self._transport)

    async def close(self) -> None:
        """Close the sockets; a later call opens new ones."""
        await self._transport.close()

    async def check_account(self) -> AccountReport | Failure:
        """Read the account, or its balance where the key may not read the account."""
        return await check(self._transport, self._key_mode)

    async def create_checkout(self, request: CheckoutRequest) -> Checkout | Failure:
        """Open a session; refuses a key of the other mode, which would move the wrong money."""
        if self._key_mode is not self._environment.mode:
            return own_failure("wrong_mode")
        return await self._checkouts.create(request)

    async def expire_checkout(
        self, provider_reference: str, idempotency_key: str
    ) -> Observation | Failure:
        """Close the session and report what the attempt then is."""
        return await self._checkouts.expire(provider_reference, idempotency_key)

    async def look_up(self, query: AttemptQuery) -> Observation | NotFound | Failure:
        """Read the session or the charge, or search for it."""
        if query.is_charge:
            return await self._charges.look_up(query)
        return await self._checkouts.look_up(query)

    async def charge(self, request: ChargeRequest) -> Observation | Failure:
        """Charge a saved method; refuses a key of the other mode as a page does."""
        if self._key_mode is not self._environment.mode:
            return own_failure("wrong_mode")
        return await self._charges.charge(request)

    async def forget_method(
        self, method_reference: str, customer_reference: str | None
    ) -> Failure | None:
        """Detach a saved method from whichever customer has it."""
        del customer_reference
        return await self._methods.forget(method_reference)

    async def capture(self, request: CaptureRequest) -> Observation | Failure:
        """Take authorised money, once; the rest is let go."""
        return await self._captures.capture(request)

    async def void(self, request: VoidRequest) -> Observation | Failure:
        """Let authorised money go."""
        return await self._captures.void(request)

    async def refund(self, request: RefundRequest) -> RefundReport | Failure:
        """Give captured money back."""
        return await self._refunds.refund(request)

    async def look_up_refund(self, query: RefundQuery) -> RefundReport | NotFound | Failure:
        """Read the refund, or search those of its payment."""
        return await self._refunds.look_up(query)

    async def look_up_dispute(self, provider_reference: str) -> DisputeReport | NotFound | Failure:
        """Read a dispute."""
        return await self._disputes.look_up(provider_reference)

    async def list_disputes(
        self, since: datetime, until: datetime, cursor: str | None
    ) -> DisputePage | Failure:
        """List the disputes of a time, newest first."""
        return await self._disputes.page(since, until, cursor)

    async def accept_dispute(self, request: AcceptRequest) -> DisputeReport | Failure:
        """Close a dispute, which is then lost."""
        return await self._disputes.accept(request)

    async def submit_evidence(self, request: EvidenceRequest) -> DisputeReport | Failure:
        """Upload the documents and hand the defence in."""
        return await self._disputes.submit(request)

    async def list_events(
        self, since: datetime, until: datetime, cursor: str | None
    ) -> EventPage | Failure:
        """List the events of a time that we translate, newest first."""
        return await self._events.page(since, until, cursor)

    async def put_customer(
        self, customer: CustomerRecord, idempotency_key: str, provider_reference: str | None
    ) -> CustomerReference | Failure:
        """Create or update the customer."""
        return await self._customers.put(customer, idempotency_key, provider_reference)

    async def verify_webhook(self, webhook: InboundWebhook) -> VerifiedWebhook | ForgedWebhook:
        """Check signature, age and mode."""
        return verified(webhook, self._environment)

    async def translate_webhook(self, body: bytes) -> Translated | Ignored | Failure:
        """Say what a verified event means."""
        return await self._translator.translate(body)

    async def register_webhook(
        self, url: str, idempotency_key: str
    ) -> RegisteredWebhook | Failure:
        """Create our endpoint in place of any older one of the same URL."""
        return await self._endpoints.register(url, idempotency_key)

    async def unregister_webhook(self, provider_reference: str) -> Failure | None:
        """Remove our endpoint."""
        return await self._endpoints.unregister(provider_reference)
