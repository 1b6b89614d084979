"""How far the events of a connection are known to have reached us."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from paymux.kernel.ids import ConnectionId

_KEPT: Final = timedelta(days=29)
"""Providers keep their events for 30 days; one of ours is for clocks that differ."""

OVERLAP: Final = timedelta(minutes=15)
"""Events may be listed late; so much of what was read before is read again."""


@dataclass(slots=True, eq=False, kw_only=True)
class EventRecovery:
    """`watermark`: all that happened before is in the inbox. `due_at`: when to look again."""

    connection_id: ConnectionId
    watermark: datetime
    due_at: datetime

    def since(self, now: datetime) -> datetime:
        """Return from when on events may be missing."""
        return max(self.watermark - OVERLAP, now - _KEPT)

    def reach(self, moment: datetime) -> None:
        """Note that everything up to a moment is known; nothing leads back."""
        self.watermark = max(self.watermark, moment)
