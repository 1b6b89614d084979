"""Our own facts in PostgreSQL."""

import json

import msgspec
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from paymux.integrations.ports.events import ConnectionEvent
from paymux.kernel.scope import Scope
from paymux.platform.database.events import EventRow


class SqlEvents:
    """The facts of one tenant."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    async def add(self, event_id: str, event: ConnectionEvent) -> None:
        """Insert the fact. A connection may have the same one again, at another time."""
        statement = insert(EventRow).values(
            tenant_id=self._scope.tenant_id,
            id=event_id,
            mode=self._scope.mode,
            type=event.type,
            subject_id=f"{event.connection_id} {event.occurred_at.isoformat()}",
            data=json.loads(msgspec.json.encode(event)),
            occurred_at=event.occurred_at,
        )
        await self._session.execute(statement)
