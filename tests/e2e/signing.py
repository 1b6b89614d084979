"""Signing webhooks as the providers do, to send what no provider would."""

import hashlib
import hmac
import json
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from tests.e2e.sandbox import Sandbox
from tests.e2e.shop import Shop
from tests.e2e.talking import Json

DAY = 86_400


@dataclass(frozen=True)
class Delivery:
    """A webhook ready to be sent."""

    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Signer:
    """Signs events for one connection. `at`: seconds since the epoch."""

    event: Callable[[str, float], Json]
    headers: Callable[[bytes, float], dict[str, str]]
    seconds_until_stale: int

    def signed(self, event_type: str, at: float | None = None) -> Delivery:
        """An event of our own making, genuinely signed."""
        at = time.time() if at is None else at
        body = json.dumps(self.event(event_type, at)).encode()
        return self.over(body, at)

    def over(self, body: bytes, at: float | None = None) -> Delivery:
        """Any bytes, genuinely signed."""
        signed = self.headers(body, time.time() if at is None else at)
        return Delivery({"Content-Type": "application/json", **signed}, body)


def signer(shop: Shop, provider: str) -> Signer:
    """Give a connection secrets that we know, and return who signs with them."""
    return {"stripe": _stripe, "razorpay": _razorpay, "paypal": _paypal}[provider](shop)


def _stripe(shop: Shop) -> Signer:
    secret = shop.record.plant("webhook secret of ours", f"whsec_{uuid4().hex}")
    connection_id = shop.accounts["stripe"].connection_id
    shop.api.patch(f"/v1/connections/{connection_id}", {"webhook_secret": secret})

    def event(event_type: str, at: float) -> Json:
        subject = {"id": f"x_{uuid4().hex}", "object": "thing"}
        return {
            "id": f"evt_{uuid4().hex}",
            "object": "event",
            "type": event_type,
            "created": int(at),
            "livemode": False,
            "api_version": "2026-10-28.endive",
            "data": {"object": subject},
        }

    def headers(body: bytes, at: float) -> dict[str, str]:
        signed = f"{int(at)}.".encode() + body
        digest = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
        return {"Stripe-Signature": f"t={int(at)},v1={digest}"}

    return Signer(event, headers, seconds_until_stale=301)


def _razorpay(shop: Shop) -> Signer:
    secret = str(shop.accounts["razorpay"].webhook["verifier"])

    def event(event_type: str, at: float) -> Json:
        entity = {"id": f"thing_{uuid4().hex[:14]}"}
        return {
            "entity": "event",
            "account_id": shop.accounts["razorpay"].account_id,
            "event": event_type,
            "contains": ["thing"],
            "payload": {"thing": {"entity": entity}},
            "created_at": int(at),
        }

    def headers(body: bytes, _: float) -> dict[str, str]:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Razorpay-Signature": digest, "x-razorpay-event-id": uuid4().hex[:14]}

    return Signer(event, headers, seconds_until_stale=17 * DAY)


def _paypal(shop: Shop) -> Signer:
    identity = shop.sandbox.paypal_identity()
    webhook_id = shop.accounts["paypal"].webhook["provider_reference"]

    def event(event_type: str, at: float) -> Json:
        return {
            "id": f"WH-{uuid4().hex}",
            "event_version": "1.0",
            "create_time": _iso(at),
            "resource_type": "thing",
            "event_type": event_type,
            "summary": "A thing happened.",
            "resource": {"id": uuid4().hex},
        }

    def headers(body: bytes, at: float) -> dict[str, str]:
        transmission = str(uuid4())
        message = f"{transmission}|{_iso(at)}|{webhook_id}|{zlib.crc32(body)}"
        return {
            "PAYPAL-TRANSMISSION-ID": transmission,
            "PAYPAL-TRANSMISSION-TIME": _iso(at),
            "PAYPAL-TRANSMISSION-SIG": identity.sign(message.encode()),
            "PAYPAL-CERT-URL": _certificate_url(shop.sandbox, identity.name),
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
        }

    return Signer(event, headers, seconds_until_stale=5 * DAY)


def _certificate_url(sandbox: Sandbox, name: str) -> str:
    return f"{sandbox.url}/paypal/v1/notifications/certs/{name}"


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
