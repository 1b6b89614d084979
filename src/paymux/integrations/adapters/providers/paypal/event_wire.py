"""The JSON of PayPal's events and of the endpoints they are sent to, as in `wire`."""

from collections.abc import Sequence

import msgspec

from paymux.integrations.adapters.providers.paypal.wire import (
    Link,
    RelatedIds,
    SupplementaryData,
)


class EventUnit(msgspec.Struct, frozen=True):
    """A purchase unit of an order, with our id alone."""

    custom_id: str | None = None


class EventResource(msgspec.Struct, frozen=True, kw_only=True):
    """What an event is about: an order, a movement of money, a payment token or a dispute.

    `metadata`: the order that a payment token was made with.
    """

    id: str | None = None
    order_id: str | None = None
    dispute_id: str | None = None
    custom_id: str | None = None
    purchase_units: Sequence[EventUnit] | None = None
    supplementary_data: SupplementaryData | None = None
    metadata: RelatedIds | None = None
    links: Sequence[Link] | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope of a webhook delivery; the resource differs with the event type."""

    id: str
    event_type: str
    create_time: str | None = None
    resource: msgspec.Raw = msgspec.Raw(b"null")


class EventList(msgspec.Struct, frozen=True, kw_only=True):
    """Reply of `GET /v1/notifications/webhooks-events`; each event as its bytes came."""

    events: Sequence[msgspec.Raw] | None = None
    links: Sequence[Link] | None = None


class EventType(msgspec.Struct, frozen=True):
    """A kind of event an endpoint asks for."""

    name: str


class NewEndpoint(msgspec.Struct, frozen=True):
    """Body of `POST /v1/notifications/webhooks`."""

    url: str
    event_types: Sequence[EventType]


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """A registered webhook endpoint; its id is also what deliveries are verified with."""

    id: str
    url: str
    event_types: Sequence[EventType] | None = None


class EndpointList(msgspec.Struct, frozen=True):
    """Reply of `GET /v1/notifications/webhooks`."""

    webhooks: Sequence[Endpoint] | None = None


class EndpointChange(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of `PATCH /v1/notifications/webhooks/{id}`."""

    value: Sequence[EventType]
    op: str = "replace"
    path: str = "/event_types"
