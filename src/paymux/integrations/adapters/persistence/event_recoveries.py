"""How far the events of each connection are known, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from paymux.integrations.adapters.persistence.connection_lookup import SqlConnectionLookup
from paymux.integrations.adapters.persistence.connections import SqlConnections
from paymux.integrations.adapters.persistence.provider_events import SqlProviderEvents
from paymux.integrations.adapters.persistence.rows import EventRecoveryRow
from paymux.integrations.domain.event_recovery import EventRecovery
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope
from paymux.platform.database.engine import lookup
from paymux.platform.database.unit_of_work import UnitOfWork

_DUE: Final = text("SELECT id FROM connections_due_for_recovery(:now, :first_after, :most)")


class SqlEventRecoveries:
    """Those of the connections of one scope."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._tenant_id = scope.tenant_id
        self._connections = SqlConnections(session, scope)

    async def lock(self, connection_id: ConnectionId) -> EventRecovery:
        """Return it with its row locked; a new one begins with its connection, and is due."""
        row = await self._locked(connection_id)
        if row is None:
            connection = await self._connections.get(connection_id)
            began = connection.created_at
            await self._session.execute(
                insert(EventRecoveryRow)
                .values(tenant_id=self._tenant_id, id=connection_id, watermark=began, due_at=began)
                .on_conflict_do_nothing()
            )
            row = await self._locked(connection_id)
        if row is None:
            kind = "connection"
            raise ThingIsNotFound(kind, connection_id)
        return EventRecovery(
            connection_id=connection_id, watermark=row.watermark, due_at=row.due_at
        )

    async def save(self, recovery: EventRecovery) -> None:
        """Store the changes of a locked one."""
        row = await self._locked(recovery.connection_id)
        if row is not None:
            row.watermark, row.due_at = recovery.watermark, recovery.due_at
            await self._session.flush()

    async def _locked(self, connection_id: ConnectionId) -> EventRecoveryRow | None:
        statement = select(EventRecoveryRow).where(
            EventRecoveryRow.tenant_id == self._tenant_id, EventRecoveryRow.id == connection_id
        )
        return await self._session.scalar(
            statement.with_for_update(), execution_options={"populate_existing": True}
        )


class SqlRecoveryUnitOfWork(UnitOfWork):
    """One transaction over recoveries, with a view of the inbox."""

    recoveries: SqlEventRecoveries
    provider_events: SqlProviderEvents

    def _open(self, session: AsyncSession, scope: Scope) -> None:
        self.recoveries = SqlEventRecoveries(session, scope)
        self.provider_events = SqlProviderEvents(session, scope)


class SqlDueRecoveries:
    """Goes through a function that returns a tenant and an id, and nothing else."""

    def __init__(self, engine: AsyncEngine, lookup_of: SqlConnectionLookup) -> None:
        self._engine = engine
        self._lookup = lookup_of

    async def due(
        self, now: datetime, first_after: timedelta, limit: int
    ) -> Sequence[tuple[Scope, ConnectionId]]:
        """Return those that are due, longest first."""
        values = {"now": now, "first_after": first_after, "most": limit}
        async with lookup(self._engine) as connection:
            found = [ConnectionId(one) for one in await connection.scalars(_DUE, values)]
        scopes = [(await self._lookup.find(one), one) for one in found]
        return [(scope, one) for scope, one in scopes if scope is not None]
