"""The engine is made without a connection, and keeps values out of errors."""

from paymux.platform.database.engine import open_engine
from paymux.platform.database.migrations import find_scripts


def test_an_engine_is_opened_without_a_connection() -> None:
    engine = open_engine("postgresql://paymux:hidden@127.0.0.1:1/nowhere", pool_size=3)
    assert engine.url.drivername == "postgresql+asyncpg"
    assert engine.sync_engine.hide_parameters
    assert "hidden" not in repr(engine)


def test_migrations_are_found_in_the_checkout() -> None:
    assert (find_scripts() / "versions" / "0001_platform.py").is_file()
