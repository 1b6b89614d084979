"""`/v1/provider_events`: the inbox."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Controller, get, post
from litestar.params import Parameter

from paymux.integrations.application.provider_events import ProviderEvents
from paymux.integrations.domain.provider_event import ProviderEvent, ProviderEventStatus
from paymux.integrations.ports.inbox import ProviderEventFilter
from paymux.kernel.ids import ConnectionId, ProviderEventId
from paymux.kernel.pages import PageRequest
from paymux.platform.http.fields import LaterMoment, Moment, example, identifier
from paymux.platform.http.pagination import PageResponse, page_response
from paymux.platform.telemetry.redaction import redact
from paymux.tenancy.http import operator, reader
from paymux.tenancy.principal import Principal


class ProviderEventBody(msgspec.Struct, frozen=True, kw_only=True):
    """One event as it came in."""

    id: Annotated[str, identifier("pev")]
    connection_id: Annotated[str, identifier("con")]
    provider: Annotated[str, example("example")]
    event_id: Annotated[str, example("evt_1QmB7xKz")]
    event_type: Annotated[str, example("checkout.completed")]
    status: Annotated[ProviderEventStatus, example("processed")]
    reason: str | None
    tries: Annotated[int, example(1)]
    occurred_at: (
        Annotated[datetime, msgspec.Meta(tz=True, examples=["2026-11-23T09:41:07Z"])] | None
    )
    received_at: Moment
    processed_at: LaterMoment | None


class ProviderEventDetailsBody(ProviderEventBody, frozen=True, kw_only=True):
    """One event with its body, card numbers and secrets blanked out."""

    body: Annotated[str, example('{"id":"evt_1QmB7xKz","type":"checkout.completed"}')]


class ProviderEventsController(Controller):
    """What the providers told us."""

    path = "/v1/provider_events"
    tags = ("Provider events",)

    @get(
        "/",
        guards=[reader],
        operation_id="listProviderEvents",
        summary="List the inbox, newest first",
        description="Without bodies. `parked` ones could not be applied: their `reason` says why.",
    )
    async def list_provider_events(
        self,
        principal: Principal,
        provider_events: ProviderEvents,
        page: PageRequest,
        status: ProviderEventStatus | None = None,
        connection_id: Annotated[str | None, Parameter(max_length=64)] = None,
        event_type: Annotated[str | None, Parameter(max_length=255)] = None,
    ) -> PageResponse[ProviderEventBody]:
        """List events."""
        which = ProviderEventFilter(
            status=status,
            connection_id=ConnectionId(connection_id) if connection_id else None,
            event_type=event_type,
        )
        found = await provider_events.list(principal.scope, which, page)
        return page_response(found, _body)

    @get(
        "/{provider_event_id:str}",
        guards=[operator],
        operation_id="getProviderEvent",
        summary="Get an event with its body",
        description="For operators: a body may tell about the payer. Card numbers and secrets "
        "are blanked out.",
    )
    async def get_provider_event(
        self, provider_event_id: str, principal: Principal, provider_events: ProviderEvents
    ) -> ProviderEventDetailsBody:
        """Get one event."""
        return _details(
            await provider_events.get(principal.scope, ProviderEventId(provider_event_id))
        )

    @post(
        "/{provider_event_id:str}/replay",
        guards=[operator],
        status_code=202,
        operation_id="replayProviderEvent",
        summary="Process an event once more",
        description="Whatever became of it before. Answered once that is planned; applying an "
        "event again changes nothing that it has changed already.",
    )
    async def replay_provider_event(
        self, provider_event_id: str, principal: Principal, provider_events: ProviderEvents
    ) -> ProviderEventBody:
        """Replay one event."""
        return _body(
            await provider_events.replay(principal.scope, ProviderEventId(provider_event_id))
        )


def _body(event: ProviderEvent) -> ProviderEventBody:
    return msgspec.convert(event, ProviderEventBody, from_attributes=True)


def _details(event: ProviderEvent) -> ProviderEventDetailsBody:
    readable = redact(event.body.decode("utf-8", "replace"))
    return ProviderEventDetailsBody(**msgspec.structs.asdict(_body(event)), body=readable)
