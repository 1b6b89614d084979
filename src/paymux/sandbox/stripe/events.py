"""/v1/events: what happened, also for merchants that missed the webhook."""

from paymux.sandbox.routing import Call
from paymux.sandbox.stripe import errors
from paymux.sandbox.stripe.book import EventRecord
from paymux.sandbox.stripe.lists import list_body, page_of, within
from paymux.sandbox.stripe.params import EventList, Retrieve
from paymux.sandbox.stripe.shop import StripeShop
from paymux.sandbox.webhooks import Notice
from paymux.sandbox.wire import Reply, json_reply

KEPT_SECONDS = 30 * 24 * 3600


class Events:
    """Events of the last 30 days."""

    def __init__(self, shop: StripeShop) -> None:
        self._shop = shop

    def get(self, call: Call) -> Reply:
        """GET /v1/events/{id}."""
        self._shop.parameters(call, Retrieve)
        identity = call.arguments["id"]
        record = self._shop.book(call.account.id).events.get(identity)
        if record is None:
            raise errors.no_such(resource="event", identity=identity, param="id")
        return json_reply(record.event)

    def list(self, call: Call) -> Reply:
        """GET /v1/events."""
        wanted = self._shop.parameters(call, EventList)
        if wanted.type is not None and wanted.types is not None:
            message = "You may only specify one of these parameters: type, types."
            raise errors.invalid(message, param="type")
        oldest = self._shop.world.clock.now() - KEPT_SECONDS
        matching = [
            record.event
            for record in self._shop.book(call.account.id).events.values()
            if record.event.created >= oldest and _matches(record, wanted)
        ]
        data, more = page_of(matching, wanted, "event")
        return json_reply(list_body([*data], "/v1/events", has_more=more))

    def settled(self, notice: Notice) -> None:
        """An endpoint confirmed the event."""
        record = self._shop.book(notice.account_id).events.get(notice.event_id)
        if record is not None:
            record.waiting.discard(notice.endpoint_id)
            record.event.pending_webhooks = len(record.waiting)


def _matches(record: EventRecord, wanted: EventList) -> bool:
    event = record.event
    delivered = not record.waiting
    return (
        (wanted.type is None or _named(event.type, wanted.type))
        and (wanted.types is None or any(_named(event.type, name) for name in wanted.types))
        and wanted.delivery_success in {None, delivered}
        and within(event.created, wanted.created)
    )


def _named(kind: str, wanted: str) -> bool:
    """`charge.*` stands for every event of charges."""
    return kind.startswith(wanted[:-1]) if wanted.endswith("*") else kind == wanted
