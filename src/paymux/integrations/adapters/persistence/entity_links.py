"""Entity links in PostgreSQL."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from paymux.integrations.adapters.persistence.rows import EntityLinkRow
from paymux.integrations.ports.outbound import EntityLink
from paymux.kernel.ids import ConnectionId
from paymux.kernel.scope import Scope


class SqlEntityLinks:
    """The links of one tenant; a connection has one mode, so they need none of their own."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._tenant_id = scope.tenant_id

    async def find(
        self, connection_id: ConnectionId, entity_kind: str, entity_id: str
    ) -> EntityLink | None:
        """Return how the provider knows our thing, if it does."""
        row = await self._session.scalar(
            select(EntityLinkRow).where(
                EntityLinkRow.tenant_id == self._tenant_id,
                EntityLinkRow.connection_id == connection_id,
                EntityLinkRow.entity_kind == entity_kind,
                EntityLinkRow.entity_id == entity_id,
            )
        )
        return None if row is None else _from_row(row)

    async def add(self, link: EntityLink) -> None:
        """Store the link; one that is there already, on either side, wins silently."""
        await self._session.execute(
            insert(EntityLinkRow)
            .values(
                tenant_id=self._tenant_id,
                connection_id=link.connection_id,
                entity_kind=link.entity_kind,
                entity_id=link.entity_id,
                provider_reference=link.provider_reference,
                created_at=link.created_at,
            )
            .on_conflict_do_nothing()
        )


def _from_row(row: EntityLinkRow) -> EntityLink:
    return EntityLink(
        connection_id=ConnectionId(row.connection_id),
        entity_kind=row.entity_kind,
        entity_id=row.entity_id,
        provider_reference=row.provider_reference,
        created_at=row.created_at,
    )
