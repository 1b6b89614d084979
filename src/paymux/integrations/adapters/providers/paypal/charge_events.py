"""Finds a charge whose order id never reached us: PayPal searches orders by no id of ours.

What PayPal keeps of its events for 30 days names our id beside the order's. That a charge is
not among them proves nothing: events come late, and only while an endpoint is registered.
https://developer.paypal.com/docs/api/webhooks/v1/#webhooks-events_list
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from paymux.integrations.adapters.providers.paypal.event_lists import EventLists
from paymux.integrations.adapters.providers.paypal.event_wire import EventResource
from paymux.integrations.adapters.providers.paypal.events import (
    AUTHORIZATION_EVENTS,
    CAPTURE_EVENTS,
    ORDER_EVENTS,
    read_event,
    resource_of,
)
from paymux.integrations.adapters.providers.paypal.subjects import order_id, order_named_by
from paymux.payments.ports.connectors import Failure

_TELLING: Final = frozenset(ORDER_EVENTS + AUTHORIZATION_EVENTS + CAPTURE_EVENTS)
_BEFORE: Final = timedelta(minutes=5)
_AFTER: Final = timedelta(hours=1)
_MOST_PAGES: Final = 20


class ChargeEvents:
    """Reads the events of the hour after a charge was made."""

    def __init__(self, event_lists: EventLists) -> None:
        self._event_lists = event_lists

    async def order_of(self, attempt_id: str, created_at: datetime) -> str | Failure | None:
        """Return the id of the order that carries the attempt's id, where an event shows it."""
        since, until, cursor = created_at - _BEFORE, created_at + _AFTER, None
        for _ in range(_MOST_PAGES):
            page = await self._event_lists.page(since, until, cursor)
            if isinstance(page, Failure):
                return page
            bodies = (each.body for each in page.events)
            found = next((each for body in bodies for each in _orders(body, attempt_id)), None)
            if found is not None or page.next_cursor is None:
                return found
            cursor = page.next_cursor
        return None


def _orders(body: bytes, attempt_id: str) -> Iterator[str]:
    event = read_event(body)
    resource = resource_of(event) if event and event.event_type in _TELLING else None
    if event is None or resource is None or attempt_id not in _ours(resource):
        return
    named = order_named_by(resource)
    if named is None and event.event_type in ORDER_EVENTS:
        named = order_id(resource.order_id or resource.id)
    if named is not None:
        yield named


def _ours(resource: EventResource) -> Iterator[str | None]:
    yield resource.custom_id
    yield from (unit.custom_id for unit in resource.purchase_units or ())
