"""Events that never reached us. https://docs.stripe.com/webhooks/process-undelivered-events.

Stripe keeps them for 30 days and lists them newest first.
"""

import math
from datetime import datetime

from paymux.integrations.adapters.providers.stripe.event_types import EVENT_TYPES
from paymux.integrations.adapters.providers.stripe.times import unix
from paymux.integrations.adapters.providers.stripe.transport import EventsBetween, Transport
from paymux.integrations.adapters.providers.stripe.webhooks import identity
from paymux.kernel.scope import Mode
from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.event_lists import EventPage, ListedEvent
from paymux.payments.ports.webhooks import VerifiedWebhook


class EventLists:
    """Lists what the account has seen."""

    def __init__(self, transport: Transport, mode: Mode) -> None:
        self._transport = transport
        self._mode = mode

    async def page(
        self, since: datetime, until: datetime, cursor: str | None
    ) -> EventPage | Failure:
        """Return one page; an event of the other mode, or of no known shape, is left out."""
        created: EventsBetween = {"gte": unix(since), "lte": math.ceil(until.timestamp())}
        listed = await self._transport.list_events(list(EVENT_TYPES), created, cursor)
        if isinstance(listed, Failure):
            return listed
        events, last = [], None
        for raw in listed.data:
            known = identity(bytes(raw), self._mode)
            if isinstance(known, VerifiedWebhook):
                events.append(ListedEvent(identity=known, body=bytes(raw)))
                last = known.event_id
        return EventPage(events=events, next_cursor=last if listed.has_more else None)
