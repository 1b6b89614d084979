"""What was read a moment ago, so that not every request asks the database."""

import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Final, Generic, TypeVar

_FRESH_SECONDS: Final = 1.0
_MOST: Final = 10_000

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Recent(Generic[K, V]):
    """Remembers for a second what was read.

    So long may a change by another process take; one of this process counts at once, if it
    says `forget` after its commit.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._now = monotonic
        self._known: dict[K, tuple[V, float]] = {}
        self._changes = 0

    async def get(self, key: K, read: Callable[[], Awaitable[V]]) -> V:
        """Return what is remembered, else what `read` returns."""
        now = self._now()
        known = self._known.get(key)
        if known is not None and now < known[1]:
            return known[0]
        changes = self._changes
        found = await read()
        if changes == self._changes:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[key] = (found, now + _FRESH_SECONDS)
        return found

    def forget(self, key: K) -> None:
        """Read anew the next time; what is being read just now is not remembered."""
        self._changes += 1
        self._known.pop(key, None)
