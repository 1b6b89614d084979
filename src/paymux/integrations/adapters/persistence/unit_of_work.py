"""The transaction of integrations."""

from sqlalchemy.ext.asyncio import AsyncSession

from paymux.integrations.adapters.persistence.connections import SqlConnections
from paymux.integrations.adapters.persistence.entity_links import SqlEntityLinks
from paymux.integrations.ports.outbound import EntityLinks, StoredConnections
from paymux.kernel.scope import Scope
from paymux.platform.database.unit_of_work import UnitOfWork


class SqlUnitOfWork(UnitOfWork):
    """One transaction over connections and entity links."""

    connections: StoredConnections
    entity_links: EntityLinks

    def _open(self, session: AsyncSession, scope: Scope) -> None:
        self.connections = SqlConnections(session, scope)
        self.entity_links = SqlEntityLinks(session, scope)
