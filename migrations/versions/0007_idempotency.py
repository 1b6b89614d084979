"""Requests under an Idempotency-Key."""

import sqlalchemy as sa
from alembic import op

from paymux.platform.database.tenant_tables import APP_ROLE, let_look_up, protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# One round trip instead of four; it runs with the caller's rights, so its tenant's rows are all
# that it reaches.
_KEEP = """
CREATE FUNCTION keep_answer(of_tenant text, of_id text, of_run bigint, given bytea)
RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
    PERFORM set_config('paymux.tenant_id', of_tenant, true);
    UPDATE idempotency_keys SET answer = given, locked_until = NULL
    WHERE tenant_id = of_tenant AND id = of_id AND run = of_run;
    RETURN FOUND;
END $$
"""
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "idempotency_keys",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("run", sa.BigInteger(), nullable=False),
        sa.Column("locked_until", _TIME),
        sa.Column("answer", sa.LargeBinary()),
        sa.Column("created_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_idempotency_keys"),
        sa.UniqueConstraint(
            "tenant_id", "mode", "key", name="uq_idempotency_keys_tenant_id_mode_key"
        ),
        sa.CheckConstraint(
            "mode IN ('test', 'live', 'root')", name=op.f("ck_idempotency_keys_mode")
        ),
        sa.CheckConstraint(
            "(answer IS NULL) = (locked_until IS NOT NULL)",
            name=op.f("ck_idempotency_keys_answered_or_locked"),
        ),
    )
    op.create_index("ix_idempotency_keys_created_at", "idempotency_keys", ["created_at"])
    protect("idempotency_keys")
    let_look_up(
        "idempotency_keys",
        "tenant_id, id, locked_until, created_at",
        "old_idempotency_keys(interval, integer) RETURNS TABLE (tenant_id text, id text)",
        "SELECT k.tenant_id, k.id FROM idempotency_keys k WHERE k.created_at < now() - $1"
        " AND (k.locked_until IS NULL OR k.locked_until < now()) ORDER BY k.created_at LIMIT $2",
    )
    op.execute(_KEEP)
    op.execute("REVOKE ALL ON FUNCTION keep_answer(text, text, bigint, bytea) FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION keep_answer(text, text, bigint, bytea) TO {APP_ROLE}")


def downgrade() -> None:
    op.execute("DROP FUNCTION keep_answer(text, text, bigint, bytea)")
    op.execute("DROP FUNCTION old_idempotency_keys(interval, integer)")
    op.drop_table("idempotency_keys")
