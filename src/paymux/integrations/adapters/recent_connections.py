"""What was usable a moment ago, so that not every payment asks the database."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from paymux.kernel.scope import Scope
from paymux.payments.ports.plugins import UsableConnection

_FRESH_SECONDS: Final = 1.0
_MOST: Final = 10_000

_Read = Callable[[], Awaitable[Sequence[UsableConnection]]]


class RecentConnections:
    """Remembers each scope's usable connections for a second.

    So long may a change by another process take; one of this process counts at once.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now = monotonic
        self._known: dict[Scope, tuple[Sequence[UsableConnection], float]] = {}
        self._changes = 0

    async def get(self, scope: Scope, read: _Read) -> Sequence[UsableConnection]:
        """Return what is remembered, else what `read` returns."""
        found, until = self._known.get(scope, ((), 0.0))
        now = self._now()
        if now < until:
            return found
        changes = self._changes
        found = await read()
        if changes == self._changes:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[scope] = (found, now + _FRESH_SECONDS)
        return found

    def forget(self, scope: Scope) -> None:
        """Ask again about this scope; what is being read just now is not remembered."""
        self._changes += 1
        self._known.pop(scope, None)
