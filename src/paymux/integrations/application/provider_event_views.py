"""The inbox as people see it."""

from collections.abc import Sequence

from paymux.integrations.application.provider_events import ProviderEvents
from paymux.integrations.domain.provider_event import ProviderEvent, ProviderEventStatus
from paymux.integrations.ports.inbound import (
    InboxBacklog,
    ProviderEventQuery,
    ProviderEventSummary,
    ProviderEventView,
)
from paymux.integrations.ports.inbox import ProviderEventFilter
from paymux.kernel.errors import InputIsInvalid
from paymux.kernel.ids import ConnectionId, ProviderEventId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope


class ProviderEventViews:
    """Provider events in the words other contexts may use."""

    def __init__(self, *, provider_events: ProviderEvents) -> None:
        self._provider_events = provider_events

    def statuses(self) -> Sequence[str]:
        """Return every status an event can have."""
        return [status.value for status in ProviderEventStatus]

    async def page(
        self, scope: Scope, query: ProviderEventQuery, page: PageRequest
    ) -> Page[ProviderEventSummary]:
        """Return events, newest first; refuses a status there is not."""
        return (await self._provider_events.list(scope, _filter(query), page)).map(_summary)

    async def show(self, scope: Scope, event_id: ProviderEventId) -> ProviderEventView:
        """Return one event with its raw body; refuses an unknown id."""
        event = await self._provider_events.get(scope, event_id)
        return ProviderEventView(_summary(event), event.body)

    async def replay(self, scope: Scope, event_id: ProviderEventId) -> None:
        """Have the event processed once more; refuses an unknown id."""
        await self._provider_events.replay(scope, event_id)

    async def backlog(self, scope: Scope) -> InboxBacklog:
        """Count what is not done; refuses nothing."""
        return InboxBacklog(
            waiting=await self._provider_events.count(scope, ProviderEventStatus.RECEIVED),
            parked=await self._provider_events.count(scope, ProviderEventStatus.PARKED),
        )


def _filter(query: ProviderEventQuery) -> ProviderEventFilter:
    return ProviderEventFilter(
        status=_status(query.status) if query.status else None,
        connection_id=ConnectionId(query.connection_id) if query.connection_id else None,
        event_type=query.event_type,
    )


def _status(text: str) -> ProviderEventStatus:
    try:
        return ProviderEventStatus(text)
    except ValueError:
        message = "No provider event ever has this status."
        raise InputIsInvalid(message, field="status") from None


def _summary(event: ProviderEvent) -> ProviderEventSummary:
    return ProviderEventSummary(
        id=event.id,
        connection_id=event.connection_id,
        provider=event.provider,
        event_id=event.event_id,
        event_type=event.event_type,
        status=event.status,
        reason=event.reason,
        tries=event.tries,
        occurred_at=event.occurred_at,
        received_at=event.received_at,
        processed_at=event.processed_at,
    )
