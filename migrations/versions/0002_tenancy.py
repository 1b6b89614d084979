"""Tenants and their API keys."""

import sqlalchemy as sa
from alembic import op

from paymux.platform.database.tenant_tables import let_look_up, protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_tenants()
    _create_api_keys()


def downgrade() -> None:
    op.execute("DROP FUNCTION find_api_key(bytea)")
    op.execute("DROP FUNCTION list_tenants(text, integer)")
    op.drop_table("api_keys")
    op.drop_table("tenants")


def _create_tenants() -> None:
    op.create_table(
        "tenants",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("disabled_at", _TIME),
        sa.PrimaryKeyConstraint("tenant_id", name="pk_tenants"),
    )
    protect("tenants", rights="SELECT, INSERT, UPDATE")
    let_look_up(
        "tenants",
        "tenant_id",
        "list_tenants(text, integer) RETURNS TABLE (tenant_id text)",
        "SELECT t.tenant_id FROM tenants t WHERE $1 IS NULL OR t.tenant_id < $1"
        " ORDER BY t.tenant_id DESC LIMIT $2",
    )


def _create_api_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("last_four", sa.Text(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("revoked_at", _TIME),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_api_keys"),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenants.tenant_id"], name="fk_api_keys_tenants"),
        sa.UniqueConstraint("tenant_id", "secret_hash", name="uq_api_keys_tenant_id_secret_hash"),
        sa.CheckConstraint("mode IN ('test', 'live')", name=op.f("ck_api_keys_mode")),
        sa.CheckConstraint(
            "role IN ('reader', 'operator', 'admin')", name=op.f("ck_api_keys_role")
        ),
        sa.CheckConstraint("octet_length(secret_hash) = 32", name=op.f("ck_api_keys_secret_hash")),
    )
    op.create_index("ix_api_keys_secret_hash", "api_keys", ["secret_hash"])
    protect("api_keys", rights="SELECT, INSERT, UPDATE")
    let_look_up(
        "api_keys",
        "tenant_id, id, secret_hash",
        "find_api_key(bytea) RETURNS TABLE (tenant_id text, id text)",
        "SELECT k.tenant_id, k.id FROM api_keys k WHERE k.secret_hash = $1",
    )
