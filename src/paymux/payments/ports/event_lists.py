"""The provider port of events that never reached us."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

import msgspec

from paymux.payments.ports.connectors import Failure
from paymux.payments.ports.webhooks import VerifiedWebhook


class ListedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event as the provider keeps it: its identity, and a body `translate_webhook` takes."""

    identity: VerifiedWebhook
    body: bytes


class EventPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some events, oldest or newest first; `next_cursor` is None on the last page."""

    events: Sequence[ListedEvent]
    next_cursor: str | None = None


@runtime_checkable
class ListsEvents(Protocol):
    """Its provider keeps the events it has sent, or failed to send."""

    async def list_events(
        self, since: datetime, until: datetime, cursor: str | None
    ) -> EventPage | Failure:
        """Return one page of the events that happened in that time and that we translate."""
        ...
