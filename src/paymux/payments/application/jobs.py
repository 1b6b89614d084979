"""The names of the jobs that payments leaves behind, and when they are due."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

CHECK: Final = "payments.check"
"""About an attempt: resolve it, or ask the provider what became of it; `detail.round`."""
COMPLETE: Final = "payments.complete"
"""About an attempt whose payer has approved: take the money."""
CLOSE: Final = "payments.close"
"""About a superseded attempt: close its page at the provider, once that answers."""
GIVE_BACK: Final = "payments.give_back"
"""About an attempt that took money which another had taken already."""
RELEASE: Final = "captures.release"
"""About an attempt that holds money which another has taken or holds already."""
CHECK_CAPTURE: Final = "captures.check"
"""About a capture or void: resolve it, or ask what became of the money; `detail.round`."""
CHECK_REFUND: Final = "refunds.check"
"""About a refund: resolve it, or ask the provider what became of it; `detail.round`."""
EXPIRE: Final = "payments.expire"
"""About a payment whose time has come."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """When an attempt is checked: first after `first`, then after each of `rounds`."""

    first: timedelta
    rounds: tuple[timedelta, ...]

    def next(self, done: int) -> timedelta:
        """Return how long to wait after round number `done`; the last wait repeats."""
        return self.rounds[min(done, len(self.rounds) - 1)]

    def is_used_up(self, done: int) -> bool:
        """Whether every planned round has been made."""
        return done >= len(self.rounds)
