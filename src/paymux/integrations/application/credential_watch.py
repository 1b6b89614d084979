"""Whether providers still accept the credentials of connections in use."""

from logging import getLogger

from paymux.integrations.domain.connection import Attention
from paymux.integrations.ports.events import ConnectionEvent, ConnectionEventType
from paymux.integrations.ports.outbound import UnitsOfWork
from paymux.kernel.clock import Clock
from paymux.kernel.ids import ConnectionId, Ids
from paymux.kernel.scope import Scope

logger = getLogger(__name__)


class CredentialWatch:
    """Flags a connection whose credentials are refused, tells of it once, and clears the flag."""

    def __init__(self, *, units_of_work: UnitsOfWork, clock: Clock, ids: Ids) -> None:
        self._units_of_work = units_of_work
        self._clock = clock
        self._ids = ids

    async def refused(
        self, scope: Scope, connection_id: ConnectionId, code: str, message: str
    ) -> None:
        """Note that a person has to see to the connection; repeatable."""
        now = self._clock.now()
        async with self._units_of_work(scope) as work:
            connection = await work.connections.lock(connection_id)
            if not connection.ask_for_attention(Attention(now, code, message)):
                return
            await work.connections.save(connection)
            event = ConnectionEvent(
                type=ConnectionEventType.CREDENTIALS_REFUSED,
                connection_id=connection_id,
                provider=connection.provider,
                label=connection.label,
                reason_code=code,
                reason_message=message,
                occurred_at=now,
            )
            await work.events.add(self._ids.new("evt"), event)
            await work.commit()
        logger.warning(
            "A provider refuses the credentials of a connection.",
            extra={"connection_id": connection_id, "error_code": code},
        )

    async def accepted(self, scope: Scope, connection_id: ConnectionId) -> None:
        """Note that the credentials work; repeatable."""
        async with self._units_of_work(scope) as work:
            connection = await work.connections.lock(connection_id)
            if connection.has_been_seen_to():
                await work.connections.save(connection)
                await work.commit()
