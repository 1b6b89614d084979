"""Alembic's environment: one asyncpg connection, one transaction, given by the caller."""

from alembic import context
from sqlalchemy import Connection

from paymux.bootstrap.rows import METADATA


def run() -> None:
    """Run the revisions on the connection that `paymux migrate` opened."""
    connection = context.config.attributes["connection"]
    if not isinstance(connection, Connection):
        raise TypeError(connection)
    context.configure(
        connection=connection,
        target_metadata=METADATA,
        compare_type=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()


run()
