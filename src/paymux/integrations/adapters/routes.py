"""The way from a webhook's URL to the connector that verifies it."""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, TypeVar

from paymux.integrations.adapters.registry import ConnectorRegistry
from paymux.integrations.ports.outbound import ConnectionLookup
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.ports.connectors import Connector

ROUTE_SECONDS: Final = 5.0
REFRESH_SECONDS: Final = 1.0
_CAPACITY: Final = 10_000

V = TypeVar("V")

Route = tuple[Scope, Connector]


class ConnectionRoutes:
    """Finds connections by what a provider's delivery names; disabled ones included.

    Whose a connection is never changes, so it is remembered; that there is none is remembered
    only briefly. Both memories are bounded: anybody may send any id.
    """

    def __init__(
        self,
        lookup: ConnectionLookup,
        registry: ConnectorRegistry,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lookup = lookup
        self._registry = registry
        self._now = monotonic
        self._scopes: OrderedDict[ConnectionId, Scope] = OrderedDict()
        self._absent: OrderedDict[ConnectionId, float] = OrderedDict()

    async def find(self, provider: str, connection_id: ConnectionId) -> Route | None:
        """Return the route as it was at most five seconds ago; None for none of the provider."""
        return await self._route(provider, connection_id, ROUTE_SECONDS)

    async def refresh(self, provider: str, connection_id: ConnectionId) -> Route | None:
        """Return the route as it was at most a second ago: its verifiers may be newer."""
        return await self._route(provider, connection_id, REFRESH_SECONDS)

    async def _route(
        self, provider: str, connection_id: ConnectionId, max_age: float
    ) -> Route | None:
        scope = self._scopes.get(connection_id) or await self._find(connection_id)
        if scope is None:
            return None
        try:
            found = await self._registry.get(scope, connection_id, max_age)
        except ThingIsNotFound:
            self._scopes.pop(connection_id, None)
            return None
        return (scope, found.connector) if found.provider == provider else None

    async def _find(self, connection_id: ConnectionId) -> Scope | None:
        known_at = self._absent.get(connection_id)
        if known_at is not None and self._now() - known_at <= REFRESH_SECONDS:
            return None
        scope = await self._lookup.find(connection_id)
        if scope is None:
            _remember(self._absent, connection_id, self._now())
        else:
            _remember(self._scopes, connection_id, scope)
        return scope


def _remember(memory: OrderedDict[ConnectionId, V], connection_id: ConnectionId, what: V) -> None:
    memory[connection_id] = what
    memory.move_to_end(connection_id)
    if len(memory) > _CAPACITY:
        memory.popitem(last=False)
