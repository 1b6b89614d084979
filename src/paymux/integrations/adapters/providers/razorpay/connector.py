"""Razorpay for one connection."""

from paymux.integrations.adapters.providers.razorpay import checkouts, customers, webhooks
from paymux.integrations.adapters.providers.razorpay.transport import RazorpayTransport
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import (
    AccountReport,
    AttemptQuery,
    Checkout,
    CheckoutRequest,
    CustomerRecord,
    CustomerReference,
    Failure,
    ForgedWebhook,
    Ignored,
    InboundWebhook,
    NotFound,
    Observation,
    Translated,
    VerifiedWebhook,
)
from paymux.payments.ports.plugins import ConnectorEnvironment


class RazorpayConnector:
    """Opens payment links, keeps customers, reads webhooks.

    Payment links need no completion, and their webhooks are registered by hand.
    """

    def __init__(self, key_id: str, key_secret: str, environment: ConnectorEnvironment) -> None:
        self._transport = RazorpayTransport(key_id, key_secret, environment)
        self._mode = Mode.LIVE if key_id.startswith("rzp_live_") else Mode.TEST
        self._verifiers = environment.webhook_verifiers
        self._tolerance = environment.webhook_tolerance_seconds

    async def check_account(self) -> AccountReport | Failure:
        """Read one payment; Razorpay tells no account id to ordinary keys."""
        answer = await self._transport.one_payment()
        return answer if isinstance(answer, Failure) else AccountReport(mode=self._mode)

    async def create_checkout(self, request: CheckoutRequest) -> Checkout | Failure:
        """Create a payment link, unique by `reference_id`."""
        return await checkouts.create(self._transport, request)

    async def expire_checkout(
        self, provider_reference: str, idempotency_key: str
    ) -> Observation | Failure:
        """Cancel a payment link; cancelling twice is harmless, so no key is needed."""
        del idempotency_key
        return await checkouts.expire(self._transport, provider_reference)

    async def look_up(self, query: AttemptQuery) -> Observation | NotFound | Failure:
        """Read a payment link by id or by `reference_id`."""
        return await checkouts.look_up(self._transport, query)

    async def put_customer(
        self, customer: CustomerRecord, idempotency_key: str, provider_reference: str | None
    ) -> CustomerReference | Failure:
        """Create or update a customer, unique by e-mail address and phone number."""
        del idempotency_key
        return await customers.put(self._transport, customer, provider_reference)

    async def verify_webhook(self, webhook: InboundWebhook) -> VerifiedWebhook | ForgedWebhook:
        """Check the signature over the raw body."""
        return webhooks.verify(webhook, self._verifiers, self._tolerance)

    async def translate_webhook(self, body: bytes) -> Translated | Ignored | Failure:
        """Say what a verified event means."""
        return webhooks.translate(body)

    async def close(self) -> None:
        """Close the connections kept open."""
        await self._transport.close()
