"""Razorpay for one connection."""

from paymux.integrations.adapters.providers.razorpay import (
    captures,
    checkouts,
    customers,
    refunds,
    webhooks,
)
from paymux.integrations.adapters.providers.razorpay.transport import RazorpayTransport
from paymux.kernel.scope import Mode
from paymux.payments.ports.captures import CaptureRequest
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
from paymux.payments.ports.plugins import ConnectorEnvironment
from paymux.payments.ports.refunds import RefundQuery, RefundRequest
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    Ignored,
    InboundWebhook,
    Translated,
    VerifiedWebhook,
)


class RazorpayConnector:
    """Opens payment links, gives their money back, keeps customers, reads webhooks.

    Payment links need no completion, and their webhooks are registered by hand. They take the
    money at once: `capture` is for what a bank authorises late, and is not declared.
    """

    def __init__(self, key_id: str, key_secret: str, environment: ConnectorEnvironment) -> None:
        self._transport = RazorpayTransport(key_id, key_secret, environment)
        self._mode = Mode.LIVE if key_id.startswith("rzp_live_") else Mode.TEST
        self._clock = environment.clock
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

    async def capture(self, request: CaptureRequest) -> Observation | Failure:
        """Take a payment that was authorised late, or report that it was taken before."""
        return await captures.capture(self._transport, request)

    async def refund(self, request: RefundRequest) -> RefundReport | Failure:
        """Give money back under our own key, which Razorpay keeps for refunds only."""
        return await refunds.refund(self._transport, request)

    async def look_up_refund(self, query: RefundQuery) -> RefundReport | NotFound | Failure:
        """Read a refund by id or by our id in its notes."""
        return await refunds.look_up(self._transport, query, self._clock.now())

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
