"""The events we ask PayPal for, and what tells one from another."""

import hashlib
import re
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.paypal.event_wire import Event, EventResource
from paymux.integrations.adapters.providers.paypal.observations import instant
from paymux.payments.ports.webhooks import VerifiedWebhook

ORDER_EVENTS: Final = (
    "CHECKOUT.ORDER.APPROVED",
    "CHECKOUT.ORDER.COMPLETED",
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED",
)
AUTHORIZATION_EVENTS: Final = (
    "PAYMENT.AUTHORIZATION.CREATED",
    "PAYMENT.AUTHORIZATION.VOIDED",
)
CAPTURE_EVENTS: Final = (
    "PAYMENT.CAPTURE.COMPLETED",
    "PAYMENT.CAPTURE.DECLINED",
    "PAYMENT.CAPTURE.DENIED",
    "PAYMENT.CAPTURE.PENDING",
)
REVERSED: Final = "PAYMENT.CAPTURE.REVERSED"
REFUND_EVENTS: Final = (
    "PAYMENT.CAPTURE.REFUNDED",
    REVERSED,
    "PAYMENT.REFUND.FAILED",
    "PAYMENT.REFUND.PENDING",
)
TOKEN_EVENTS: Final = (
    "VAULT.PAYMENT-TOKEN.CREATED",
    "VAULT.PAYMENT-TOKEN.DELETED",
)
DISPUTE_EVENTS: Final = (
    "CUSTOMER.DISPUTE.CREATED",
    "CUSTOMER.DISPUTE.RESOLVED",
    "CUSTOMER.DISPUTE.UPDATED",
)
EVENTS: Final = (
    ORDER_EVENTS
    + AUTHORIZATION_EVENTS
    + CAPTURE_EVENTS
    + REFUND_EVENTS
    + TOKEN_EVENTS
    + DISPUTE_EVENTS
)
"""Every event we translate."""

_EVENT_ID: Final = re.compile(r"[\x21-\x7e]{1,255}")
_EVENT_TYPE: Final = re.compile(r"[A-Za-z0-9._-]{1,255}")


def read_event(body: bytes | msgspec.Raw) -> Event | None:
    """Read the envelope; None when the bytes are not one."""
    try:
        event = msgspec.json.decode(body, type=Event)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    shaped = _EVENT_ID.fullmatch(event.id) and _EVENT_TYPE.fullmatch(event.event_type)
    return event if shaped else None


def resource_of(event: Event) -> EventResource | None:
    """Read what the event is about; None when that cannot be read."""
    try:
        return msgspec.json.decode(event.resource, type=EventResource)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def identity_of(event: Event) -> VerifiedWebhook:
    """Return what tells the event from others; PayPal signs its id with the body."""
    return VerifiedWebhook(
        event_id=event.id,
        event_type=event.event_type,
        fallback_identity=hashlib.sha256(event.id.encode()).hexdigest(),
        occurred_at=instant(event.create_time),
    )
