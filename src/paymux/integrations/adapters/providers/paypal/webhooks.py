"""Deliveries from PayPal: proven by signature, then read again at the source.

The signature covers a CRC32 of the body and not the body. Whoever holds one genuine delivery can
forge another body with the same CRC. So a body is a hint at which order to read, and nothing
in it is believed: an attacker can choose an event id and make us read one of our own orders.
"""

import base64
import binascii
import hashlib
import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec

from paymux.integrations.adapters.providers.paypal.certificates import Certificates
from paymux.integrations.adapters.providers.paypal.checkouts import Checkouts
from paymux.integrations.adapters.providers.paypal.errors import unknown
from paymux.integrations.adapters.providers.paypal.observations import (
    CAPTURE_ID,
    ORDER_ID,
    instant,
    observe,
)
from paymux.integrations.adapters.providers.paypal.transport import Call, Transport
from paymux.integrations.adapters.providers.paypal.wire import Capture, Event, EventResource, Link
from paymux.payments.ports.connectors import (
    Failure,
    ForgedWebhook,
    Ignored,
    InboundWebhook,
    Outcome,
    Translated,
    VerifiedWebhook,
)

ORDER_EVENTS: Final = (
    "CHECKOUT.ORDER.APPROVED",
    "CHECKOUT.ORDER.COMPLETED",
    "CHECKOUT.PAYMENT-APPROVAL.REVERSED",
)
CAPTURE_EVENTS: Final = (
    "PAYMENT.CAPTURE.COMPLETED",
    "PAYMENT.CAPTURE.DECLINED",
    "PAYMENT.CAPTURE.DENIED",
    "PAYMENT.CAPTURE.PENDING",
)

# Retries go on for three days; whether a retry is signed anew is not documented.
_OLDEST: Final = timedelta(days=4)
_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")
_WEBHOOK_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_SIGNATURE: Final = re.compile(r"[A-Za-z0-9+/]{64,1368}={0,2}")
_EVENT_ID: Final = re.compile(r"[\x21-\x7e]{1,255}")
_EVENT_TYPE: Final = re.compile(r"[A-Za-z0-9._-]{1,255}")
_TIME: Final = re.compile(r"[0-9T:.Zz+-]{20,35}")
_UP: Final = re.compile(r"/v2/checkout/orders/([A-Z0-9]{1,36})\Z")


class _Transmission(msgspec.Struct, frozen=True):
    """The headers PayPal signs with, each of the shape it has."""

    id: str
    time: str
    at: datetime
    signature: bytes
    certificate: str


class Webhooks:
    """Verifies and translates deliveries."""

    def __init__(
        self,
        certificates: Certificates,
        webhook_ids: Sequence[str],
        tolerance: timedelta,
    ) -> None:
        self._certificates = certificates
        self._webhook_ids = [each for each in webhook_ids if _WEBHOOK_ID.fullmatch(each)]
        self._tolerance = tolerance

    async def verify(self, webhook: InboundWebhook) -> VerifiedWebhook | ForgedWebhook:
        """Check cheap things first, and fetch a certificate only for what could be genuine."""
        transmission, event = _transmission(webhook.headers), _event(webhook.body)
        if transmission is None:
            return ForgedWebhook("the transmission headers are missing or malformed")
        if event is None:
            return ForgedWebhook("the body is not an event")
        if not self._is_timely(transmission.at, webhook.received_at):
            return ForgedWebhook("the transmission time is out of bounds")
        key = await self._certificates.key(transmission.certificate)
        if key is None:
            return ForgedWebhook("the certificate is not PayPal's, or could not be had")
        messages = _signed_messages(transmission, self._webhook_ids, webhook.body)
        if not any(key.signed(transmission.signature, message) for message in messages):
            return ForgedWebhook("the signature does not match")
        return VerifiedWebhook(
            event_id=event.id,
            event_type=event.event_type,
            fallback_identity=hashlib.sha256(event.id.encode()).hexdigest(),
            occurred_at=instant(event.create_time),
        )

    def _is_timely(self, sent: datetime, received: datetime) -> bool:
        return received - _OLDEST <= sent <= received + self._tolerance


