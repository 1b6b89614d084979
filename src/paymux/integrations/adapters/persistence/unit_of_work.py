"""The transaction of integrations."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from paymux.integrations.adapters.persistence.connections import SqlConnections
from paymux.integrations.adapters.persistence.entity_links import SqlEntityLinks
from paymux.integrations.adapters.persistence.events import SqlEvents
from paymux.integrations.ports.outbound import EntityLinks, Events, StoredConnections
from paymux.kernel.scope import Scope
from paymux.payments.ports.plugins import UsableConnection
from paymux.platform.database.unit_of_work import UnitOfWork
from paymux.platform.recent import Recent


class SqlUnitOfWork(UnitOfWork):
    """One transaction over connections, entity links and what is told of them."""

    connections: StoredConnections
    entity_links: EntityLinks
    events: Events

    def __init__(
        self,
        engine: AsyncEngine,
        scope: Scope,
        recent: Recent[Scope, Sequence[UsableConnection]] | None = None,
    ) -> None:
        super().__init__(engine, scope)
        self._recent = recent
        self._stored: SqlConnections | None = None

    async def commit(self) -> None:
        """Make it durable; changed connections count in this process at once."""
        await super().commit()
        if self._recent is not None and self._stored is not None and self._stored.have_changed:
            self._recent.forget(self.scope)

    def _open(self, session: AsyncSession, scope: Scope) -> None:
        self.connections = self._stored = SqlConnections(session, scope)
        self.entity_links = SqlEntityLinks(session, scope)
        self.events = SqlEvents(session, scope)
