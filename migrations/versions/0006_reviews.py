"""Find the payments that a person has to look at without reading the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_payments_to_review",
        "payments",
        ["tenant_id", "mode", "id"],
        postgresql_where=sa.text("review IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_payments_to_review", table_name="payments")
