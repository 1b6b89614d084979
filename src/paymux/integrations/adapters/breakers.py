"""A breaker for each connection: a provider that fails is given time to recover."""

import random
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from paymux.kernel.ids import ConnectionId
from paymux.payments.ports.connectors import Outcome

_FAILURES_IN_A_ROW: Final = 5
_FIRST_REST_SECONDS: Final = 2.0
_LONGEST_REST_SECONDS: Final = 60.0
_MOST: Final = 10_000

_TECHNICAL: Final = frozenset({Outcome.NOT_SENT, Outcome.UNKNOWN})
"""What the provider is answerable for. That it declines, refuses or throttles shows it is up."""


@dataclass(slots=True)
class _State:
    failures: int = 0
    rest: float = _FIRST_REST_SECONDS
    closed_until: float | None = None


class Breakers:
    """Lives in one process: each finds out for itself, within a few calls.

    After five technical failures in a row no call is let through for a while; then one is,
    and its end decides. Every rest is longer than the last, up to a minute, with jitter.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._now = monotonic
        self._chance = chance
        self._states: OrderedDict[ConnectionId, _State] = OrderedDict()

    def allows(self, connection_id: ConnectionId) -> bool:
        """Tell whether to call; of many who ask after a rest, one is let through."""
        state = self._states.get(connection_id)
        if state is None or state.closed_until is None:
            return True
        now = self._now()
        if now < state.closed_until:
            return False
        state.closed_until = now + self._jittered(state.rest)
        return True

    def is_open(self, connection_id: ConnectionId) -> bool:
        """Tell whether the provider still rests; lets no call through."""
        state = self._states.get(connection_id)
        return (
            state is not None
            and state.closed_until is not None
            and (self._now() < state.closed_until)
        )

    def note(self, connection_id: ConnectionId, outcome: Outcome | None) -> None:
        """Take in how a call went; None is success."""
        if outcome not in _TECHNICAL:
            self._states.pop(connection_id, None)
            return
        state = self._states.setdefault(connection_id, _State())
        self._states.move_to_end(connection_id)
        while len(self._states) > _MOST:
            self._states.popitem(last=False)
        state.failures += 1
        if state.failures >= _FAILURES_IN_A_ROW:
            state.closed_until = self._now() + self._jittered(state.rest)
            state.rest = min(state.rest * 2, _LONGEST_REST_SECONDS)

    def _jittered(self, seconds: float) -> float:
        return seconds * (0.5 + self._chance() / 2)
