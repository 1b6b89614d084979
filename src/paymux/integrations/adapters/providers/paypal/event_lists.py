"""The events PayPal has kept, whether or not they reached us.

https://developer.paypal.com/docs/api/webhooks/v1/#webhooks-events_list
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from paymux.integrations.adapters.providers.paypal.errors import rejected
from paymux.integrations.adapters.providers.paypal.event_wire import EventList
from paymux.integrations.adapters.providers.paypal.events import EVENTS, identity_of, read_event
from paymux.integrations.adapters.providers.paypal.pages import CURSOR, next_query
from paymux.integrations.adapters.providers.paypal.transport import Call, Transport
from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.event_lists import EventPage, ListedEvent

_PATH: Final = "/v1/notifications/webhooks-events"
_PAGE_SIZE: Final = 50


class EventLists:
    """Reads pages of events."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def page(
        self, since: datetime, until: datetime, cursor: str | None
    ) -> EventPage | Failure:
        """Read one page; the cursor is the query of PayPal's own link to the next one."""
        if cursor is not None and not CURSOR.fullmatch(cursor):
            return rejected("invalid_cursor", "This is not a cursor of a list of events.")
        query = cursor or _query(since, until)
        listed = await self._transport.fetch(Call("GET", f"{_PATH}?{query}"), EventList)
        if isinstance(listed, Failure):
            return listed
        return EventPage(events=list(_ours(listed)), next_cursor=next_query(listed.links, query))


def _query(since: datetime, until: datetime) -> str:
    """Ask for whole seconds, at both ends rather one too many."""
    latest = until + timedelta(seconds=1)
    times = {"start_time": _instant(since), "end_time": _instant(latest)}
    return urlencode({"page_size": str(_PAGE_SIZE), **times})


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _ours(listed: EventList) -> Iterator[ListedEvent]:
    for raw in listed.events or ():
        event = read_event(raw)
        if event is not None and event.event_type in EVENTS:
            yield ListedEvent(identity=identity_of(event), body=bytes(raw))
