"""The sandbox's own clock: it can be put forward, so that expiry needs no waiting."""

import time
from datetime import UTC, datetime


class Clock:
    """Wall time plus the seconds it was put forward by."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        """Seconds since the epoch, with fraction."""
        return time.time() + self.offset

    def epoch(self) -> int:
        """Whole seconds since the epoch."""
        return int(self.now())

    def advance(self, seconds: float) -> None:
        """Put the clock forward."""
        self.offset += seconds

    def iso(self) -> str:
        """RFC 3339 to the second, in UTC, as PayPal writes times."""
        return datetime.fromtimestamp(self.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
