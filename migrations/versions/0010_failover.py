"""What was decided after each call, and how far each tenant wants to go."""

import sqlalchemy as sa
from alembic import op

from paymux.platform.database.tenant_tables import protect

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "payment_decisions",
        *(_text(name) for name in ("tenant_id", "id", "payment_id", "attempt_id")),
        *(_text(name) for name in ("connection_id", "operation", "outcome", "decision")),
        _text("reason_code"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _text("next_connection_id", nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_payment_decisions"),
    )
    op.create_index(
        "ix_payment_decisions_tenant_id_payment_id_id",
        "payment_decisions",
        ["tenant_id", "payment_id", "id"],
    )
    protect("payment_decisions", rights="SELECT, INSERT")
    op.create_table(
        "failover_policies",
        _text("tenant_id"),
        _text("id"),
        sa.Column("max_attempts", sa.BigInteger(), nullable=False),
        sa.Column("max_elapsed_seconds", sa.BigInteger(), nullable=False),
        sa.Column("payer_chooses", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_failover_policies"),
    )
    protect("failover_policies", rights="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.drop_table("failover_policies")
    op.drop_table("payment_decisions")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)
