"""/v1/notifications/webhooks-events: what was told, whether or not it arrived."""

from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlencode

import msgspec

from paymux.sandbox.paypal import errors
from paymux.sandbox.paypal.book import Link, PayPalBook
from paymux.sandbox.paypal.shop import PayPalShop
from paymux.sandbox.routing import Call
from paymux.sandbox.wire import Refusal, Reply, json_reply

MOST = 300


class Events:
    """Events of every account, newest first."""

    def __init__(self, shop: PayPalShop) -> None:
        self._shop = shop

    def list(self, call: Call) -> Reply:
        """GET /v1/notifications/webhooks-events."""
        query = call.request.query_pairs()
        size = query.get("page_size", "10")
        if not size.isdecimal() or not 1 <= int(size) <= MOST:
            raise _invalid(detail=f"page_size must be between 1 and {MOST}")
        book = self._shop.book(call.account.id)
        found = list(_matching(book, query))
        after = query.pop("next_page_token", None)
        if after in found:
            found = found[found.index(after) + 1 :]
        page = found[: int(size)]
        href = f"{call.request.base_url}/v1/notifications/webhooks-events"
        links = []
        if len(found) > len(page):
            more = urlencode({**query, "next_page_token": page[-1]})
            links.append(Link(f"{href}?{more}", "next", "GET"))
        events = [book.events[identity] for identity in page]
        return json_reply({"events": events, "count": len(events), "links": links})

    def get(self, call: Call) -> Reply:
        """GET /v1/notifications/webhooks-events/{event_id}."""
        return json_reply(self._found(call))

    def resend(self, call: Call) -> Reply:
        """POST /v1/notifications/webhooks-events/{event_id}/resend."""
        event = self._found(call)
        outbox, wanted = self._shop.world.outbox, call.arguments["event_id"]
        outbox.resend([n for n in outbox.notices.values() if n.event_id == wanted])
        return json_reply(event, 202)

    def _found(self, call: Call) -> msgspec.Raw:
        identity = call.arguments["event_id"]
        event = self._shop.book(call.account.id).events.get(identity)
        if event is None:
            message = "Requested resource ID was not found."
            raise errors.webhook_refused(name="INVALID_RESOURCE_ID", detail=message, status=404)
        return event


def _matching(book: PayPalBook, query: dict[str, str]) -> Iterator[str]:
    earliest, latest = time_of(query, "start_time"), time_of(query, "end_time")
    wanted = query.get("event_type")
    for identity, body in reversed(book.events.items()):
        at = book.event_times.get(identity, 0.0)
        named = wanted is None or f'"event_type":"{wanted}"'.encode() in bytes(body)
        in_time = (earliest is None or at >= earliest) and (latest is None or at <= latest)
        if named and in_time:
            yield identity


def time_of(query: dict[str, str], name: str) -> float | None:
    """A time of a query, if it has one; refuses what is none."""
    if name not in query:
        return None
    try:
        moment = datetime.fromisoformat(query[name])
    except ValueError as problem:
        raise _invalid(detail=f"{name} is not a date and time") from problem
    if moment.tzinfo is None:
        raise _invalid(detail=f"{name} has no offset")
    return moment.timestamp()


def _invalid(*, detail: str) -> Refusal:
    return errors.webhook_refused(name="VALIDATION_ERROR", detail=detail)
