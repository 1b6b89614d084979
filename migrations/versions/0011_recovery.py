"""What an operator is asked and says, and how far each connection's events are known."""

import sqlalchemy as sa
from alembic import op

from paymux.platform.database.tenant_tables import LOOKUP_ROLE, let_look_up, protect

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)
_DUE = "connections_due_for_recovery(timestamptz, interval, integer)"


def upgrade() -> None:
    _reviews()
    op.create_table(
        "event_recoveries",
        sa.Column("tenant_id", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("watermark", _TIME, nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id", name="pk_event_recoveries"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "id"],
            ["connections.tenant_id", "connections.id"],
            name="fk_event_recoveries_connections",
        ),
    )
    protect("event_recoveries", rights="SELECT, INSERT, UPDATE")
    op.execute(f"GRANT SELECT (created_at) ON connections TO {LOOKUP_ROLE}")
    let_look_up(
        "event_recoveries",
        "tenant_id, id, due_at",
        f"{_DUE} RETURNS TABLE (tenant_id text, id text)",
        "SELECT c.tenant_id, c.id FROM connections c"
        " LEFT JOIN event_recoveries r ON r.tenant_id = c.tenant_id AND r.id = c.id"
        " WHERE c.deleted_at IS NULL AND coalesce(r.due_at, c.created_at + $2) <= $1"
        " ORDER BY coalesce(r.due_at, c.created_at + $2) LIMIT $3",
    )


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {_DUE}")
    op.execute(f"REVOKE SELECT (created_at) ON connections FROM {LOOKUP_ROLE}")
    op.drop_table("event_recoveries")
    op.drop_column("payment_observations", "actor")
    for column in ("reviews_resolved", "review_since"):
        op.drop_column("payments", column)


def _reviews() -> None:
    op.add_column("payments", sa.Column("review_since", _TIME))
    op.add_column(
        "payments", sa.Column("reviews_resolved", sa.Text(), nullable=False, server_default="")
    )
    # Forced row-level security would hide every tenant's rows from their owner too.
    op.execute("ALTER TABLE payments NO FORCE ROW LEVEL SECURITY")
    op.execute("UPDATE payments SET review_since = updated_at WHERE review IS NOT NULL")
    op.execute("ALTER TABLE payments FORCE ROW LEVEL SECURITY")
    op.add_column("payment_observations", sa.Column("actor", sa.Text()))
