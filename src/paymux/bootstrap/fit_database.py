"""Whether the database may be worked on; one that is still starting is waited for."""

import asyncio
import logging
import random
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from paymux.kernel.errors import StartIsRefused
from paymux.platform.database.engine import lookup, open_engine, refuse_powerful_role
from paymux.platform.database.migrations import is_at_head
from paymux.platform.http.database_failures import is_unreachable

logger = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 60.0
"""Longer than PostgreSQL takes to start or to fail over; after that, whoever supervises the
process sees it end and starts it again."""
_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 5.0


class DatabaseIsOutOfReach(StartIsRefused):
    """Nobody answers where the database should be."""

    code = "database_out_of_reach"

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(
            f"The database {where} is out of reach ({reason}). "
            "Is PostgreSQL running, and is the database's URL in the settings right?"
        )


class DatabaseRefusesUs(StartIsRefused):
    """The server answers, and does not let this role in."""

    code = "database_refuses_us"

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(f"The database {where} does not let Paymux in: {reason}.")


class SchemaIsNotCurrent(StartIsRefused):
    """The database is at another revision than this version was made for."""

    code = "schema_not_current"

    def __init__(self, where: str) -> None:
        super().__init__(
            f"The database {where} does not have the schema of this version: run `paymux migrate`."
        )


async def await_fit_database(
    url: str, *, patience: float = PATIENCE_SECONDS, needs_schema: bool = False
) -> None:
    """Return when the application's role may work there.

    Raises what `await_database` raises, and DatabaseRoleIsTooPowerful.
    """
    await await_database(url, patience=patience, needs_schema=needs_schema)
    engine = open_engine(url, pool_size=1)
    try:
        await refuse_powerful_role(engine)
    finally:
        await engine.dispose()


async def await_database(
    url: str, *, patience: float = PATIENCE_SECONDS, needs_schema: bool = False
) -> None:
    """Return when the database answers, and has the schema if that is needed.

    Every try that fails is logged. When `patience`, in seconds, is used up, raises
    DatabaseIsOutOfReach or SchemaIsNotCurrent; DatabaseRefusesUs is raised at once.
    """
    engine = open_engine(url, pool_size=1)
    deadline = asyncio.get_running_loop().time() + patience
    pause = _FIRST_PAUSE_SECONDS
    try:
        while (refusal := await _refusal(engine, _place(url), needs_schema)) is not None:
            if asyncio.get_running_loop().time() + pause > deadline:
                raise refusal
            logger.warning(
                "The database is not ready; it is tried again.",
                extra={"reason": str(refusal), "in_seconds": pause},
            )
            await asyncio.sleep(pause * random.uniform(0.8, 1.0))  # noqa: S311 - jitter
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
    finally:
        await engine.dispose()


async def _refusal(engine: AsyncEngine, where: str, needs_schema: bool) -> StartIsRefused | None:
    """Return what may pass by itself; raises what will not."""
    try:
        async with lookup(engine) as connection:
            await connection.execute(text("SELECT 1"))
            if needs_schema and not await is_at_head(connection):
                return SchemaIsNotCurrent(where)
    except Exception as error:  # noqa: BLE001 - the driver's errors have no common family
        if is_unreachable(error):
            return DatabaseIsOutOfReach(where, _words(error))
        raise DatabaseRefusesUs(where, _words(error)) from None
    return None


def _words(error: Exception) -> str:
    """Return the driver's own words; they name the role and the database, never the password."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    said, _, _ = str(cause.__cause__ or cause).partition("\n")
    return said or type(error).__name__


def _place(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname or 'on a local socket'}:{parts.port or 5432}{parts.path}"
