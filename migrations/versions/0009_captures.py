"""Captures and voids, and what was taken over each attempt."""

import sqlalchemy as sa
from alembic import op

from paymux.platform.database.tenant_tables import protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_UNRESOLVED = "'in_flight', 'unknown'"


def upgrade() -> None:
    op.add_column(
        "payments", sa.Column("capture", sa.Text(), nullable=False, server_default="automatic")
    )
    _attempts()
    _captures()


def downgrade() -> None:
    op.drop_table("captures")
    op.drop_constraint(
        op.f("ck_payment_attempts_captured_within_amount"), "payment_attempts", type_="check"
    )
    for column in ("released", "amount_captured", "captures_later"):
        op.drop_column("payment_attempts", column)
    op.drop_column("payments", "capture")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def _attempts() -> None:
    op.add_column("payment_attempts", _flag("captures_later"))
    op.add_column("payment_attempts", _flag("released"))
    op.add_column(
        "payment_attempts",
        sa.Column("amount_captured", sa.BigInteger(), nullable=False, server_default="0"),
    )
    # Forced row-level security would hide every tenant's rows from their owner too.
    op.execute("ALTER TABLE payment_attempts NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE payment_attempts SET amount_captured = amount WHERE status = 'succeeded'")
    op.execute("ALTER TABLE payment_attempts FORCE ROW LEVEL SECURITY")
    op.create_check_constraint(
        op.f("ck_payment_attempts_captured_within_amount"),
        "payment_attempts",
        "amount_captured BETWEEN 0 AND amount",
    )
    # From now on whoever writes a row has to say.
    for table, column in (
        ("payments", "capture"),
        ("payment_attempts", "captures_later"),
        ("payment_attempts", "released"),
        ("payment_attempts", "amount_captured"),
    ):
        op.alter_column(table, column, server_default=None)


def _captures() -> None:
    op.create_table(
        "captures",
        _text("tenant_id"),
        _text("id"),
        _text("payment_id"),
        _text("attempt_id"),
        _text("connection_id"),
        _text("kind"),
        _number("amount"),
        _text("currency"),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        _number("taken_before"),
        _text("status"),
        _text("idempotency_key"),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        _time("replay_until"),
        _text("reason_code", nullable=True),
        _text("reason_message", nullable=True),
        _time("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_captures"),
        sa.UniqueConstraint(
            "tenant_id", "idempotency_key", name="uq_captures_tenant_id_idempotency_key"
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_captures_amount_positive")),
    )
    op.create_index(
        "uq_captures_one_under_way",
        "captures",
        ["tenant_id", "payment_id"],
        unique=True,
        postgresql_where=sa.text(f"status IN ({_UNRESOLVED})"),
    )
    op.create_index(
        "ix_captures_tenant_id_payment_id_id", "captures", ["tenant_id", "payment_id", "id"]
    )
    protect("captures")
