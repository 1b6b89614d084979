"""The names of the jobs that payments leaves behind, and when they are due."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

CHECK: Final = "payments.check"
"""About an attempt: resolve it, or ask the provider what became of it; `detail.round`."""
VERIFY: Final = "payments.verify"
"""About an attempt whose call was not answered: find out now; the checks go on by themselves."""
COMPLETE: Final = "payments.complete"
"""About an attempt whose payer has approved: take the money."""
CLOSE: Final = "payments.close"
"""About a superseded attempt: close its page at the provider, once that answers."""
GIVE_BACK: Final = "payments.give_back"
"""About an attempt that took money which another had taken already."""
RELEASE: Final = "captures.release"
"""About an attempt that holds money which another has taken or holds already."""
TAKE: Final = "captures.take"
"""About an attempt that holds money which was to be taken at once: take it; `detail.round`."""
CHECK_CAPTURE: Final = "captures.check"
"""About a capture or void: resolve it, or ask what became of the money; `detail.round`."""
CHECK_REFUND: Final = "refunds.check"
"""About a refund: resolve it, or ask the provider what became of it; `detail.round`."""
FORGET_METHOD: Final = "payment_methods.forget"
"""About a revoked method: have its provider delete it."""
CHECK_RESPONSE: Final = "disputes.check_response"
"""About a response to a dispute: resolve it, or ask what became of it; `detail.round`."""
WATCH_DISPUTE: Final = "disputes.watch"
"""About a dispute: see how it stands, once a day until it has ended."""
REMIND: Final = "disputes.remind"
"""About a dispute: say that its response is due soon; `detail.due`, in seconds since 1970."""
EXPIRE: Final = "payments.expire"
"""About a payment whose time has come."""


_JITTER: Final = 0.2


@dataclass(frozen=True, slots=True)
class Schedule:
    """When an attempt is checked: first after `first`, then after each of `rounds`.

    Every wait is up to a fifth shorter or longer, so that what an outage left behind does not
    come back all at once. `chance`: evenly between 0 and 1.
    """

    first: timedelta
    rounds: tuple[timedelta, ...]
    chance: Callable[[], float] = lambda: 0.5

    def begin(self) -> timedelta:
        """Return how long to wait before the first round."""
        return self._jittered(self.first)

    def next(self, done: int) -> timedelta:
        """Return how long to wait after round number `done`; the last wait repeats."""
        return self._jittered(self.rounds[min(done, len(self.rounds) - 1)])

    def _jittered(self, wait: timedelta) -> timedelta:
        return wait * (1 + _JITTER * (2 * self.chance() - 1))

    def is_used_up(self, done: int) -> bool:
        """Whether every planned round has been made."""
        return done >= len(self.rounds)
