"""A webhook from the socket to the inbox: who is it for, is it genuine, is it stored."""

from collections.abc import Mapping
from enum import StrEnum

from paymux.integrations.adapters.inbox import Inbox
from paymux.integrations.adapters.routes import ConnectionRoutes
from paymux.integrations.domain.provider_event import ProviderEvent
from paymux.kernel.clock import Clock
from paymux.kernel.ids import ConnectionId, Ids, ProviderEventId
from paymux.payments.ports.connectors import Connector
from paymux.payments.ports.webhooks import (
    ForgedWebhook,
    InboundWebhook,
    VerifiedWebhook,
    VerifiesWebhooks,
)


class Receipt(StrEnum):
    """What became of a delivery. Only `stored` may be answered with 2xx."""

    STORED = "stored"
    UNKNOWN_CONNECTION = "unknown_connection"
    NOT_GENUINE = "not_genuine"


class WebhookIntake:
    """No business logic before the 2xx; a delivery that is not genuine leaves no trace."""

    def __init__(self, *, routes: ConnectionRoutes, inbox: Inbox, clock: Clock, ids: Ids) -> None:
        self._routes = routes
        self._inbox = inbox
        self._clock = clock
        self._ids = ids

    async def receive(
        self, provider: str, connection_id: ConnectionId, headers: Mapping[str, str], body: bytes
    ) -> Receipt:
        """Verify and store one delivery; header names are lower case."""
        route = await self._routes.find(provider, connection_id)
        if route is None:
            return Receipt.UNKNOWN_CONNECTION
        scope, connector = route
        webhook = InboundWebhook(headers, body, self._clock.now())
        verified = await _verify(connector, webhook)
        if isinstance(verified, ForgedWebhook):
            # The connection may have new secrets that this process has not seen yet.
            renewed = await self._routes.refresh(provider, connection_id)
            if renewed is None:
                return Receipt.NOT_GENUINE
            verified = await _verify(renewed[1], webhook)
        if isinstance(verified, ForgedWebhook):
            return Receipt.NOT_GENUINE
        await self._inbox.put(scope, self._event(provider, connection_id, webhook, verified))
        return Receipt.STORED

    def _event(
        self,
        provider: str,
        connection_id: ConnectionId,
        webhook: InboundWebhook,
        verified: VerifiedWebhook,
    ) -> ProviderEvent:
        return ProviderEvent(
            id=ProviderEventId(self._ids.new("pev")),
            connection_id=connection_id,
            provider=provider,
            event_id=verified.event_id,
            fallback_identity=verified.fallback_identity,
            event_type=verified.event_type,
            body=webhook.body,
            received_at=webhook.received_at,
            occurred_at=verified.occurred_at,
        )


async def _verify(
    connector: Connector, webhook: InboundWebhook
) -> VerifiedWebhook | ForgedWebhook:
    if not isinstance(connector, VerifiesWebhooks):
        return ForgedWebhook("the provider has no webhooks")
    return await connector.verify_webhook(webhook)
