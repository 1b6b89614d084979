"""Razorpay's webhooks: proving that they are genuine, and how they are set up.

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

from paymux.integrations.adapters.providers.razorpay import event_wire
from paymux.integrations.adapters.providers.razorpay.observations import instant
from paymux.integrations.adapters.providers.razorpay.translations import EVENTS
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    InboundWebhook,
    VerifiedWebhook,
)

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
        envelope = msgspec.json.decode(webhook.body, type=event_wire.Envelope)
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


def _identity(envelope: event_wire.Envelope) -> str:
    """Identify the event by what is signed: its name, its objects and its time."""
    ids = sorted(filter(None, map(_id_of, envelope.payload.values())))
    text = "|".join((envelope.event, *ids, str(envelope.created_at)))
    return hashlib.sha256(text.encode()).hexdigest()


def _id_of(raw: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(raw, type=event_wire.Nested[event_wire.Identified]).entity.id
    except _UNREADABLE:
        return None