class Translations:
    """Turns an event into what the order now says."""

    def __init__(self, transport: Transport, checkouts: Checkouts) -> None:
        self._transport = transport
        self._checkouts = checkouts

    async def translate(self, body: bytes) -> Translated | Ignored | Failure:
        """Find the order the event is about, and observe the order itself."""
        event = _event(body)
        if event is None:
            return Ignored("the body is not an event")
        if event.event_type not in ORDER_EVENTS + CAPTURE_EVENTS:
            return Ignored(f"{event.event_type} says nothing about an attempt")
        order_id = await self._order_id(event)
        if order_id is None:
            return Ignored("the event names no order")
        if isinstance(order_id, Failure):
            return _not_flagged(order_id)
        order = await self._checkouts.read(order_id)
        observed = order if isinstance(order, Failure) else observe(order)
        if isinstance(observed, Failure):
            return _not_flagged(observed)
        return Translated([observed])

    async def _order_id(self, event: Event) -> str | Failure | None:
        resource = _resource(event)
        if resource is None:
            return None
        if event.event_type in ORDER_EVENTS:
            return _order_id(resource.order_id or resource.id)
        named = _order_of(resource)
        if named or resource.id is None or not CAPTURE_ID.fullmatch(resource.id):
            return named
        capture = await self._transport.fetch(
            Call("GET", f"/v2/payments/captures/{resource.id}"), Capture
        )
        return capture if isinstance(capture, Failure) else _order_of(capture)


def _event(body: bytes) -> Event | None:
    try:
        event = msgspec.json.decode(body, type=Event)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    shaped = _EVENT_ID.fullmatch(event.id) and _EVENT_TYPE.fullmatch(event.event_type)
    return event if shaped else None


def _resource(event: Event) -> EventResource | None:
    try:
        return msgspec.json.decode(event.resource, type=EventResource)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _order_of(about: EventResource | Capture) -> str | None:
    """Find the order of a capture: among its related ids, else up its links."""
    related = about.supplementary_data.related_ids if about.supplementary_data else None
    if related and related.order_id:
        return _order_id(related.order_id)
    ups = (_UP.search(_path(link)) for link in about.links or () if link.rel == "up")
    return next((up[1] for up in ups if up), None)


def _path(link: Link) -> str:
    try:
        return urlsplit(link.href).path
    except ValueError:
        return ""


def _order_id(text: str | None) -> str | None:
    return text if text and ORDER_ID.fullmatch(text) else None


def _not_flagged(failure: Failure) -> Failure:
    """An order of somebody else's is no reason to distrust our credentials."""
    if failure.outcome is Outcome.CREDENTIALS and failure.code == "permission_denied":
        return unknown(failure.code, failure.message)
    return failure


def _transmission(headers: Mapping[str, str]) -> _Transmission | None:
    sent = _header(headers, "id", _ID), _header(headers, "time", _TIME)
    signature = _header(headers, "sig", _SIGNATURE)
    certificate = headers.get("paypal-cert-url", "")
    at = instant(sent[1])
    if not all(sent) or not signature or at is None:
        return None
    if headers.get("paypal-auth-algo") != "SHA256withRSA":
        return None
    try:
        raw = base64.b64decode(signature, validate=True)
    except binascii.Error:
        return None
    return _Transmission(sent[0], sent[1], at, raw, certificate)


def _header(headers: Mapping[str, str], name: str, shape: re.Pattern[str]) -> str:
    value = headers.get(f"paypal-transmission-{name}", "")
    return value if shape.fullmatch(value) else ""


def _signed_messages(
    transmission: _Transmission, webhook_ids: Sequence[str], body: bytes
) -> list[bytes]:
    start = f"{transmission.id}|{transmission.time}"
    return [f"{start}|{each}|{zlib.crc32(body)}".encode() for each in webhook_ids]
