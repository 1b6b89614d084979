"""Brings a database up to the schema this version needs, and tells whether it is there."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from paymux.platform.database.engine import open_engine
from paymux.platform.database.tenant_tables import APP_ROLE

_Step = Callable[[Config], None]

_SHIPPED: Final = Path(__file__).parents[2] / "_migrations"
_CHECKOUT: Final = Path(__file__).parents[4] / "migrations"
_LOCK: Final = 7_203_117_205
"""An advisory lock: two `paymux migrate` at once take turns."""
_LET_VERSION_BE_READ: Final = f"GRANT SELECT ON alembic_version TO {APP_ROLE}"
"""The application sees at which revision the schema is; Alembic made that table."""


async def migrate(owner_url: str, app_url: str | None = None, target: str = "head") -> None:
    """Upgrade to `target`, then let the application's role in.

    `owner_url` needs the right to create tables and roles. `app_url` names the login role of
    the application: it is created with its password if it does not exist.
    """
    await _run(owner_url, lambda config: command.upgrade(config, target), _LET_VERSION_BE_READ)
    if app_url is not None:
        await _let_in(owner_url, app_url)


async def downgrade(owner_url: str, target: str) -> None:
    """Go back to revision `target` (`base` is the empty database); data is lost on the way."""
    await _run(owner_url, lambda config: command.downgrade(config, target))


async def is_at_head(connection: AsyncConnection) -> bool:
    """Tell whether the schema is exactly the one this version was made for."""
    current = await connection.run_sync(
        lambda sync: MigrationContext.configure(sync).get_current_revision()
    )
    return current == ScriptDirectory.from_config(_config()).get_current_head()


def find_scripts() -> Path:
    """Return the folder of the migrations: in the wheel, else in the checkout."""
    return _SHIPPED if _SHIPPED.is_dir() else _CHECKOUT


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(find_scripts()).replace("%", "%%"))
    return config


async def _run(owner_url: str, step: _Step, then: str = "SELECT 1") -> None:
    engine = _owner_engine(owner_url)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            await connection.run_sync(_with_alembic, step)
            await connection.execute(text(then))
    finally:
        await engine.dispose()


def _with_alembic(connection: Connection, step: _Step) -> None:
    config = _config()
    config.attributes["connection"] = connection
    step(config)


async def _let_in(owner_url: str, app_url: str) -> None:
    role, password = make_url(app_url).username, make_url(app_url).password
    if not role or role == make_url(owner_url).username:
        return
    engine = _owner_engine(owner_url)
    try:
        async with engine.begin() as connection:
            await connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
            known = await connection.scalar(
                text("SELECT true FROM pg_roles WHERE rolname = :role"), {"role": role}
            )
            name = await _quoted(connection, "I", role)
            if not known:
                secret = await _quoted(connection, "L", password or "")
                await connection.execute(
                    text(f"CREATE ROLE {name} LOGIN PASSWORD {secret} NOBYPASSRLS INHERIT")
                )
            await connection.execute(text(f"GRANT {APP_ROLE} TO {name}"))
    finally:
        await engine.dispose()


async def _quoted(connection: AsyncConnection, kind: str, word: str) -> str:
    quoted = await connection.scalar(
        text(f"SELECT format('%{kind}', CAST(:word AS text))"), {"word": word}
    )
    return str(quoted).replace(":", r"\:")


def _owner_engine(owner_url: str) -> AsyncEngine:
    return open_engine(owner_url, pool_size=1)
