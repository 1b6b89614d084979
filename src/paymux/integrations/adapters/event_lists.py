"""What providers say they have told us, read through their connectors."""

import logging
from datetime import datetime

from paymux.integrations.adapters.breakage import breakage
from paymux.integrations.adapters.registry import ConnectorRegistry
from paymux.integrations.domain.provider_event import ProviderEvent
from paymux.integrations.ports.recovery import KEEPS_NO_EVENTS, EventsAreNotListed, EventsPage
from paymux.kernel.clock import Clock
from paymux.kernel.errors import PaymuxError
from paymux.kernel.ids import ConnectionId, Ids, ProviderEventId
from paymux.kernel.scope import Scope
from paymux.payments.ports.connectors import Failure, Outcome
from paymux.payments.ports.event_lists import EventPage, ListedEvent, ListsEvents

logger = logging.getLogger(__name__)


class ConnectorEventLists:
    """Asks the connector, where its provider keeps events; every failure is an answer."""

    def __init__(self, *, registry: ConnectorRegistry, clock: Clock, ids: Ids) -> None:
        self._registry = registry
        self._clock = clock
        self._ids = ids

    async def page(
        self,
        scope: Scope,
        connection_id: ConnectionId,
        since: datetime,
        until: datetime,
        cursor: str | None,
    ) -> EventsPage | EventsAreNotListed:
        """Return one page of what happened in that time."""
        try:
            found = await self._registry.get(scope, connection_id)
        except PaymuxError as refusal:
            return EventsAreNotListed(f"connection: {refusal.code}")
        if not isinstance(found.connector, ListsEvents):
            return EventsAreNotListed(KEEPS_NO_EVENTS)
        listed = await _list(found.connector, since, until, cursor)
        if isinstance(listed, Failure):
            return EventsAreNotListed(listed.code)
        events = [self._event(connection_id, found.provider, one) for one in listed.events]
        return EventsPage(events, listed.next_cursor)

    def _event(
        self, connection_id: ConnectionId, provider: str, listed: ListedEvent
    ) -> ProviderEvent:
        return ProviderEvent(
            id=ProviderEventId(self._ids.new("pev")),
            connection_id=connection_id,
            provider=provider,
            event_id=listed.identity.event_id,
            fallback_identity=listed.identity.fallback_identity,
            event_type=listed.identity.event_type,
            body=listed.body,
            received_at=self._clock.now(),
            occurred_at=listed.identity.occurred_at,
        )


async def _list(
    connector: ListsEvents, since: datetime, until: datetime, cursor: str | None
) -> EventPage | Failure:
    try:
        return await connector.list_events(since, until, cursor)
    except Exception as error:  # noqa: BLE001 - a plug-in's bug; it is asked again later
        logger.error("A connector failed to list events: %s", breakage(error))  # noqa: TRY400
        return Failure(outcome=Outcome.UNKNOWN, code="connector_failed", message="It failed.")
