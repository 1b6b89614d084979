"""Real installations for the whole session: PostgreSQL, stand-ins, web processes, workers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from paymux.platform.embedded.server import EmbeddedPostgres, RunningServer
from tests.e2e.installation import Installation
from tests.e2e.sandbox import Sandbox
from tests.e2e.shop import Shop
from tests.e2e.talking import Record
from tests.reachable import reachable_folder

Install = Callable[..., Installation]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Look for leaked secrets last, when every process has had its chance to leak one."""
    items.sort(key=lambda item: item.path.name == "test_no_secret_leaks.py")


@pytest.fixture(scope="session")
def record() -> Record:
    """What was answered, and what must not have been."""
    return Record()


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the processes write."""
    return tmp_path_factory.mktemp("e2e")


@pytest.fixture(scope="session")
def server(record: Record) -> Iterator[RunningServer]:
    """A database server that forgets faster than a real one."""
    with reachable_folder() as data_dir:
        running = EmbeddedPostgres().start(data_dir, fsync=False)
        for role in ("owner", "app", "superuser"):
            url = str(getattr(running, f"{role}_url"))
            record.plant(f"password of {role}", url.partition("@")[0].rpartition(":")[2])
        yield running
        running.discard()


@pytest.fixture(scope="session")
def sandbox(folder: Path) -> Iterator[Sandbox]:
    """The stand-ins for the providers."""
    running = Sandbox(folder)
    try:
        yield running.start()
    finally:
        running.process.kill()


@pytest.fixture(scope="session")
def installations() -> list[Installation]:
    """Every installation of the session."""
    return []


@pytest.fixture(scope="session")
def install(
    folder: Path,
    server: RunningServer,
    sandbox: Sandbox,
    record: Record,
    installations: list[Installation],
) -> Iterator[Install]:
    """Make installations that end with the session."""
    with ExitStack() as stack:

        def made(name: str, **settings: str) -> Installation:
            installation = Installation(name, folder, server, sandbox, record, **settings)
            stack.callback(installation.discard)
            installations.append(installation)
            return installation.create()

        yield made


@pytest.fixture(scope="session")
def installation(install: Install) -> Installation:
    """The one that most tests share; it never polls, so what it knows it was told."""
    return install("paymux").start()


@pytest.fixture(scope="session")
def polling(install: Install) -> Installation:
    """One that asks the providers every second or so."""
    settings = {"PAYMUX_VERIFY_AFTER_SECONDS": "1", "PAYMUX_POLL_SCHEDULE_SECONDS": "1,2,3"}
    return install("polling", **settings).start()


@pytest.fixture
def shop(installation: Installation) -> Shop:
    """A fresh merchant."""
    return installation.open_shop()
