"""Which exceptions mean that the database is out of reach, and not that we are wrong."""

from typing import Final

import asyncpg
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_UNREACHABLE: Final = (
    OSError,  # refused, reset, unresolved, and TimeoutError
    PoolTimeout,
    OperationalError,
    InterfaceError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    asyncpg.TransactionRollbackError,
    asyncpg.ReadOnlySQLTransactionError,
    # What asyncpg says when a connection dies between two of its own steps.
    asyncpg.InternalClientError,
    # A table was migrated under a prepared statement; the driver has thrown it away.
    asyncpg.InvalidCachedStatementError,
)
# https://www.postgresql.org/docs/current/errcodes-appendix.html: connection exception,
# insufficient resources, operator intervention, system error, and two transactions that
# could not both win: the caller may simply try again.
_TRY_AGAIN: Final = ("08", "53", "57", "58", "40")
_READ_ONLY: Final = "25006"  # a standby during a switch-over


def is_unreachable(error: BaseException) -> bool:
    """Tell whether trying again later may help."""
    if isinstance(error, _UNREACHABLE):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or isinstance(_driver_error(error), _UNREACHABLE):
        return True
    sqlstate = str(getattr(error.orig, "sqlstate", None) or "")
    return sqlstate.startswith(_TRY_AGAIN) or sqlstate == _READ_ONLY


def _driver_error(error: DBAPIError) -> BaseException | None:
    # SQLAlchemy wraps asyncpg's errors twice.
    return None if error.orig is None else error.orig.__cause__
