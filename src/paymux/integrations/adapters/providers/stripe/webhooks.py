"""Webhooks: is it Stripe's, what does it mean, and where Stripe shall send it.

https://docs.stripe.com/webhooks#verify-manually. The signature covers time and body, so a
verified body is proof; only its shape depends on the API version of the endpoint.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.stripe.checkouts import Checkouts
from paymux.integrations.adapters.providers.stripe.errors import own_failure, reason
from paymux.integrations.adapters.providers.stripe.sessions import attempt_of, moment, observe
from paymux.integrations.adapters.providers.stripe.transport import Transport
from paymux.integrations.adapters.providers.stripe.wire import (
    API_VERSION,
    Event,
    PaymentIntent,
    Session,
    Subject,
)
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import (
    Failure,
    ForgedWebhook,
    Ignored,
    InboundWebhook,
    Observation,
    ObservedStatus,
    Translated,
    VerifiedWebhook,
)
from paymux.payments.ports.plugins import ConnectorEnvironment

PAYMENT_FAILED: Final = "payment_intent.payment_failed"
DELAYED_FAILED: Final = "checkout.session.async_payment_failed"
SESSION_EVENTS: Final = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    DELAYED_FAILED,
    "checkout.session.expired",
)
_MAX_HEADER: Final = 4096
_MAX_SIGNATURES: Final = 16
_TIME: Final = re.compile(r"[0-9]{1,12}")
_MALFORMED: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def verified(
    webhook: InboundWebhook, environment: ConnectorEnvironment
) -> VerifiedWebhook | ForgedWebhook:
    """Check signature, age and mode."""
    parsed = _parsed(webhook.headers.get("stripe-signature", ""))
    if parsed is None:
        return ForgedWebhook("the signature header is missing or malformed")
    signed_at, signatures = parsed
    if not _genuine(webhook.body, signed_at, signatures, environment.webhook_verifiers):
        return ForgedWebhook("no signature matches")
    age = webhook.received_at.timestamp() - int(signed_at)
    if abs(age) > environment.webhook_tolerance_seconds:
        return ForgedWebhook("the signature is too old or from the future")
    return _envelope(webhook.body, environment.mode)


def _parsed(header: str) -> tuple[str, list[str]] | None:
    if not header or len(header) > _MAX_HEADER:
        return None
    pairs = [item.partition("=")[::2] for item in header.split(",")]
    times = [value for name, value in pairs if name == "t"]
    signatures = [value for name, value in pairs if name == "v1"][:_MAX_SIGNATURES]
    if len(times) != 1 or not signatures or not _TIME.fullmatch(times[0]):
        return None
    return times[0], signatures


def _genuine(
    body: bytes, signed_at: str, signatures: Sequence[str], secrets: Sequence[str]
) -> bool:
    signed = b"%s.%s" % (signed_at.encode("ascii"), body)
    given = [signature.encode("utf-8", "replace") for signature in signatures]
    genuine = False
    for secret in secrets:
        digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode("ascii")
        for signature in given:
            genuine |= bool(secret) and hmac.compare_digest(digest, signature)
    return genuine


def _envelope(body: bytes, mode: Mode) -> VerifiedWebhook | ForgedWebhook:
    try:
        event = msgspec.json.decode(body, type=Event)
    except _MALFORMED:
        return ForgedWebhook("the body is not an event")
    if event.livemode is not (mode is Mode.LIVE):
        return ForgedWebhook("the event belongs to the other mode")
    return VerifiedWebhook(
        event_id=event.id,
        event_type=event.type,
        fallback_identity=hashlib.sha256(event.id.encode("ascii")).hexdigest(),
        occurred_at=moment(event.created),
    )


class Translator:
    """Says what a verified event means for attempts."""

    def __init__(self, transport: Transport, checkouts: Checkouts) -> None:
        self._transport = transport
        self._checkouts = checkouts

    async def translate(self, body: bytes) -> Translated | Ignored | Failure:
        """Read the event, or the session again when its version is not the one we know."""
        try:
            event = msgspec.json.decode(body, type=Event)
            if event.type != PAYMENT_FAILED and event.type not in SESSION_EVENTS:
                return Ignored(f"{event.type} says nothing about a checkout")
            subject = msgspec.json.decode(event.data.object, type=Subject)
            if attempt_of(subject.metadata) is None:
                return Ignored("it is about something that Paymux did not open")
            if event.api_version != API_VERSION:
                return await self._read_again(subject)
            return _translated(_observed(event))
        except _MALFORMED:
            return own_failure("unreadable_event")

    async def _read_again(self, subject: Subject) -> Translated | Ignored | Failure:
        if subject.object == "checkout.session":
            return _translated(await self._checkouts.read(subject.id))
        page = await self._transport.list_sessions({"payment_intent": subject.id})
        if isinstance(page, Failure):
            return page
        if not page.data:
            return Ignored("no session of the payment is left")
        return _translated(await self._checkouts.read(page.data[0].id))


def _observed(event: Event) -> Observation | Failure:
    if event.type == PAYMENT_FAILED:
        return _failed_try(msgspec.json.decode(event.data.object, type=PaymentIntent), event)
    session = msgspec.json.decode(event.data.object, type=Session)
    seen = observe(session, moment(event.created))
    if event.type == DELAYED_FAILED and isinstance(seen, Observation):
        return _declined(seen)
    return seen


def _declined(seen: Observation) -> Observation:
    """Return the end of a delayed payment; the session alone looks as if it were pending."""
    if seen.status is not ObservedStatus.PENDING:
        return seen
    return msgspec.structs.replace(
        seen, status=ObservedStatus.DECLINED, reason_code="async_payment_failed"
    )


def _failed_try(intent: PaymentIntent, event: Event) -> Observation:
    """Return a failed try on a page that stays open: the payer may try again."""
    code, message = reason(intent.last_payment_error) if intent.last_payment_error else (None,) * 2
    return Observation(
        status=ObservedStatus.PENDING,
        attempt_id=attempt_of(intent.metadata),
        payment_reference=intent.id,
        reason_code=code or "payment_failed",
        reason_message=message,
        occurred_at=moment(event.created),
    )


def _translated(seen: Observation | Failure) -> Translated | Failure:
    return seen if isinstance(seen, Failure) else Translated((seen,))
