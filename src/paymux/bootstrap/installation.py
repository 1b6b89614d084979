"""An installation that is ready to be served: its settings, its database, its schema."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from paymux.bootstrap.containers import Container
from paymux.bootstrap.fit_database import await_database
from paymux.kernel.errors import PaymuxError
from paymux.platform.database.migrations import migrate
from paymux.platform.embedded.server import EmbeddedPostgres, RunningServer
from paymux.platform.settings import Settings

logger = logging.getLogger(__name__)

_HEARTBEAT_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Installation:
    """Settings with a database that accepts connections. The URLs carry passwords."""

    settings: Settings
    database_url: str = field(repr=False)
    owner_database_url: str | None = field(repr=False)

    def container(self) -> Container:
        """Return a container of its own for one event loop."""
        return Container(settings=self.settings, database_url=self.database_url)

    async def migrate(self) -> None:
        """Bring the schema up; raises OwnerDatabaseUrlIsMissing, DatabaseIsOutOfReach."""
        if self.owner_database_url is None:
            raise OwnerDatabaseUrlIsMissing
        await await_database(self.owner_database_url)
        await migrate(self.owner_database_url, self.database_url)


class OwnerDatabaseUrlIsMissing(Exception):
    """Migrations need PAYMUX_OWNER_DATABASE_URL when the database is your own."""

    def __init__(self) -> None:
        super().__init__(str(self.__doc__))


@asynccontextmanager
async def installed(settings: Settings) -> AsyncIterator[Installation]:
    """Give an installation: the database named in the settings, else the embedded server.

    The embedded server is brought up to the schema at once; it is stopped on the way out if
    this process started it. A database of your own is migrated by `paymux migrate` alone.
    """
    if settings.database_url is not None:
        yield Installation(settings, settings.database_url, settings.owner_database_url)
        return
    server = await _started(settings)
    reviving = asyncio.create_task(_keep_alive(server))
    try:
        installation = Installation(settings, server.app_url, server.owner_url)
        await installation.migrate()
        yield installation
    finally:
        reviving.cancel()
        await asyncio.to_thread(server.stop)


async def _started(settings: Settings) -> RunningServer:
    """Start the embedded server; when told to stop meanwhile, it is not left behind."""
    start = EmbeddedPostgres(settings.pg_bin).start
    starting = asyncio.create_task(asyncio.to_thread(start, settings.data_dir.resolve()))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(PaymuxError):
            await asyncio.to_thread((await starting).stop)
        raise


async def _keep_alive(server: RunningServer) -> None:
    """Start the embedded server again when it has died; requests meanwhile get a 503."""
    while True:
        await asyncio.sleep(_HEARTBEAT_SECONDS)
        try:
            if await asyncio.to_thread(server.revive):
                logger.warning("The embedded database had died and was started again.")
        except Exception:  # whatever it is, the next try may do better
            logger.exception("The embedded database does not start.")
