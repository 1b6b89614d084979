"""Razorpay's webhooks: proving that they are genuine, and what they mean.

https://razorpay.com/docs/webhooks/validate-test/ and https://razorpay.com/docs/webhooks/payments/.
The body is signed with a secret that only Razorpay and we know, so it is proof enough; its
order among others is not, and no mode is told in it.
"""

import hashlib
import hmac
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.razorpay import wire
from paymux.integrations.adapters.providers.razorpay.errors import failure
from paymux.integrations.adapters.providers.razorpay.observations import (
    as_link_payment,
    attempt_of,
    instant,
    observe_link,
    observe_order,
    observe_payment,
)
from paymux.integrations.adapters.providers.razorpay.refund_reports import EVENTS as REFUND_EVENTS
from paymux.integrations.adapters.providers.razorpay.refund_reports import translate_refund
from paymux.payments.ports.connectors import Failure, Observation, RefundReport
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    Ignored,
    InboundWebhook,
    Translated,
    VerifiedWebhook,
)

EVENTS: Final = (
    "payment_link.paid",
    "payment_link.partially_paid",
    "payment_link.cancelled",
    "payment_link.expired",
    "payment.authorized",
    "payment.captured",
    "payment.failed",
    "order.paid",
    *REFUND_EVENTS,
)
"""What we translate, and what a person ticks on the dashboard."""

OLDEST: Final = timedelta(days=16)
"""The signature covers no time of sending, only the event's own `created_at`. Retries go on
for 24 hours and the dashboard resends events up to 15 days old, all with the first
`created_at`, so nothing younger may be called stale. Repeats are told apart by identity."""

_SIGNATURE: Final = re.compile(r"[0-9a-f]{64}")
_EVENT_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,255}")
_EVENT_TYPE: Final = re.compile(r"[a-z0-9_.]{1,255}")
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def verify(
    webhook: InboundWebhook, verifiers: Sequence[str], tolerance_seconds: int
) -> VerifiedWebhook | ForgedWebhook:
    """Check signature, shape and age; the event id comes in a header that is not signed."""
    if not _is_signed(webhook, verifiers):
        return ForgedWebhook("no verifier made this signature")
    try:
        envelope = msgspec.json.decode(webhook.body, type=wire.Envelope)
    except _UNREADABLE:
        return ForgedWebhook("the body is not an event")
    if not _EVENT_TYPE.fullmatch(envelope.event):
        return ForgedWebhook("the event has no proper name")
    occurred_at = instant(envelope.created_at)
    if not _is_timely(occurred_at, webhook.received_at, tolerance_seconds):
        return ForgedWebhook("the event is too old, or from the future")
    identity = _identity(envelope)
    event_id = webhook.headers.get("x-razorpay-event-id", identity)
    if not _EVENT_ID.fullmatch(event_id):
        return ForgedWebhook("the event id is malformed")
    return VerifiedWebhook(
        event_id=event_id,
        event_type=envelope.event,
        fallback_identity=identity,
        occurred_at=occurred_at,
    )


def translate(body: bytes) -> Translated | Ignored | Failure:
    """Say what an event means for one of our attempts or refunds."""
    try:
        name = msgspec.json.decode(body, type=wire.Envelope).event
        if name not in EVENTS:
            return Ignored(f"{name} says nothing of an attempt or a refund")
        event = msgspec.json.decode(body, type=wire.Event)
    except _UNREADABLE:
        return failure("unreadable_reply", "The event is not what Razorpay documents.")
    at = instant(event.created_at)
    if name in REFUND_EVENTS:
        refunded = translate_refund(name, event.payload, at)
        return Translated(refunds=[refunded]) if isinstance(refunded, RefundReport) else refunded
    observed = _observe(event.payload, at)
    return Translated([observed]) if isinstance(observed, Observation) else observed


def steps(url: str, verifier: str) -> Sequence[str]:
    """Say what to do on the dashboard: ordinary accounts cannot register webhooks by API."""
    return (
        "Log in to the Razorpay Dashboard, in the mode (test or live) of this connection.",
        "Open Accounts & Settings, then Webhooks under Website and app settings, then"
        " + Add New Webhook.",
        f"Enter this URL: {url}",
        f"Enter this secret: {verifier}",
        "Enter an alert e-mail address: Razorpay disables a webhook after 24 hours of failures"
        " and tells you there.",
        f"Tick exactly these active events: {', '.join(EVENTS)}",
        "Click Create Webhook.",
    )


def _observe(payload: wire.Payload, at: datetime | None) -> Observation | Ignored | Failure:
    payment = payload.payment.entity if payload.payment else None
    if payload.payment_link is not None:
        link = payload.payment_link.entity
        if attempt_of(link) is None:
            return Ignored("the payment link is not one of ours")
        return observe_link(link, [as_link_payment(payment)] if payment else [], at)
    attempt_id = _noted(payload)
    if attempt_id is None:
        return Ignored("the payment is not for one of our links")
    if payload.order is not None:
        return observe_order(payload.order.entity, payment, attempt_id, at)
    if payment is not None:
        return observe_payment(payment, at)
    return Ignored("the event carries nothing we know")


def _noted(payload: wire.Payload) -> str | None:
    """Return the attempt in the notes, which Razorpay copies from the link to its payments."""
    payment = payload.payment and wire.note(payload.payment.entity.notes, "attempt_id")
    order = payload.order and wire.note(payload.order.entity.notes, "attempt_id")
    return payment or order or None


def _is_signed(webhook: InboundWebhook, verifiers: Iterable[str]) -> bool:
    given = webhook.headers.get("x-razorpay-signature", "")
    if not _SIGNATURE.fullmatch(given):
        return False
    matches = [
        hmac.compare_digest(
            hmac.new(verifier.encode(), webhook.body, hashlib.sha256).hexdigest(), given
        )
        for verifier in verifiers
        if verifier
    ]
    return any(matches)


def _is_timely(occurred_at: datetime | None, now: datetime, tolerance_seconds: int) -> bool:
    if occurred_at is None:
        return True
    return now - OLDEST <= occurred_at <= now + timedelta(seconds=tolerance_seconds)


def _identity(envelope: wire.Envelope) -> str:
    """Identify the event by what is signed: its name, its objects and its time."""
    ids = sorted(filter(None, map(_id_of, envelope.payload.values())))
    text = "|".join((envelope.event, *ids, str(envelope.created_at)))
    return hashlib.sha256(text.encode()).hexdigest()


def _id_of(raw: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(raw, type=wire.Nested[wire.Identified]).entity.id
    except _UNREADABLE:
        return None
