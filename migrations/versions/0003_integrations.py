"""Connections, what providers call our things, and the inbox of provider events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from paymux.platform.database.tenant_tables import let_look_up, protect

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_connections()
    _create_entity_links()
    _create_provider_events()


def downgrade() -> None:
    op.execute("DROP FUNCTION connections_not_sealed_with(text, text, integer)")
    op.execute("DROP FUNCTION find_connection(text)")
    op.drop_table("provider_events")
    op.drop_table("entity_links")
    op.drop_table("connections")


def _create_connections() -> None:
    op.create_table(
        "connections",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("key_version", sa.Text(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("hints", JSONB(), nullable=False),
        sa.Column("account_reference", sa.Text()),
        sa.Column("account_name", sa.Text()),
        sa.Column("account_country", sa.Text()),
        sa.Column("webhook_status", sa.Text(), nullable=False),
        sa.Column("webhook_url", sa.Text(), nullable=False),
        sa.Column("webhook_reference", sa.Text()),
        sa.Column("webhook_steps", JSONB(), nullable=False),
        sa.Column("webhook_reason", sa.Text()),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("deleted_at", _TIME),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_connections"),
        sa.CheckConstraint("mode IN ('test', 'live')", name=op.f("ck_connections_mode")),
        sa.CheckConstraint("priority BETWEEN 0 AND 1000", name=op.f("ck_connections_priority")),
        sa.CheckConstraint(
            "webhook_status IN ('pending', 'registered', 'manual', 'failed')",
            name=op.f("ck_connections_webhook_status"),
        ),
        sa.CheckConstraint(
            "(deleted_at IS NULL) = (octet_length(sealed) > 0)", name=op.f("ck_connections_erased")
        ),
    )
    op.create_index(
        "uq_connections_tenant_id_mode_label",
        "connections",
        ["tenant_id", "mode", "label"],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index("ix_connections_id", "connections", ["id"])
    protect("connections", rights="SELECT, INSERT, UPDATE")
    _let_look_up_connections()


def _let_look_up_connections() -> None:
    let_look_up(
        "connections",
        "tenant_id, id, deleted_at",
        "find_connection(text) RETURNS TABLE (tenant_id text, id text)",
        "SELECT c.tenant_id, c.id FROM connections c WHERE c.id = $1 AND c.deleted_at IS NULL",
    )
    let_look_up(
        "connections",
        "tenant_id, id, deleted_at, key_version",
        "connections_not_sealed_with(text, text, integer) RETURNS TABLE (tenant_id text, id text)",
        "SELECT c.tenant_id, c.id FROM connections c"
        " WHERE c.key_version <> $1 AND c.id > $2 AND c.deleted_at IS NULL"
        " ORDER BY c.id LIMIT $3",
    )


def _create_entity_links() -> None:
    op.create_table(
        "entity_links",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("entity_kind", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("provider_reference", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint(
            "tenant_id", "connection_id", "entity_kind", "entity_id", name="pk_entity_links"
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "connection_id",
            "entity_kind",
            "provider_reference",
            name="uq_entity_links_provider_reference",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "connection_id"],
            ["connections.tenant_id", "connections.id"],
            name="fk_entity_links_connections",
        ),
    )
    protect("entity_links")


def _create_provider_events() -> None:
    op.create_table(
        "provider_events",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("connection_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("fallback_identity", sa.Text(), nullable=False),
        sa.Column("event_type", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("tries", sa.BigInteger(), nullable=False, server_default=sa.text("0")),
        sa.Column("occurred_at", _TIME),
        sa.Column("received_at", _TIME, nullable=False),
        sa.Column("processed_at", _TIME),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_provider_events"),
        sa.CheckConstraint("mode IN ('test', 'live')", name=op.f("ck_provider_events_mode")),
        sa.CheckConstraint(
            "status IN ('received', 'processed', 'ignored', 'parked')",
            name=op.f("ck_provider_events_status"),
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "connection_id",
            "event_id",
            name="uq_provider_events_tenant_id_connection_id_event_id",
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "connection_id",
            "fallback_identity",
            name="uq_provider_events_tenant_id_connection_id_fallback_identity",
        ),
    )
    for columns in (["tenant_id", "mode", "id"], ["tenant_id", "mode", "status", "id"]):
        op.create_index(f"ix_provider_events_{'_'.join(columns)}", "provider_events", columns)
    protect("provider_events", rights="SELECT, INSERT, UPDATE")
