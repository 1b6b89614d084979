"""Connections whose credentials are refused."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("connections", sa.Column("attention_since", sa.DateTime(timezone=True)))
    op.add_column("connections", sa.Column("attention_code", sa.Text()))
    op.add_column("connections", sa.Column("attention_message", sa.Text()))


def downgrade() -> None:
    for name in ("attention_message", "attention_code", "attention_since"):
        op.drop_column("connections", name)
