"""Deliveries from PayPal: proven by signature, as far as that proves anything.

The signature covers a CRC32 of the body and not the body. Whoever holds one genuine delivery can
forge another body with the same CRC. So a body is a hint at what to read (see `translations`), and
nothing in it is believed: an attacker can choose an event id and make us read one of our orders.
"""

import base64
import binascii
import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.paypal.certificates import Certificates
from paymux.integrations.adapters.providers.paypal.events import identity_of, read_event
from paymux.integrations.adapters.providers.paypal.observations import (
    instant,
)
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    InboundWebhook,
    VerifiedWebhook,
)

# Retries go on for three days; whether a retry is signed anew is not documented.
_OLDEST: Final = timedelta(days=4)
_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")
_WEBHOOK_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_SIGNATURE: Final = re.compile(r"[A-Za-z0-9+/]{64,1368}={0,2}")
_TIME: Final = re.compile(r"[0-9T:.Zz+-]{20,35}")


class _Transmission(msgspec.Struct, frozen=True):
    """The headers PayPal signs with, each of the shape it has."""

    id: str
    time: str
    at: datetime
    signature: bytes
    certificate: str


class Webhooks:
    """Verifies deliveries."""

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
        transmission, event = _transmission(webhook.headers), read_event(webhook.body)
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
        return identity_of(event)

    def _is_timely(self, sent: datetime, received: datetime) -> bool:
        return received - _OLDEST <= sent <= received + self._tolerance


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
