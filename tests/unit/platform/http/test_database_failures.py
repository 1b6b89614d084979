"""Which failures are worth another try."""

import asyncpg
import pytest
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from paymux.platform.http.database_failures import is_unreachable


class DriverError(Exception):
    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("as the driver says it")
        self.sqlstate = sqlstate


def wrapped(sqlstate: str | None, *, lost: bool = False) -> DBAPIError:
    return DBAPIError("SELECT 1", None, DriverError(sqlstate), connection_invalidated=lost)


def caused_by(cause: Exception) -> DBAPIError:
    failure = DriverError(None)
    failure.__cause__ = cause
    return DBAPIError("SELECT 1", None, failure)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(),
        TimeoutError(),
        OSError("Multiple exceptions"),
        PoolTimeout(),
        OperationalError("SELECT 1", None, DriverError(None)),
        InterfaceError("SELECT 1", None, DriverError(None)),
        asyncpg.InterfaceError("connection is closed"),
        asyncpg.ConnectionDoesNotExistError(),
        asyncpg.CannotConnectNowError(),
        asyncpg.TooManyConnectionsError(),
        asyncpg.AdminShutdownError(),
        wrapped("57P01"),
        wrapped("53300"),
        wrapped("08006"),
        wrapped("40001"),
        wrapped("40P01"),
        wrapped("25006"),
        wrapped(None, lost=True),
        asyncpg.InternalClientError("cannot switch to state 11"),
        caused_by(asyncpg.InternalClientError("cannot switch to state 11")),
        caused_by(asyncpg.InvalidCachedStatementError("cached statement plan is invalid")),
    ],
)
def test_out_of_reach(error: Exception) -> None:
    assert is_unreachable(error)


@pytest.mark.parametrize(
    "error", [ValueError(), KeyError("x"), wrapped("23505"), wrapped("42601"), wrapped(None)]
)
def test_a_fault_of_ours(error: Exception) -> None:
    assert not is_unreachable(error)
