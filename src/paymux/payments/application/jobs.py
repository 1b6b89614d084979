"""The names of the jobs that payments leaves behind, and when they are due."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

CHECK: Final = "payments.check"
"""About an attempt: resolve it, or ask the provider what became of it; `detail.round`."""
COMPLETE: Final = "payments.complete"
"""About an attempt whose payer has approved: take the money."""
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
