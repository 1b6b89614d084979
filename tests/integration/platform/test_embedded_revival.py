"""Who revives the embedded server, and that a revived one does not outlive everybody."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from paymux.platform.embedded.server import EmbeddedPostgres, RunningServer
from tests.reachable import reachable_folder


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with reachable_folder() as folder:
        yield folder


def started(data_dir: Path) -> RunningServer:
    return EmbeddedPostgres().start(data_dir, fsync=False)


def test_a_guest_who_revives_a_server_without_owner_owns_and_stops_it(data_dir: Path) -> None:
    owner, guest = started(data_dir), started(data_dir)
    assert not guest.is_owned
    owner.stop()
    assert guest.revive()
    assert guest.is_owned
    guest.stop()
    assert not guest.is_alive()


def test_nobody_revives_a_server_after_stopping_it(data_dir: Path) -> None:
    owner, guest = started(data_dir), started(data_dir)
    guest.stop()
    assert owner.is_alive()
    owner.stop()
    assert not owner.revive()
    assert not guest.revive()
    assert not owner.is_alive()
