"""Error-map rows as tenants read them, and codes that no error map has."""

import sqlalchemy as sa
from alembic import op

from paymux.platform.database.tenant_tables import protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    key = ("tenant_id", "mode", "provider", "code")
    op.create_table(
        "error_overrides",
        *(_text(name) for name in (*key, "outcome")),
        _text("reason", nullable=True),
        _text("set_by"),
        _moment("set_at"),
        sa.PrimaryKeyConstraint(*key, name="pk_error_overrides"),
    )
    protect("error_overrides")
    key = ("tenant_id", "mode", "provider", "connection_id", "code")
    op.create_table(
        "unmapped_codes",
        *(_text(name) for name in key),
        _text("outcome", nullable=True),
        sa.Column("times_seen", sa.BigInteger(), nullable=False),
        _moment("first_seen_at"),
        _moment("last_seen_at"),
        sa.PrimaryKeyConstraint(*key, name="pk_unmapped_codes"),
    )
    protect("unmapped_codes", rights="SELECT, INSERT, UPDATE")
    op.add_column("payment_decisions", _text("given_outcome", nullable=True))


def downgrade() -> None:
    op.drop_column("payment_decisions", "given_outcome")
    op.drop_table("unmapped_codes")
    op.drop_table("error_overrides")


def _text(name: str, *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False)
