"""The places where a process may die: around each commit and each call of a provider.

A process that is killed runs nothing more. Here a `Killed`, which no handler catches, ends what
runs at the boundary that was chosen; boundaries are found by counting, so a new one is tried as
soon as it exists.
"""

import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import isclass, iscoroutine
from typing import ParamSpec, TypeVar

from paymux.integrations.adapters.inbox import Inbox
from paymux.payments.application import provider_calls

P = ParamSpec("P")
R = TypeVar("R")

Between = Callable[[str], Awaitable[None]]


class Killed(BaseException):
    """The process is gone."""


class Boundaries:
    """Counts the boundaries that are passed, and lets the process die at one of them.

    `between`: what somebody else does at the boundary instead, while this process goes on.
    """

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.seen: Counter[str] = Counter()
        self._die_at = 0
        self._between: Between | None = None

    def begin(self, chosen: int = 0, between: Between | None = None) -> None:
        self.passed, self._die_at, self._between = [], chosen, between

    async def pass_by(self, name: str) -> None:
        self.passed.append(name)
        self.seen[name] += 1
        if len(self.passed) != self._die_at:
            return
        self._die_at = 0
        if self._between is None:
            raise Killed(name)
        await self._between(name)

    def around(self, name: str, call: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        @wraps(call)
        async def counted(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                await self.pass_by(f"before {name}")
            except BaseException:
                for given in args:
                    if iscoroutine(given):
                        given.close()
                raise
            result = await call(*args, **kwargs)
            await self.pass_by(f"after {name}")
            return result

        return counted

    @contextmanager
    def watched(self) -> Iterator["Boundaries"]:
        """Watch every unit of work, every call of a connector, and the inbox, while inside."""
        places: list[tuple[object, str, str]] = [
            *((kind, "commit", "commit") for kind in _units_of_work()),
            (Inbox, "put", "commit of an event"),
        ]
        places.append((provider_calls, "_answered", "provider call"))
        kept = [(owner, attribute, getattr(owner, attribute)) for owner, attribute, _ in places]
        for owner, attribute, name in places:
            setattr(owner, attribute, self.around(name, getattr(owner, attribute)))
        try:
            yield self
        finally:
            for owner, attribute, original in kept:
                setattr(owner, attribute, original)


def _units_of_work() -> list[type]:
    """Every class with a commit of its own, however the transaction is made."""
    found = {
        each
        for name, module in sys.modules.items()
        if name.startswith("paymux.")
        for each in vars(module).values()
        if isclass(each) and "commit" in vars(each) and "__aenter__" in dir(each)
    }
    ours = [each for each in found if each.__module__.startswith("paymux.platform.")]
    assert ours, "nothing commits"
    return sorted(ours, key=lambda each: each.__qualname__)
