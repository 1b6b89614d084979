"""One raw, verified inbound webhook, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from paymux.kernel.ids import ConnectionId, ProviderEventId


class ProviderEventStatus(StrEnum):
    """Where an event stands. `parked`: tried in vain, kept for an operator."""

    RECEIVED = "received"
    PROCESSED = "processed"
    IGNORED = "ignored"
    PARKED = "parked"


@dataclass(slots=True, eq=False, kw_only=True)
class ProviderEvent:
    """An event as the provider sent it; `body` is the raw bytes it signed."""

    id: ProviderEventId
    connection_id: ConnectionId
    provider: str
    event_id: str
    fallback_identity: str
    event_type: str
    body: bytes
    received_at: datetime
    status: ProviderEventStatus = ProviderEventStatus.RECEIVED
    reason: str | None = None
    tries: int = 0
    occurred_at: datetime | None = None
    processed_at: datetime | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to be processed."""
        return self.status is ProviderEventStatus.RECEIVED

    def finish(self, status: ProviderEventStatus, reason: str | None, now: datetime) -> None:
        """Note what came of it."""
        self.status, self.reason, self.processed_at = status, reason, now

    def fail(self, reason: str, most_tries: int, now: datetime) -> None:
        """Note a try in vain; after the last one it is parked, never dropped."""
        self.tries += 1
        self.reason = reason
        if self.tries >= most_tries:
            self.finish(ProviderEventStatus.PARKED, reason, now)

    def reset(self) -> None:
        """Have it processed once more, from the start."""
        self.status, self.reason, self.tries = ProviderEventStatus.RECEIVED, None, 0
        self.processed_at = None
