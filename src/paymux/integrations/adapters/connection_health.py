"""What calls show of a connection's credentials, as payments reports it."""

import math

from paymux.integrations.adapters.registry import ConnectorRegistry
from paymux.integrations.application.credential_watch import CredentialWatch
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.payments.ports.connectors import Failure


class WatchedConnections:
    """Answers payments' port; asks the database only when something seems to have changed."""

    def __init__(self, registry: ConnectorRegistry, watch: CredentialWatch) -> None:
        self._registry = registry
        self._watch = watch

    async def refused(self, scope: Scope, connection_id: ConnectionId, failure: Failure) -> None:
        """Flag the connection, unless it is flagged already."""
        if not await self._is_flagged(scope, connection_id):
            await self._watch.refused(scope, connection_id, failure.code, failure.message)

    async def accepted(self, scope: Scope, connection_id: ConnectionId) -> None:
        """Take the flag away, if there is one."""
        if await self._is_flagged(scope, connection_id):
            await self._watch.accepted(scope, connection_id)

    async def _is_flagged(self, scope: Scope, connection_id: ConnectionId) -> bool:
        # The call has just used the connector, so what was read for it is fresh enough.
        known = await self._registry.get(scope, connection_id, max_age=math.inf)
        return known.needs_attention
