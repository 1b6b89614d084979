"""Webhooks: is it Stripe's, and which event is it.

https://docs.stripe.com/webhooks#verify-manually. The signature covers time and body.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.stripe.errors import MALFORMED
from paymux.integrations.adapters.providers.stripe.times import moment
from paymux.integrations.adapters.providers.stripe.wire import Event
from paymux.kernel.scope import Mode
from paymux.payments.ports.plugins import ConnectorEnvironment
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    InboundWebhook,
    VerifiedWebhook,
)

_MAX_HEADER: Final = 4096
_MAX_SIGNATURES: Final = 16
_TIME: Final = re.compile(r"[0-9]{1,12}")


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
    return identity(webhook.body, environment.mode)


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


def identity(body: bytes, mode: Mode) -> VerifiedWebhook | ForgedWebhook:
    """Say which event a genuine body is, and refuse one of the other mode."""
    try:
        event = msgspec.json.decode(body, type=Event)
    except MALFORMED:
        return ForgedWebhook("the body is not an event")
    if event.livemode is not (mode is Mode.LIVE):
        return ForgedWebhook("the event belongs to the other mode")
    return VerifiedWebhook(
        event_id=event.id,
        event_type=event.type,
        fallback_identity=hashlib.sha256(event.id.encode("ascii")).hexdigest(),
        occurred_at=moment(event.created),
    )
