"""The tables of integrations."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from paymux.platform.database.rows import JsonObject, Row, TenantRow


class ConnectionRow(TenantRow):
    """A connection; a deleted one keeps its row, without secrets."""

    __tablename__ = "connections"
    __table_args__ = (
        CheckConstraint("mode IN ('test', 'live')", name="mode"),
        CheckConstraint("priority BETWEEN 0 AND 1000", name="priority"),
        CheckConstraint(
            "webhook_status IN ('pending', 'registered', 'manual', 'failed')",
            name="webhook_status",
        ),
        CheckConstraint("(deleted_at IS NULL) = (octet_length(sealed) > 0)", name="erased"),
        Index(
            "uq_connections_tenant_id_mode_label",
            "tenant_id",
            "mode",
            "label",
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
        # Webhooks and key rotation know the id before they know the tenant.
        Index("ix_connections_id", "id"),
    )

    mode: Mapped[str]
    provider: Mapped[str]
    label: Mapped[str]
    enabled: Mapped[bool]
    priority: Mapped[int]
    key_version: Mapped[str]
    sealed: Mapped[bytes]
    hints: Mapped[JsonObject]
    account_reference: Mapped[str | None]
    account_name: Mapped[str | None]
    account_country: Mapped[str | None]
    webhook_status: Mapped[str]
    webhook_url: Mapped[str]
    webhook_reference: Mapped[str | None]
    webhook_steps: Mapped[list[str]] = mapped_column(JSONB())
    webhook_reason: Mapped[str | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int]
    deleted_at: Mapped[datetime | None]
    attention_since: Mapped[datetime | None]
    attention_code: Mapped[str | None]
    attention_message: Mapped[str | None]


class EntityLinkRow(Row):
    """One of our things as a provider knows it over one connection."""

    __tablename__ = "entity_links"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["connections.tenant_id", "connections.id"],
            name="fk_entity_links_connections",
        ),
        UniqueConstraint(
            "tenant_id",
            "connection_id",
            "entity_kind",
            "provider_reference",
            name="uq_entity_links_provider_reference",
        ),
    )

    tenant_id: Mapped[str] = mapped_column(primary_key=True)
    connection_id: Mapped[str] = mapped_column(primary_key=True)
    entity_kind: Mapped[str] = mapped_column(primary_key=True)
    entity_id: Mapped[str] = mapped_column(primary_key=True)
    provider_reference: Mapped[str]
    created_at: Mapped[datetime]


class EventRecoveryRow(TenantRow):
    """How far the events of a connection are known; `id` is the connection's."""

    __tablename__ = "event_recoveries"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "id"],
            ["connections.tenant_id", "connections.id"],
            name="fk_event_recoveries_connections",
        ),
    )

    watermark: Mapped[datetime]
    due_at: Mapped[datetime]


class ProviderEventRow(TenantRow):
    """One raw, verified inbound webhook."""

    __tablename__ = "provider_events"
    __table_args__ = (
        CheckConstraint("mode IN ('test', 'live')", name="mode"),
        CheckConstraint("status IN ('received', 'processed', 'ignored', 'parked')", name="status"),
        UniqueConstraint("tenant_id", "connection_id", "event_id"),
        UniqueConstraint("tenant_id", "connection_id", "fallback_identity"),
        Index("ix_provider_events_tenant_id_mode_id", "tenant_id", "mode", "id"),
        Index("ix_provider_events_tenant_id_mode_status_id", "tenant_id", "mode", "status", "id"),
    )

    mode: Mapped[str]
    connection_id: Mapped[str]
    provider: Mapped[str]
    event_id: Mapped[str]
    fallback_identity: Mapped[str]
    event_type: Mapped[str]
    body: Mapped[bytes]
    status: Mapped[str]
    reason: Mapped[str | None]
    tries: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    occurred_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    processed_at: Mapped[datetime | None]
