"""What every PayPal resource works with: the account's book, ids, time and events."""

import msgspec

from paymux.sandbox.paypal.book import Link, OrderRecord, PayPalBook, WebhookRecord
from paymux.sandbox.webhooks import Notice
from paymux.sandbox.world import World


class Event(msgspec.Struct, kw_only=True):
    """event (notifications_webhooks_v1)."""

    id: str
    create_time: str
    resource_type: str
    event_type: str
    summary: str
    resource: object
    links: list[Link]
    resource_version: str
    event_version: str = "1.0"


class Happening(msgspec.Struct, frozen=True):
    """What is told about a resource."""

    event_type: str
    resource_type: str
    summary: str
    resource: object
    resource_version: str = "2.0"


class PayPalShop:
    """The books of all PayPal accounts."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.books: dict[str, PayPalBook] = {}

    def book(self, account_id: str) -> PayPalBook:
        """One account's book; empty at first."""
        found = self.books.get(account_id)
        if found is None:
            found = self.books[account_id] = PayPalBook()
        return found

    def new_id(self) -> str:
        """A fresh order, capture or webhook id."""
        return self.world.identifiers.uppercase(17)

    def emit(self, account_id: str, order: OrderRecord, told: Happening) -> None:
        """Record an event and send it to every webhook that listens for it."""
        api_base = order.api_base
        new = self.world.identifiers
        event_id = f"WH-{new.uppercase(17)}-{new.uppercase(17)}"
        href = f"{api_base}/v1/notifications/webhooks-events/{event_id}"
        event = Event(
            id=event_id,
            create_time=self.world.clock.iso().replace("Z", ".000Z"),
            resource_type=told.resource_type,
            event_type=told.event_type,
            summary=told.summary,
            resource=told.resource,
            resource_version=told.resource_version,
            links=[Link(href, "self", "GET"), Link(f"{href}/resend", "resend", "POST")],
        )
        book = self.book(account_id)
        body = msgspec.json.encode(event)
        book.events[event_id] = msgspec.Raw(body)
        book.event_times[event_id] = self.world.clock.now()
        notices = [
            self._notice(account_id, webhook, event, body)
            for webhook in book.webhooks.values()
            if told.event_type in webhook.event_types or "*" in webhook.event_types
        ]
        self.world.outbox.publish(notices, silent=self.world.silent or order.silent)

    def _notice(
        self, account_id: str, webhook: WebhookRecord, event: Event, body: bytes
    ) -> Notice:
        return Notice(
            id=self.world.outbox.new_notice_id(),
            provider="paypal",
            account_id=account_id,
            endpoint_id=webhook.id,
            url=webhook.url,
            event_id=event.id,
            event_type=event.event_type,
            body=body.decode(),
        )
