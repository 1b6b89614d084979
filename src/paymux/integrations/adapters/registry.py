"""The one cache of connectors."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from paymux.integrations.adapters.breakage import close_quietly
from paymux.integrations.adapters.factory import ConnectorFactory
from paymux.integrations.domain.connection import Connection, Sealed
from paymux.integrations.ports.outbound import Access, UnitsOfWork, Vault
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.ports.connectors import Connector

FRESH_SECONDS: Final = 1.0
"""How long a connector is used without asking the database whether it still is the right one."""

_Key = tuple[Scope, ConnectionId]


@dataclass(slots=True)
class Registered:
    """A connector in use, and what it was made from and when that was last seen to hold.

    `needs_attention`: the credentials were refused, when last seen.
    """

    provider: str
    sealed: Sealed
    connector: Connector
    checked_at: float
    needs_attention: bool = False


class ConnectorRegistry:
    """Connectors by connection, remade when its sealed secrets change.

    The least recently used ones are dropped when there are too many. A dropped connector is
    closed only after `grace` seconds, when no call of it can still be in flight. Many callers
    at once cause one read and one build. Belongs to one event loop.
    """

    def __init__(
        self,
        factory: ConnectorFactory,
        units_of_work: UnitsOfWork,
        vault: Vault,
        *,
        capacity: int = 1000,
        grace: float = 90.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._factory = factory
        self._units_of_work = units_of_work
        self._vault = vault
        self._capacity = capacity
        self._grace = grace
        self._now = monotonic
        self._entries: OrderedDict[_Key, Registered] = OrderedDict()
        self._checks: dict[_Key, asyncio.Task[Registered]] = {}
        self._closing: dict[asyncio.Task[None], Connector] = {}

    async def get(
        self, scope: Scope, connection_id: ConnectionId, max_age: float = FRESH_SECONDS
    ) -> Registered:
        """Return the connector, known to be the right one at most `max_age` seconds ago.

        Raises ThingIsNotFound for a connection that is gone, and what opening its secrets or
        building its connector raises.
        """
        key = (scope, connection_id)
        entry = self._entries.get(key)
        if entry is not None and self._now() - entry.checked_at <= max_age:
            self._entries.move_to_end(key)
            return entry
        check = self._checks.get(key)
        if check is None:
            check = self._checks[key] = asyncio.create_task(self._check(key))
            check.add_done_callback(lambda done: self._checked(key, done))
        return await asyncio.shield(check)

    async def close(self) -> None:
        """Close every connector now."""
        for check in self._checks.values():
            check.cancel()
        for closing in self._closing:
            closing.cancel()
        left = [*self._closing.values(), *(entry.connector for entry in self._entries.values())]
        self._entries.clear()
        self._closing.clear()
        await asyncio.gather(*(close_quietly(connector) for connector in left))

    async def _check(self, key: _Key) -> Registered:
        scope, connection_id = key
        started = self._now()
        try:
            async with self._units_of_work(scope) as work:
                connection = await work.connections.get(connection_id)
        except ThingIsNotFound:
            self._retire(self._entries.pop(key, None))
            raise
        entry = self._entries.get(key)
        if entry is not None and entry.sealed == connection.sealed:
            entry.checked_at = started
        else:
            entry = self._registered(scope, connection, started)
            self._retire(self._entries.pop(key, None))
            self._entries[key] = entry
        entry.needs_attention = connection.attention is not None
        self._entries.move_to_end(key)
        while len(self._entries) > self._capacity:
            self._retire(self._entries.popitem(last=False)[1])
        return entry

    def _checked(self, key: _Key, done: asyncio.Task[Registered]) -> None:
        self._checks.pop(key, None)
        if not done.cancelled():
            done.exception()  # whoever still waits has it; nobody waiting is no news

    def _registered(self, scope: Scope, connection: Connection, now: float) -> Registered:
        secrets = self._vault.open(scope.tenant_id, connection.id, connection.sealed)
        access = Access(connection.id, connection.provider, connection.mode, secrets)
        connector = self._factory.build(access)
        return Registered(connection.provider, connection.sealed, connector, now)

    def _retire(self, entry: Registered | None) -> None:
        if entry is None:
            return
        task = asyncio.create_task(self._close_later(entry.connector))
        self._closing[task] = entry.connector
        task.add_done_callback(lambda done: self._closing.pop(done, None))

    async def _close_later(self, connector: Connector) -> None:
        await asyncio.sleep(self._grace)
        await close_quietly(connector)
