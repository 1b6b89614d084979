"""The inbox: what the providers told us, and what became of it."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

import msgspec
from litestar import Controller, Response, get, post

from paymux.console.listing import asked, neighbours, page_asked
from paymux.console.overview import labels_of
from paymux.console.pages import page, see_other
from paymux.console.visitors import PageRequestOf, Visitor
from paymux.integrations.ports.inbound import (
    ProviderEventQuery,
    ProviderEventSummary,
    ShowsConnections,
    ShowsProviderEvents,
)
from paymux.kernel.ids import ProviderEventId
from paymux.kernel.pages import PageRequest
from paymux.kernel.scope import Scope
from paymux.platform.telemetry.redaction import redact

_LIST: Final = "/console/provider_events"
_PARKED: Final = PageRequest(limit=10)


class ProviderEventPagesController(Controller):
    """What a reader sees of the inbox; an operator reads bodies and replays."""

    path = "/provider_events"

    @get("/")
    async def list_provider_events(
        self,
        request: PageRequestOf,
        visitor: Visitor,
        provider_event_views: ShowsProviderEvents,
        connection_views: ShowsConnections,
    ) -> Response[str]:
        """List events; those parked come first."""
        filters = asked(request, "status", "connection_id", "event_type")
        where = page_asked(request)
        found = await provider_event_views.page(visitor.scope, _query(filters), where)
        is_front = where.cursor is None and not any(filters.values())
        parked = await _parked(provider_event_views, visitor.scope) if is_front else []
        return page(
            "provider_events.html",
            visitor,
            events=found.items,
            parked=parked,
            pages=neighbours(_LIST, filters, where, found.next_cursor),
            filters=filters,
            statuses=provider_event_views.statuses(),
            labels=await labels_of(connection_views, visitor.scope),
        )

    @get("/{event_id:str}")
    async def show_provider_event(
        self,
        request: PageRequestOf,
        event_id: str,
        visitor: Visitor,
        provider_event_views: ShowsProviderEvents,
        connection_views: ShowsConnections,
    ) -> Response[str]:
        """Show one event; its body to operators alone, as over the API."""
        view = await provider_event_views.show(visitor.scope, ProviderEventId(event_id))
        return page(
            "provider_event.html",
            visitor,
            event=view.summary,
            body=readable(view.body) if visitor.can_operate else None,
            labels=await labels_of(connection_views, visitor.scope),
            was_replayed=request.query_params.get("done") == "replayed",
        )

    @post("/{event_id:str}/replay", status_code=HTTPStatus.SEE_OTHER)
    async def replay_provider_event(
        self, event_id: str, operator: Visitor, provider_event_views: ShowsProviderEvents
    ) -> Response[str]:
        """Have the event processed once more."""
        await provider_event_views.replay(operator.scope, ProviderEventId(event_id))
        return see_other(f"{_LIST}/{event_id}?done=replayed")


def readable(body: bytes) -> str:
    """Return a body for people: JSON on several lines, secrets and card numbers blanked out."""
    try:
        body = msgspec.json.format(body, indent=2)
    except msgspec.DecodeError:
        return redact(body.decode("utf-8", "replace"))
    return redact(body.decode("utf-8", "replace"))


def _query(filters: Mapping[str, str]) -> ProviderEventQuery:
    return ProviderEventQuery(**{name: value or None for name, value in filters.items()})


async def _parked(
    provider_event_views: ShowsProviderEvents, scope: Scope
) -> Sequence[ProviderEventSummary]:
    query = ProviderEventQuery(status="parked")
    return (await provider_event_views.page(scope, query, _PARKED)).items
