"""Disputes, and what is answered to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from paymux.platform.database.tenant_tables import protect

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_UNRESOLVED = "'in_flight', 'unknown'"
_MOVED = "payment_reference IS NOT NULL AND status IN ('authorized', 'succeeded')"


def upgrade() -> None:
    op.add_column(
        "payments", sa.Column("disputed", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("payment_observations", _text("dispute_id", nullable=True))
    op.create_index(
        "ix_payment_observations_moved",
        "payment_observations",
        ["tenant_id", "payment_reference"],
        postgresql_where=sa.text(_MOVED),
    )
    _disputes()
    _responses()


def downgrade() -> None:
    op.drop_table("dispute_responses")
    op.drop_table("disputes")
    op.drop_index("ix_payment_observations_moved", table_name="payment_observations")
    op.drop_column("payment_observations", "dispute_id")
    op.drop_column("payments", "disputed")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, JSONB(), nullable=True)


def _disputes() -> None:
    op.create_table(
        "disputes",
        _text("tenant_id"),
        _text("id"),
        _text("mode"),
        _text("payment_id"),
        _text("attempt_id"),
        _text("connection_id"),
        _text("provider"),
        _text("provider_reference"),
        _text("payment_reference"),
        _text("status"),
        _time("evidence_due_at", nullable=True),
        _json("demand"),
        _json("review"),
        _json("end"),
        _time("opened_at", nullable=True),
        _time("created_at"),
        _time("updated_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_disputes"),
        sa.UniqueConstraint(
            "tenant_id",
            "connection_id",
            "provider_reference",
            name="uq_disputes_tenant_id_connection_id_provider_reference",
        ),
    )
    for columns in (("tenant_id", "mode", "id"), ("tenant_id", "payment_id", "id")):
        op.create_index(f"ix_disputes_{'_'.join(columns)}", "disputes", list(columns))
    op.create_index(
        "ix_disputes_due",
        "disputes",
        ["tenant_id", "mode", "evidence_due_at"],
        postgresql_where=sa.text("status = 'needs_response'"),
    )
    protect("disputes", rights="SELECT, INSERT, UPDATE")


def _responses() -> None:
    op.create_table(
        "dispute_responses",
        _text("tenant_id"),
        _text("id"),
        _text("dispute_id"),
        _text("payment_id"),
        _text("attempt_id"),
        _text("connection_id"),
        _text("kind"),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        _text("currency"),
        _text("stage"),
        _time("evidence_due_at", nullable=True),
        sa.Column("was_under_review", sa.Boolean(), nullable=False),
        _text("status"),
        _text("idempotency_key"),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        _time("replay_until"),
        _text("reason_code", nullable=True),
        _text("reason_message", nullable=True),
        _time("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_dispute_responses"),
        sa.UniqueConstraint(
            "tenant_id", "idempotency_key", name="uq_dispute_responses_tenant_id_idempotency_key"
        ),
    )
    op.create_index(
        "uq_dispute_responses_one_under_way",
        "dispute_responses",
        ["tenant_id", "dispute_id"],
        unique=True,
        postgresql_where=sa.text(f"status IN ({_UNRESOLVED})"),
    )
    op.create_index(
        "ix_dispute_responses_tenant_id_payment_id_id",
        "dispute_responses",
        ["tenant_id", "payment_id", "id"],
    )
    protect("dispute_responses", rights="SELECT, INSERT, UPDATE")
