"""Where the bench's webhook comes from: the stand-in's own, for a payment of our own."""

import asyncio
from typing import Final
from urllib.parse import urlsplit

import msgspec
import stripe

from paymux.bootstrap.api_client import ApiClient
from tests.load.events import Events
from tests.load.installation import Installation, Shop

PAYMENT: Final[dict[str, object]] = {
    "amount": 1999,
    "currency": "USD",
    "description": "Pro plan, November",
}
_COMPLETED: Final = "checkout.session.completed"


class NothingWasDelivered(Exception):
    """The sandbox has sent no webhook for the payment."""


class _Link(msgspec.Struct):
    url: str


class _Payment(msgspec.Struct):
    id: str
    link: _Link


class _Delivery(msgspec.Struct):
    event_type: str
    request_body: str


class _Deliveries(msgspec.Struct):
    deliveries: list[_Delivery]


async def events_of(there: Installation, shop: Shop) -> Events:
    """Let one payment be paid, and take the event that the stand-in sends as the pattern."""
    client = stripe.StripeClient(
        shop.stripe_key, base_addresses={"api": f"{there.sandbox_url}/stripe"}
    )
    # Nobody takes what is delivered there: the sandbox is to write the event, no more.
    endpoint = await asyncio.to_thread(
        client.v1.webhook_endpoints.create,
        {"url": f"{there.sandbox_url}/nowhere", "enabled_events": [_COMPLETED]},
    )
    async with ApiClient(there.sandbox_url) as sandbox, ApiClient(there.url, shop.api_key) as api:
        wanted = {**PAYMENT, "connection_id": shop.connection_id}
        payment = msgspec.convert(await api.post("/v1/payments", wanted), _Payment)
        page = await api.location(urlsplit(payment.link.url).path)
        await sandbox.post("/_control/pay", {"url": page})
        body = await _delivered(sandbox)
    await asyncio.to_thread(client.v1.webhook_endpoints.delete, endpoint.id)
    return Events(body, shop.webhook_secret, urlsplit(there.url).netloc, shop.connection_id)


async def _delivered(sandbox: ApiClient) -> bytes:
    for _ in range(100):
        found = await sandbox.get("/_control/webhooks/deliveries?provider=stripe")
        for delivery in msgspec.convert(found, _Deliveries).deliveries:
            if delivery.event_type == _COMPLETED:
                return delivery.request_body.encode()
        await asyncio.sleep(0.1)
    raise NothingWasDelivered
