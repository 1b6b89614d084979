"""Payments, attempts, observations, events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from paymux.platform.database.tenant_tables import let_look_up, protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_LIVE = "'authorized', 'in_flight', 'pending', 'succeeded', 'unknown'"


def upgrade() -> None:
    _payments()
    _attempts()
    _observations()
    _events()


def downgrade() -> None:
    op.execute("DROP FUNCTION find_payment_by_link(text)")
    for table in ("events", "payment_observations", "payment_attempts", "payments"):
        op.drop_table(table)


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("tenant_id", "id", name=f"pk_{table}")


def _payments() -> None:
    op.create_table(
        "payments",
        _text("tenant_id"),
        _text("id"),
        _text("mode"),
        _number("amount"),
        _text("currency"),
        _text("status"),
        _text("description"),
        _text("link_id"),
        _text("link_token"),
        _text("customer_id", nullable=True),
        _text("reference", nullable=True),
        _text("connection_id", nullable=True),
        _text("return_url", nullable=True),
        _text("cancel_url", nullable=True),
        _time("expires_at", nullable=True),
        sa.Column("metadata", JSONB(), nullable=False),
        _number("amount_captured"),
        _number("amount_refunded"),
        _text("review", nullable=True),
        _text("closed_as", nullable=True),
        _time("created_at"),
        _time("updated_at"),
        _number("version"),
        _key("payments"),
        sa.UniqueConstraint(
            "tenant_id", "mode", "reference", name="uq_payments_tenant_id_mode_reference"
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount_positive")),
        sa.CheckConstraint(
            "amount_captured BETWEEN 0 AND amount",
            name=op.f("ck_payments_captured_within_amount"),
        ),
        sa.CheckConstraint(
            "amount_refunded BETWEEN 0 AND amount_captured",
            name=op.f("ck_payments_refunded_within_captured"),
        ),
    )
    for columns in (
        ("tenant_id", "mode", "id"),
        ("tenant_id", "mode", "status", "id"),
        ("tenant_id", "customer_id", "id"),
        ("link_token",),
    ):
        op.create_index(f"ix_payments_{'_'.join(columns)}", "payments", list(columns))
    protect("payments")
    let_look_up(
        "payments",
        "tenant_id, mode, id, link_token",
        "find_payment_by_link(token text) RETURNS TABLE (tenant_id text, mode text,"
        " payment_id text)",
        "SELECT p.tenant_id, p.mode, p.id FROM public.payments p WHERE p.link_token = token",
    )


def _attempts() -> None:
    op.create_table(
        "payment_attempts",
        _text("tenant_id"),
        _text("id"),
        _text("payment_id"),
        _text("connection_id"),
        _text("provider"),
        _number("amount"),
        _text("currency"),
        _text("status"),
        _text("idempotency_key"),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        _time("replay_until"),
        _text("provider_reference", nullable=True),
        _text("payment_reference", nullable=True),
        _text("checkout_url", nullable=True),
        _time("checkout_expires_at", nullable=True),
        _text("method", nullable=True),
        _text("reason_code", nullable=True),
        _text("reason_message", nullable=True),
        sa.Column("approved", sa.Boolean(), nullable=False),
        _number("completion_round"),
        _time("created_at"),
        _key("payment_attempts"),
        sa.UniqueConstraint(
            "tenant_id", "idempotency_key", name="uq_payment_attempts_tenant_id_idempotency_key"
        ),
        sa.UniqueConstraint(
            "tenant_id",
            "connection_id",
            "provider_reference",
            name="uq_payment_attempts_tenant_id_connection_id_provider_reference",
        ),
    )
    op.create_index(
        "uq_payment_attempts_one_live",
        "payment_attempts",
        ["tenant_id", "payment_id"],
        unique=True,
        postgresql_where=sa.text(f"status IN ({_LIVE})"),
    )
    op.create_index(
        "ix_payment_attempts_tenant_id_payment_id_id",
        "payment_attempts",
        ["tenant_id", "payment_id", "id"],
    )
    protect("payment_attempts")


def _observations() -> None:
    op.create_table(
        "payment_observations",
        _text("tenant_id"),
        _text("id"),
        _text("payment_id"),
        _text("attempt_id"),
        _text("fingerprint"),
        _text("source"),
        _text("status"),
        _text("effect"),
        _time("recorded_at"),
        _time("occurred_at", nullable=True),
        _text("provider_reference", nullable=True),
        _text("payment_reference", nullable=True),
        _number("amount", nullable=True),
        _text("currency", nullable=True),
        _text("reason_code", nullable=True),
        _text("reason_message", nullable=True),
        _number("times_seen"),
        _time("last_seen_at"),
        _key("payment_observations"),
        sa.UniqueConstraint(
            "tenant_id",
            "attempt_id",
            "fingerprint",
            name="uq_payment_observations_tenant_id_attempt_id_fingerprint",
        ),
    )
    op.create_index(
        "ix_payment_observations_tenant_id_payment_id_id",
        "payment_observations",
        ["tenant_id", "payment_id", "id"],
    )
    protect("payment_observations")


def _events() -> None:
    op.create_table(
        "events",
        _text("tenant_id"),
        _text("id"),
        _text("mode"),
        _text("type"),
        _text("subject_id"),
        sa.Column("data", JSONB(), nullable=False),
        _time("occurred_at"),
        _key("events"),
        sa.UniqueConstraint(
            "tenant_id", "subject_id", "type", name="uq_events_tenant_id_subject_id_type"
        ),
    )
    op.create_index("ix_events_tenant_id_mode_id", "events", ["tenant_id", "mode", "id"])
    protect("events", rights="SELECT, INSERT")
