"""Saved payment methods, the consent they were given with, and the charges of them."""

import sqlalchemy as sa
from alembic import op

from paymux.platform.database.tenant_tables import protect

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _methods()
    for column in (
        _text("consent", nullable=True),
        sa.Column("consent_agreed_at", sa.DateTime(timezone=True)),
        sa.Column("max_charge", sa.BigInteger()),
        _text("max_charge_currency", nullable=True),
        _text("payment_method_id", nullable=True),
    ):
        op.add_column("payments", column)
    _flag("payments", "off_session")
    op.add_column("payment_attempts", _text("payment_method_id", nullable=True))
    _flag("payment_attempts", "answered")
    _flag("payment_attempts", "needs_payer")
    op.add_column("payment_observations", _text("payment_method_id", nullable=True))
    # A payer agrees before anything is tried.
    op.alter_column("payment_observations", "attempt_id", nullable=True)


def downgrade() -> None:
    op.execute("ALTER TABLE payment_observations NO FORCE ROW LEVEL SECURITY")
    op.execute("DELETE FROM payment_observations WHERE attempt_id IS NULL")
    op.execute("ALTER TABLE payment_observations FORCE ROW LEVEL SECURITY")
    op.alter_column("payment_observations", "attempt_id", nullable=False)
    op.drop_column("payment_observations", "payment_method_id")
    for column in ("needs_payer", "answered", "payment_method_id"):
        op.drop_column("payment_attempts", column)
    for column in (
        "off_session",
        "payment_method_id",
        "max_charge_currency",
        "max_charge",
        "consent_agreed_at",
        "consent",
    ):
        op.drop_column("payments", column)
    op.drop_table("payment_methods")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _flag(table: str, name: str) -> None:
    """Add a flag that is false so far; from now on whoever writes a row has to say."""
    op.add_column(table, sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column(table, name, server_default=None)


def _methods() -> None:
    op.create_table(
        "payment_methods",
        *(_text(name) for name in ("tenant_id", "id", "mode", "customer_id", "connection_id")),
        *(_text(name) for name in ("provider", "provider_reference", "payment_id", "consent")),
        _time("agreed_at", nullable=True),
        sa.Column("max_charge", sa.BigInteger()),
        _text("max_charge_currency", nullable=True),
        *(_text(name, nullable=True) for name in ("customer_reference", "mandate_reference")),
        *(_text(name, nullable=True) for name in ("kind", "label", "expires_on")),
        sa.Column("max_amount", sa.BigInteger()),
        _text("max_amount_currency", nullable=True),
        _text("status"),
        _time("told_at", nullable=True),
        _time("revoked_at", nullable=True),
        sa.Column("is_forgotten", sa.Boolean(), nullable=False),
        _time("created_at"),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_payment_methods"),
        sa.CheckConstraint("max_charge > 0", name=op.f("ck_payment_methods_max_charge_positive")),
    )
    op.create_index(
        "uq_payment_methods_in_use",
        "payment_methods",
        ["tenant_id", "connection_id", "provider_reference"],
        unique=True,
        postgresql_where=sa.text("status <> 'revoked'"),
    )
    for columns in (
        ("tenant_id", "mode", "id"),
        ("tenant_id", "customer_id", "id"),
        ("tenant_id", "connection_id", "provider_reference"),
    ):
        op.create_index(
            f"ix_payment_methods_{'_'.join(columns)}", "payment_methods", list(columns)
        )
    protect("payment_methods")
