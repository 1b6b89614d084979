"""Refunds, and what is heard of them."""

import sqlalchemy as sa
from alembic import op

from paymux.platform.database.tenant_tables import protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _refunds()
    op.add_column("payment_observations", _text("refund_id", nullable=True))
    op.create_index(
        "ix_payment_attempts_paid",
        "payment_attempts",
        ["tenant_id", "connection_id", "payment_reference"],
        postgresql_where=sa.text("payment_reference IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_payment_attempts_paid", table_name="payment_attempts")
    op.drop_column("payment_observations", "refund_id")
    op.drop_table("refunds")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _refunds() -> None:
    op.create_table(
        "refunds",
        _text("tenant_id"),
        _text("id"),
        _text("mode"),
        _text("payment_id"),
        _text("attempt_id"),
        _text("connection_id"),
        _text("provider"),
        _text("payment_reference"),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        _text("currency"),
        _text("status"),
        _text("cause"),
        _text("reason", nullable=True),
        _text("idempotency_key"),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        _time("replay_until"),
        _text("provider_reference", nullable=True),
        _text("reason_code", nullable=True),
        _text("reason_message", nullable=True),
        _time("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_refunds"),
        sa.UniqueConstraint(
            "tenant_id", "idempotency_key", name="uq_refunds_tenant_id_idempotency_key"
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "connection_id",
            "provider_reference",
            name="uq_refunds_tenant_id_connection_id_provider_reference",
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refunds_amount_positive")),
    )
    for columns in (("tenant_id", "mode", "id"), ("tenant_id", "payment_id", "id")):
        op.create_index(f"ix_refunds_{'_'.join(columns)}", "refunds", list(columns))
    protect("refunds")
