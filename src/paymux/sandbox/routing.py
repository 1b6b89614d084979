"""A small route table: which operation a method and a path mean."""

from collections.abc import Callable

import msgspec

from paymux.sandbox.accounts import Account
from paymux.sandbox.wire import Reply, Request


class Call(msgspec.Struct):
    """One authenticated request on its way to an operation."""

    request: Request
    account: Account
    operation: str
    arguments: dict[str, str]


Handler = Callable[[Call], Reply]


class Route(msgspec.Struct, frozen=True):
    """`public` operations are reached without API credentials (token and certificates)."""

    method: str
    pattern: str
    operation: str
    handler: Handler
    public: bool = False


class Routes:
    """Finds the route of a request by exact path, else by path segments."""

    def __init__(self, routes: list[Route]) -> None:
        self._exact = {(r.method, r.pattern): r for r in routes if "{" not in r.pattern}
        self._patterns = [(r.pattern.split("/"), r) for r in routes if "{" in r.pattern]
        self.operations = [r.operation for r in routes]

    def match(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """The route and its path arguments, or nothing."""
        exact = self._exact.get((method, path))
        if exact is not None:
            return exact, {}
        segments = path.split("/")
        for pattern, route in self._patterns:
            arguments = _arguments(pattern, segments) if route.method == method else None
            if arguments is not None:
                return route, arguments
        return None


def _arguments(pattern: list[str], segments: list[str]) -> dict[str, str] | None:
    if len(pattern) != len(segments):
        return None
    found: dict[str, str] = {}
    for expected, given in zip(pattern, segments, strict=True):
        if expected.startswith("{") and given:
            found[expected[1:-1]] = given
        elif expected != given:
            return None
    return found
