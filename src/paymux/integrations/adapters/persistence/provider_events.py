"""Provider events in PostgreSQL."""

from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from paymux.integrations.adapters.persistence.rows import ProviderEventRow
from paymux.integrations.domain.provider_event import ProviderEvent, ProviderEventStatus
from paymux.integrations.ports.inbox import ProviderEventFilter
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId, ProviderEventId
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Scope
from paymux.platform.database.paging import fetch_page
from paymux.platform.database.unit_of_work import UnitOfWork


class SqlProviderEvents:
    """The events of one scope. They are inserted by the inbox alone."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope

    async def get(self, event_id: ProviderEventId) -> ProviderEvent:
        """Read the event; raises ThingIsNotFound."""
        return read(await self._row(event_id))

    async def lock(self, event_id: ProviderEventId) -> ProviderEvent:
        """Read the event and keep its row until the transaction ends."""
        return read(await self._row(event_id, lock=True))

    async def save(self, event: ProviderEvent) -> None:
        """Write a locked event back; what the provider sent never changes."""
        row = await self._row(event.id)
        row.status, row.reason, row.tries = event.status, event.reason, event.tries
        row.processed_at = event.processed_at
        await self._session.flush()

    async def list(self, which: ProviderEventFilter, page: PageRequest) -> Page[ProviderEvent]:
        """Read one page, newest first."""
        statement = select(ProviderEventRow).where(
            ProviderEventRow.tenant_id == self._scope.tenant_id,
            ProviderEventRow.mode == self._scope.mode,
        )
        if which.status is not None:
            statement = statement.where(ProviderEventRow.status == which.status)
        if which.connection_id is not None:
            statement = statement.where(ProviderEventRow.connection_id == which.connection_id)
        if which.event_type is not None:
            statement = statement.where(ProviderEventRow.event_type == which.event_type)
        return (await fetch_page(self._session, statement, ProviderEventRow, page)).map(read)

    async def count(self, status: ProviderEventStatus) -> int:
        """Count the events of a status."""
        counted = select(func.count()).where(
            ProviderEventRow.tenant_id == self._scope.tenant_id,
            ProviderEventRow.mode == self._scope.mode,
            ProviderEventRow.status == status,
        )
        return await self._session.scalar(counted) or 0

    async def known(
        self, connection_id: ConnectionId, event_ids: Collection[str]
    ) -> Collection[str]:
        """Return which of the provider's event ids are in the inbox."""
        statement = select(ProviderEventRow.event_id).where(
            ProviderEventRow.tenant_id == self._scope.tenant_id,
            ProviderEventRow.connection_id == connection_id,
            ProviderEventRow.event_id.in_(event_ids),
        )
        return frozenset(await self._session.scalars(statement))

    async def _row(self, event_id: ProviderEventId, *, lock: bool = False) -> ProviderEventRow:
        row = await self._session.get(
            ProviderEventRow,
            (self._scope.tenant_id, event_id),
            with_for_update=lock or None,
            populate_existing=lock,
        )
        if row is None or row.mode != self._scope.mode:
            kind = "provider event"
            raise ThingIsNotFound(kind, event_id)
        return row


class SqlInboxUnitOfWork(UnitOfWork):
    """One transaction over the inbox; rolls back unless committed."""

    provider_events: SqlProviderEvents

    def _open(self, session: AsyncSession, scope: Scope) -> None:
        self.provider_events = SqlProviderEvents(session, scope)


def read(row: ProviderEventRow) -> ProviderEvent:
    """Return the event that the row keeps."""
    return ProviderEvent(
        id=ProviderEventId(row.id),
        connection_id=ConnectionId(row.connection_id),
        provider=row.provider,
        event_id=row.event_id,
        fallback_identity=row.fallback_identity,
        event_type=row.event_type,
        body=row.body,
        received_at=row.received_at,
        status=ProviderEventStatus(row.status),
        reason=row.reason,
        tries=row.tries,
        occurred_at=row.occurred_at,
        processed_at=row.processed_at,
    )
