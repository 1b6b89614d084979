"""Roles, and the job engine's own tables (pgqueuer 1.6, durable)."""

from pathlib import Path

from alembic import op

from paymux.platform.database.tenant_tables import APP_ROLE, LOOKUP_ROLE

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_PGQUEUER = Path(__file__).parent.parent / "pgqueuer_1_6.sql"
_TABLES = ("pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics")


def upgrade() -> None:
    for role in (APP_ROLE, LOOKUP_ROLE):
        # Roles belong to the cluster: another database of it may have made them already,
        # perhaps at this very moment.
        op.execute(
            f"DO $$ BEGIN CREATE ROLE {role} NOLOGIN NOBYPASSRLS;"
            " EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
        )
    op.execute(
        f"DO $$ BEGIN GRANT {LOOKUP_ROLE} TO CURRENT_USER;"
        " EXCEPTION WHEN insufficient_privilege THEN NULL; END $$"
    )
    op.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}")
    op.execute(f"GRANT USAGE, CREATE ON SCHEMA public TO {LOOKUP_ROLE}")
    for statement in _PGQUEUER.read_text().split("\n\n-- next\n\n"):
        op.execute(statement.replace(":", r"\:"))
    for table in _TABLES:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {APP_ROLE}")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")


def downgrade() -> None:
    for table in _TABLES:
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute("DROP FUNCTION fn_pgqueuer_changed()")
    op.execute("DROP TYPE pgqueuer_status")
    op.execute(f"REVOKE ALL ON SCHEMA public FROM {APP_ROLE}, {LOOKUP_ROLE}")
