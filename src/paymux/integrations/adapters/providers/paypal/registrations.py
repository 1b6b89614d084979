"""Our endpoint at PayPal: registered once, for exactly the events we translate.

https://developer.paypal.com/docs/api/webhooks/v1/
"""

import re
from typing import Final

import msgspec

from paymux.integrations.adapters.providers.paypal.errors import unreadable
from paymux.integrations.adapters.providers.paypal.event_wire import (
    Endpoint,
    EndpointChange,
    EndpointList,
    EventType,
    NewEndpoint,
)
from paymux.integrations.adapters.providers.paypal.events import EVENTS
from paymux.integrations.adapters.providers.paypal.sessions import Reply
from paymux.integrations.adapters.providers.paypal.transport import Call, Transport
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.webhooks import RegisteredWebhook

_WEBHOOKS: Final = "/v1/notifications/webhooks"
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_GONE: Final = frozenset({"invalid_resource_id", "resource_not_found"})


class Registrations:
    """Finds, creates, widens and removes endpoints. None of it has an idempotency key."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def register(self, url: str) -> RegisteredWebhook | Failure:
        """Return the endpoint with this very URL, created if need be."""
        found = await self._find(url)
        if found is None:
            found = await self._create(url)
        if isinstance(found, Failure):
            return found
        return RegisteredWebhook(provider_reference=found.id, verifier=found.id)

    async def unregister(self, reference: str) -> Failure | None:
        """Remove the endpoint; one that is gone is removed."""
        if not _ID.fullmatch(reference):
            message = "This is not the id of a webhook endpoint at PayPal."
            return Failure(outcome=Outcome.REJECTED, code="invalid_reference", message=message)
        reply = await self._transport.send(Call("DELETE", f"{_WEBHOOKS}/{reference}"))
        return None if isinstance(reply, Reply) or reply.code in _GONE else reply

    async def list(self) -> EndpointList | Failure:
        """Read the endpoints of the app."""
        return await self._transport.fetch(Call("GET", _WEBHOOKS), EndpointList)

    async def _find(self, url: str) -> Endpoint | Failure | None:
        listed = await self.list()
        if isinstance(listed, Failure):
            return listed
        found = next((each for each in listed.webhooks or () if each.url == url), None)
        return await self._widened(found) if found else None

    async def _create(self, url: str) -> Endpoint | Failure:
        body = NewEndpoint(url, [EventType(name) for name in EVENTS])
        call = Call("POST", _WEBHOOKS, msgspec.json.encode(body))
        created = await self._transport.fetch(call, Endpoint)
        if isinstance(created, Failure):
            raced = created.code == "webhook_url_already_exists"
            return (await self._find(url) or created) if raced else created
        return created if _ID.fullmatch(created.id) else unreadable({})

    async def _widened(self, endpoint: Endpoint) -> Endpoint | Failure:
        """Make an endpoint of an older version of ours ask for every event we translate."""
        asked = {event.name for event in endpoint.event_types or ()}
        if not _ID.fullmatch(endpoint.id):
            return unreadable({})
        if asked.issuperset(EVENTS) or "*" in asked:
            return endpoint
        change = EndpointChange(value=[EventType(name) for name in EVENTS])
        path, body = f"{_WEBHOOKS}/{endpoint.id}", msgspec.json.encode([change])
        return await self._transport.fetch(Call("PATCH", path, body), Endpoint)
