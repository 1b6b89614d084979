"""What every Stripe resource works with: the account's book, ids, time and events."""

from typing import TypeVar

import msgspec

from paymux.sandbox.routing import Call
from paymux.sandbox.stripe import forms, idempotency
from paymux.sandbox.stripe.book import EndpointRecord, EventRecord, StripeBook
from paymux.sandbox.stripe.objects import API_VERSION, Event, EventData, EventRequest
from paymux.sandbox.webhooks import Notice
from paymux.sandbox.world import World

Parameters = TypeVar("Parameters")


class StripeShop:
    """The books of all Stripe accounts."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.books: dict[str, StripeBook] = {}

    def book(self, account_id: str) -> StripeBook:
        """One account's book; empty at first."""
        found = self.books.get(account_id)
        if found is None:
            found = self.books[account_id] = StripeBook()
        return found

    def parameters(self, call: Call, wanted: type[Parameters]) -> Parameters:
        """The request's parameters, strictly read."""
        if call.request.method == "POST":
            return forms.parse(call.request.body.decode("utf-8", "replace"), wanted)
        return forms.parse(call.request.query, wanted)

    def new_id(self, prefix: str, length: int) -> str:
        """A fresh id with the prefix of its kind."""
        return f"{prefix}_{self.world.identifiers.alphanumeric(length)}"

    def emit(self, account_id: str, kind: str, subject: object, call: Call | None = None) -> None:
        """Record an event and send it to every endpoint that listens for it."""
        book = self.book(account_id)
        request = EventRequest()
        if call is not None:
            request = EventRequest(idempotency_key=idempotency.key_of(call))
        event = Event(
            id=self.new_id("evt", 24),
            created=self.world.clock.epoch(),
            data=EventData(object=msgspec.Raw(msgspec.json.encode(subject))),
            type=kind,
            request=request,
        )
        listening = [record for record in book.endpoints.values() if _listens(record, kind)]
        event.pending_webhooks = len(listening)
        waiting = {record.endpoint.id for record in listening}
        book.events[event.id] = EventRecord(event=event, waiting=waiting)
        notices = [self._notice(account_id, record, event) for record in listening]
        self.world.outbox.publish(notices, silent=self.world.silent)

    def _notice(self, account_id: str, record: EndpointRecord, event: Event) -> Notice:
        version = record.endpoint.api_version or API_VERSION
        body = msgspec.json.encode(msgspec.structs.replace(event, api_version=version))
        return Notice(
            id=self.world.outbox.new_notice_id(),
            provider="stripe",
            account_id=account_id,
            endpoint_id=record.endpoint.id,
            url=record.endpoint.url,
            event_id=event.id,
            event_type=event.type,
            body=body.decode(),
        )


def _listens(record: EndpointRecord, kind: str) -> bool:
    endpoint = record.endpoint
    wanted = "*" in endpoint.enabled_events or kind in endpoint.enabled_events
    return wanted and endpoint.status == "enabled"
