"""Connections in PostgreSQL."""

from collections.abc import Sequence

from sqlalchemy import Select, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from paymux.integrations.adapters.persistence.rows import ConnectionRow
from paymux.integrations.domain.account import Account
from paymux.integrations.domain.connection import (
    Attention,
    Connection,
    ConnectionWasChanged,
    LabelIsTaken,
    Sealed,
    Webhook,
    WebhookStatus,
)
from paymux.integrations.ports.outbound import ConnectionFilter
from paymux.kernel.errors import ThingIsNotFound
from paymux.kernel.ids import ConnectionId, TenantId, has_id_shape
from paymux.kernel.pages import Page, PageRequest
from paymux.kernel.scope import Mode, Scope
from paymux.platform.database.paging import fetch_page

_LABEL_INDEX = "uq_connections_tenant_id_mode_label"


class SqlConnections:
    """The connections of one scope that are not deleted."""

    def __init__(self, session: AsyncSession, scope: Scope) -> None:
        self._session = session
        self._scope = scope
        self.have_changed = False

    async def add(self, connection: Connection) -> None:
        """Store a new connection; raises LabelIsTaken."""
        self.have_changed = True
        self._session.add(to_row(self._scope.tenant_id, connection))
        try:
            await self._session.flush()
        except IntegrityError as error:
            raise _refusal(error, connection) from error

    async def get(self, connection_id: ConnectionId) -> Connection:
        """Return the connection; raises ThingIsNotFound."""
        return await self._one(connection_id, self._mine())

    async def lock(self, connection_id: ConnectionId) -> Connection:
        """Return the connection with its row locked until the transaction ends."""
        return await self._one(connection_id, self._mine().with_for_update())

    async def save(self, connection: Connection) -> None:
        """Store the changes; raises LabelIsTaken, and ConnectionWasChanged for a stale one."""
        self.have_changed = True
        read = connection.version
        connection.version = read + 1
        row = to_row(self._scope.tenant_id, connection)
        changed = {name: getattr(row, name) for name in _CHANGEABLE}
        try:
            stored = await self._session.execute(
                update(ConnectionRow)
                .where(
                    ConnectionRow.tenant_id == self._scope.tenant_id,
                    ConnectionRow.id == connection.id,
                    ConnectionRow.mode == self._scope.mode,
                    ConnectionRow.version == read,
                )
                .values(changed)
                .returning(ConnectionRow.id)
                .execution_options(synchronize_session=False)
            )
        except IntegrityError as error:
            raise _refusal(error, connection) from error
        if stored.scalar_one_or_none() is None:
            raise ConnectionWasChanged(connection.id)

    async def enabled(self) -> Sequence[Connection]:
        """Return the enabled connections, highest priority first, then oldest first."""
        query = (
            self._mine()
            .where(ConnectionRow.enabled)
            .order_by(ConnectionRow.priority.desc(), ConnectionRow.id)
        )
        return [from_row(row) for row in await self._session.scalars(query)]

    async def list(self, which: ConnectionFilter, page: PageRequest) -> Page[Connection]:
        """Return connections, newest first."""
        query = self._mine()
        if which.provider is not None:
            query = query.where(ConnectionRow.provider == which.provider)
        if which.enabled is not None:
            query = query.where(ConnectionRow.enabled == which.enabled)
        found = await fetch_page(self._session, query, ConnectionRow, page)
        return found.map(from_row)

    def _mine(self) -> Select[ConnectionRow]:
        return select(ConnectionRow).where(
            ConnectionRow.tenant_id == self._scope.tenant_id,
            ConnectionRow.mode == self._scope.mode,
            ConnectionRow.deleted_at.is_(None),
        )

    async def _one(self, connection_id: ConnectionId, query: Select[ConnectionRow]) -> Connection:
        row = None
        if has_id_shape(connection_id):
            row = await self._session.scalar(
                query.where(ConnectionRow.id == connection_id),
                execution_options={"populate_existing": True},
            )
        if row is None:
            kind = "connection"
            raise ThingIsNotFound(kind, connection_id)
        return from_row(row)


_CHANGEABLE = frozenset(ConnectionRow.__table__.columns.keys()) - {
    "tenant_id",
    "id",
    "mode",
    "provider",
    "created_at",
}


def _refusal(error: IntegrityError, connection: Connection) -> Exception:
    return LabelIsTaken(connection.label) if _LABEL_INDEX in str(error.orig) else error


def to_row(tenant_id: TenantId, connection: Connection) -> ConnectionRow:
    """Return the connection as it is stored."""
    attention = connection.attention
    return ConnectionRow(
        tenant_id=tenant_id,
        id=connection.id,
        mode=connection.mode,
        provider=connection.provider,
        label=connection.label,
        enabled=connection.enabled,
        priority=connection.priority,
        key_version=connection.sealed.key_version,
        sealed=connection.sealed.blob,
        hints=dict(connection.hints),
        account_reference=connection.account.reference,
        account_name=connection.account.name,
        account_country=connection.account.country,
        webhook_status=connection.webhook.status,
        webhook_url=connection.webhook.url,
        webhook_reference=connection.webhook.provider_reference,
        webhook_steps=list(connection.webhook.steps),
        webhook_reason=connection.webhook.reason,
        created_at=connection.created_at,
        updated_at=connection.updated_at,
        version=connection.version,
        deleted_at=connection.deleted_at,
        attention_since=attention and attention.since,
        attention_code=attention and attention.code,
        attention_message=attention and attention.message,
    )


def from_row(row: ConnectionRow) -> Connection:
    """Return the connection that is stored."""
    return Connection(
        id=ConnectionId(row.id),
        provider=row.provider,
        label=row.label,
        mode=Mode(row.mode),
        enabled=row.enabled,
        priority=row.priority,
        sealed=Sealed(row.key_version, row.sealed),
        hints={name: str(hint) for name, hint in row.hints.items()},
        account=Account(
            reference=row.account_reference,
            name=row.account_name,
            country=row.account_country,
        ),
        webhook=Webhook(
            status=WebhookStatus(row.webhook_status),
            url=row.webhook_url,
            provider_reference=row.webhook_reference,
            steps=tuple(row.webhook_steps),
            reason=row.webhook_reason,
        ),
        created_at=row.created_at,
        updated_at=row.updated_at,
        version=row.version,
        deleted_at=row.deleted_at,
        attention=_attention(row),
    )


def _attention(row: ConnectionRow) -> Attention | None:
    if row.attention_since is None:
        return None
    return Attention(row.attention_since, row.attention_code or "", row.attention_message or "")
