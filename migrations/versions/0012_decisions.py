"""Decisions say what they are about, and the same one is kept once."""

import sqlalchemy as sa
from alembic import op

from paymux.platform.database.tenant_tables import APP_ROLE

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_SAME = ("tenant_id", "subject_id", "operation", "outcome", "decision", "reason_code")


def upgrade() -> None:
    op.add_column("payment_decisions", sa.Column("subject_id", sa.Text(), nullable=True))
    op.add_column(
        "payment_decisions",
        sa.Column("times_made", sa.BigInteger(), nullable=False, server_default="1"),
    )
    op.add_column(
        "payment_decisions", sa.Column("last_made_at", sa.DateTime(timezone=True), nullable=True)
    )
    # Forced row-level security would hide every tenant's rows from their owner too.
    op.execute("ALTER TABLE payment_decisions NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE payment_decisions SET subject_id = attempt_id, last_made_at = made_at")
    _keep_the_first_of_each()
    op.execute("ALTER TABLE payment_decisions FORCE ROW LEVEL SECURITY")
    op.alter_column("payment_decisions", "subject_id", nullable=False)
    op.alter_column("payment_decisions", "last_made_at", nullable=False)
    op.alter_column("payment_decisions", "times_made", server_default=None)
    op.create_unique_constraint(op.f("uq_payment_decisions_same"), "payment_decisions", _SAME)
    op.execute(f"GRANT UPDATE ON payment_decisions TO {APP_ROLE}")


def downgrade() -> None:
    op.execute(f"REVOKE UPDATE ON payment_decisions FROM {APP_ROLE}")
    op.drop_constraint(op.f("uq_payment_decisions_same"), "payment_decisions", type_="unique")
    for column in ("last_made_at", "times_made", "subject_id"):
        op.drop_column("payment_decisions", column)


def _keep_the_first_of_each() -> None:
    same = ", ".join(_SAME)
    op.execute(
        "WITH counted AS ("
        f" SELECT {same}, min(id) AS id, count(*) AS times, max(made_at) AS last"
        f" FROM payment_decisions GROUP BY {same})"
        " UPDATE payment_decisions d SET times_made = c.times, last_made_at = c.last"
        " FROM counted c WHERE d.tenant_id = c.tenant_id AND d.id = c.id"
    )
    op.execute(
        "DELETE FROM payment_decisions d USING payment_decisions first"
        " WHERE first.id < d.id AND " + " AND ".join(f"first.{name} = d.{name}" for name in _SAME)
    )
