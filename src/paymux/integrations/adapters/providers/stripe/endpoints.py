"""Our webhook endpoint at Stripe. https://docs.stripe.com/api/webhook_endpoints."""

from typing import Final

from paymux.integrations.adapters.providers.stripe.errors import unreadable
from paymux.integrations.adapters.providers.stripe.event_types import EVENT_TYPES
from paymux.integrations.adapters.providers.stripe.transport import NewEndpoint, Transport
from paymux.integrations.adapters.providers.stripe.wire import API_VERSION, Endpoint
from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.webhooks import RegisteredWebhook

_GONE: Final = "resource_missing"


class Endpoints:
    """Registers and removes the endpoint."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def register(self, url: str, key: str) -> RegisteredWebhook | Failure:
        """Create the endpoint and remove older ones of the same URL.

        Stripe tells the secret only when it creates, so an endpoint found is of no use. It is
        created before the others go, because a replay of the key answers with the endpoint
        that it created then: removing first could remove that very one.
        """
        created = await self._transport.create_endpoint(_params(url), key)
        if isinstance(created, Failure):
            return created
        existing = await self._transport.list_endpoints()
        if isinstance(existing, Failure):
            return existing
        if created.id not in {endpoint.id for endpoint in existing.data}:
            # The key was used before and its endpoint has been removed since.
            created = await self._transport.create_endpoint(_params(url), f"{key}:again")
            if isinstance(created, Failure):
                return created
        return await self._only(created, [e for e in existing.data if e.url == url])

    async def unregister(self, reference: str) -> Failure | None:
        """Remove the endpoint; nothing to say when it is gone already."""
        deleted = await self._transport.delete_endpoint(reference)
        if isinstance(deleted, Failure) and deleted.code != _GONE:
            return deleted
        return None

    async def _only(
        self, created: Endpoint, same_url: list[Endpoint]
    ) -> RegisteredWebhook | Failure:
        if not created.secret:
            return unreadable()
        for endpoint in same_url:
            failure = None if endpoint.id == created.id else await self.unregister(endpoint.id)
            if failure is not None:
                return failure
        return RegisteredWebhook(provider_reference=created.id, verifier=created.secret)


def _params(url: str) -> NewEndpoint:
    return {
        "url": url,
        "api_version": API_VERSION,
        "metadata": {"registered_by": "paymux"},
        "enabled_events": list(EVENT_TYPES),
    }
