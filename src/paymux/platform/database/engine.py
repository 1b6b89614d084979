"""The connection pool. Created synchronously, disposed of in the lifespan."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from paymux.kernel.errors import Category, StartIsRefused


class DatabaseRoleIsTooPowerful(StartIsRefused):
    """The application's role could bypass row-level security."""

    code = "database_role_too_powerful"
    category = Category.UNAVAILABLE

    def __init__(self, role: str) -> None:
        super().__init__(
            f"The database role {role!r} is a superuser, bypasses row-level security or owns the "
            "tables. Connect as a role that is only a member of paymux_app."
        )


def open_engine(url: str, pool_size: int) -> AsyncEngine:
    """Return an engine for `postgresql://…`; no connection is made yet.

    Parameters are hidden from errors: a statement's values may be a payer's data.
    """
    return create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_recycle=1800,
        pool_pre_ping=False,
        hide_parameters=True,
        connect_args={"timeout": 10, "command_timeout": 30},
    )


@asynccontextmanager
async def lookup(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection without a tenant: it sees no rows, only the narrow lookup functions."""
    async with engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        yield autocommit


async def refuse_powerful_role(engine: AsyncEngine) -> None:
    """Raise DatabaseRoleIsTooPowerful unless row-level security binds this role."""
    async with lookup(engine) as connection:
        found = await connection.execute(
            text(
                "SELECT current_user, r.rolsuper OR r.rolbypassrls OR EXISTS ("
                " SELECT 1 FROM pg_class c WHERE c.relowner = r.oid AND c.relname = 'payments')"
                " FROM pg_roles r WHERE r.rolname = current_user"
            )
        )
        role, too_powerful = found.one()
    if too_powerful:
        raise DatabaseRoleIsTooPowerful(role)
