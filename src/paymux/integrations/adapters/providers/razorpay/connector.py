"""Razorpay for one connection."""

from datetime import datetime

import msgspec

from paymux.integrations.adapters.providers.razorpay import (
    captures,
    charges,
    checkouts,
    customers,
    disputes,
    refunds,
    registrations,
    translations,
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
from paymux.payments.ports.disputes import (
    AcceptRequest,
    DisputePage,
    DisputeReport,
    EvidenceRequest,
)
from paymux.payments.ports.plugins import ConnectorEnvironment
from paymux.payments.ports.refunds import RefundQuery, RefundRequest
from paymux.payments.ports.saved_methods import ChargeRequest
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    Ignored,
    InboundWebhook,
    Translated,
    VerifiedWebhook,
)


class RazorpayConnector:
    """Opens links, charges saved cards, gives money back, handles disputes, reads webhooks.

    Links need no completion, and webhooks are registered by hand. Links and charges take the
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
        """Create a payment link, or a registration link where the card is to be saved."""
        if request.saves_method:
            return await registrations.create(self._transport, request)
        return await checkouts.create(self._transport, request)

    async def expire_checkout(
        self, provider_reference: str, idempotency_key: str
    ) -> Observation | Failure:
        """Cancel a link; cancelling twice is harmless, so no key is needed."""
        del idempotency_key
        if provider_reference.startswith(registrations.PREFIX):
            return await registrations.expire(self._transport, provider_reference)
        return await checkouts.expire(self._transport, provider_reference)

    async def look_up(self, query: AttemptQuery) -> Observation | NotFound | Failure:
        """Read a link or a charge, by its id or by our reference."""
        if query.is_charge:
            return await charges.look_up(self._transport, query, self._clock.now())
        if query.saves_method:
            return await registrations.look_up(self._transport, query)
        return await checkouts.look_up(self._transport, query)

    async def capture(self, request: CaptureRequest) -> Observation | Failure:
        """Take a payment that was authorised late, or report that it was taken before."""
        return await captures.capture(self._transport, request)

    async def charge(self, request: ChargeRequest) -> Observation | Failure:
        """Charge a saved card, by an order that takes one payment only."""
        return await charges.charge(self._transport, request, self._clock.now())

    async def forget_method(
        self, method_reference: str, customer_reference: str | None
    ) -> Failure | None:
        """Delete the customer's token."""
        return await charges.forget(self._transport, method_reference, customer_reference)

    async def look_up_dispute(self, provider_reference: str) -> DisputeReport | NotFound | Failure:
        """Read a dispute."""
        return await disputes.look_up(self._transport, provider_reference, self._clock.now())

    async def list_disputes(
        self, since: datetime, until: datetime, cursor: str | None
    ) -> DisputePage | Failure:
        """Read one page of disputes."""
        now = self._clock.now()
        return await disputes.listed(self._transport, since, until, cursor, now)

    async def accept_dispute(self, request: AcceptRequest) -> DisputeReport | Failure:
        """Give in; a repeated call reads the dispute first."""
        return await disputes.accept(self._transport, request, self._clock.now())

    async def submit_evidence(self, request: EvidenceRequest) -> DisputeReport | Failure:
        """Upload the documents and hand in the defence; a repeated call reads first."""
        return await disputes.submit(self._transport, request, self._clock.now())

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
        """Say what a verified event means, asking whether a card saved with it is confirmed."""
        told = translations.translate(body, self._clock.now())
        if not isinstance(told, Translated) or not told.observations:
            return told
        observed = [await registrations.confirmed(self._transport, o) for o in told.observations]
        return msgspec.structs.replace(told, observations=observed)

    async def close(self) -> None:
        """Close the connections kept open."""
        await self._transport.close()
