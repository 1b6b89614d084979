"""The embedded server's life: made, stopped, killed, found again."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import msgspec
import pytest

from paymux.platform.embedded.errors import (
    DatabaseHasAnotherVersion,
    DataDirectoryIsIncomplete,
    PortIsTaken,
)
from paymux.platform.embedded.server import EmbeddedPostgres, RunningServer

_DIES_WITHOUT_STOPPING = """
import os, sys
from pathlib import Path
from paymux.platform.embedded.server import EmbeddedPostgres
server = EmbeddedPostgres().start(Path(sys.argv[1]), fsync=False)
assert server.is_owned
print(server.port, flush=True)
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="paymux-test-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "data"


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningServer]:
    """For tests that only look."""
    with tempfile.TemporaryDirectory(prefix="paymux-test-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        running = EmbeddedPostgres().start(Path(folder) / "data", fsync=False)
        yield running
        running.stop()


@pytest.fixture
def server(data_dir: Path) -> Iterator[RunningServer]:
    running = EmbeddedPostgres().start(data_dir, fsync=False)
    yield running
    running.stop()


def ask(url: str, query: str) -> object:
    async def answer() -> object:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(answer())


def postmaster_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres/cluster/postmaster.pid").read_text().splitlines()[0])


def test_the_two_roles_can_do_what_they_need_and_nothing_more(shared: RunningServer) -> None:
    rights = (
        "SELECT array[rolsuper, rolbypassrls, rolcreatedb, rolcreaterole]"
        " FROM pg_roles WHERE rolname = current_user"
    )
    assert ask(shared.owner_url, rights) == [False, False, False, True]
    assert ask(shared.app_url, rights) == [False, False, False, False]
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert ask(shared.app_url, owner) == "paymux_owner"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        ask(shared.app_url, "CREATE TABLE mine (id int)")


def test_text_is_compared_by_the_builtin_utf8_locale(shared: RunningServer) -> None:
    kept = "SELECT datlocale FROM pg_database WHERE datname = 'paymux' AND datlocprovider = 'b'"
    assert ask(shared.app_url, kept) == "C.UTF-8"
    assert ask(shared.app_url, "SELECT lower('ÄÉŞ')") == "äéş"


def test_it_listens_on_loopback_and_a_socket_and_nowhere_else(shared: RunningServer) -> None:
    assert ask(shared.app_url, "SHOW listen_addresses") == "127.0.0.1"
    assert (shared.socket_dir / f".s.PGSQL.{shared.port}").is_socket()
    with socket.socket(socket.AF_UNIX) as by_socket:
        by_socket.connect(f"{shared.socket_dir}/.s.PGSQL.{shared.port}")


def test_a_wrong_password_is_refused(shared: RunningServer) -> None:
    url = f"postgresql://paymux_owner:wrong@{shared.host}:{shared.port}/paymux"
    with pytest.raises(asyncpg.InvalidPasswordError):
        ask(url, "SELECT 1")


def test_tests_may_trade_durability_for_speed_and_others_do_not(data_dir: Path) -> None:
    switches = "SELECT string_agg(setting, ' ') FROM pg_settings WHERE name = ANY("
    switches += "array['fsync', 'synchronous_commit', 'full_page_writes'])"
    forgetful = EmbeddedPostgres().start(data_dir, fsync=False)
    assert ask(forgetful.app_url, switches) == "off off off"
    forgetful.stop()
    durable = EmbeddedPostgres().start(data_dir)
    assert ask(durable.app_url, switches) == "on on on"
    durable.stop()


def test_passwords_are_private_and_in_no_log(data_dir: Path, server: RunningServer) -> None:
    kept = data_dir / "postgres.json"
    assert kept.stat().st_mode & 0o777 == 0o600
    passwords = [v for k, v in msgspec.json.decode(kept.read_bytes()).items() if "password" in k]
    log = (data_dir / "postgres/log/server.log").read_text()
    assert len(set(passwords)) == 3
    assert not any(password in log + repr(server) for password in passwords)
    assert not list(data_dir.rglob("initial"))


def test_data_and_port_outlive_a_stop(data_dir: Path) -> None:
    first = EmbeddedPostgres().start(data_dir, fsync=False)
    ask(first.owner_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    first.stop()
    first.stop()
    assert not first.is_alive()
    second = EmbeddedPostgres().start(data_dir, fsync=False)
    assert second.owner_url == first.owner_url
    assert ask(second.owner_url, "SELECT answer FROM kept") == 42
    second.stop()


def test_a_guest_attaches_and_cannot_stop_the_server(
    data_dir: Path, server: RunningServer
) -> None:
    guest = EmbeddedPostgres().start(data_dir)
    assert guest.app_url == server.app_url
    assert (server.is_owned, guest.is_owned) == (True, False)
    guest.stop()
    assert ask(server.app_url, "SELECT 1") == 1


def test_many_who_start_at_once_share_one_server(data_dir: Path) -> None:
    found: list[RunningServer] = []
    threads = [
        threading.Thread(target=lambda: found.append(EmbeddedPostgres().start(data_dir)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({each.app_url for each in found}) == 1
    assert [each.is_owned for each in found].count(True) == 1
    for each in found:
        each.stop()
    assert not found[0].is_alive()


def test_what_was_committed_survives_a_kill_of_the_server(data_dir: Path) -> None:
    killed = EmbeddedPostgres().start(data_dir)
    ask(killed.owner_url, "CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(postmaster_pid(data_dir), signal.SIGKILL)
    again = EmbeddedPostgres().start(data_dir)
    assert ask(again.owner_url, "SELECT answer FROM kept") == 42
    killed.stop()


def test_a_killed_server_is_revived_where_it_was(data_dir: Path, server: RunningServer) -> None:
    assert not server.revive()
    os.kill(postmaster_pid(data_dir), signal.SIGKILL)
    time.sleep(0.05)
    assert server.revive()
    assert ask(server.app_url, "SELECT 1") == 1


def test_a_pid_file_that_names_some_other_process_does_not_stop_the_start(
    data_dir: Path, server: RunningServer
) -> None:
    server.stop()
    pid_file = data_dir / "postgres/cluster/postmaster.pid"
    other = subprocess.Popen(["sleep", "60"], user=pid_file.parent.stat().st_uid)
    try:
        pid_file.write_text(
            f"{other.pid}\n{pid_file.parent}\n1\n5432\n/tmp\n127.0.0.1\n1 2\nready\n"
        )
        os.chown(pid_file, pid_file.parent.stat().st_uid, -1)
        again = EmbeddedPostgres().start(data_dir, fsync=False)
        assert ask(again.app_url, "SELECT 1") == 1
        again.stop()
    finally:
        other.kill()
        other.wait()


def test_who_dies_without_stopping_leaves_a_server_that_the_next_one_owns(
    data_dir: Path,
) -> None:
    command = [sys.executable, "-c", _DIES_WITHOUT_STOPPING, str(data_dir)]
    dead = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert dead.returncode == -signal.SIGKILL
    heir = EmbeddedPostgres().start(data_dir)
    assert heir.port == int(dead.stdout)
    assert heir.is_owned
    heir.stop()
    assert not heir.is_alive()


def test_another_port_is_chosen_when_the_last_one_is_taken(data_dir: Path) -> None:
    first = EmbeddedPostgres().start(data_dir, fsync=False)
    first.stop()
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", first.port))
        squatter.listen()
        second = EmbeddedPostgres().start(data_dir, fsync=False)
        assert second.port != first.port
        assert ask(second.app_url, "SELECT 1") == 1
        second.stop()


def test_a_port_that_was_asked_for_is_used_or_refused(data_dir: Path) -> None:
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", 0))
        squatter.listen()
        port: int = squatter.getsockname()[1]
        with pytest.raises(PortIsTaken, match=str(port)):
            EmbeddedPostgres().start(data_dir, port=port, fsync=False)
    server = EmbeddedPostgres().start(data_dir, port=port, fsync=False)
    assert server.port == port
    server.stop()


def test_a_start_that_was_cut_short_is_begun_again(data_dir: Path) -> None:
    unfinished = data_dir / "postgres/cluster.unfinished"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n")
    (data_dir / "postgres.new").write_text("half a rec")
    server = EmbeddedPostgres().start(data_dir, fsync=False)
    assert ask(server.app_url, "SELECT 1") == 1
    server.stop()


def test_a_path_too_long_for_a_socket_gets_a_short_one(data_dir: Path) -> None:
    deep = data_dir / ("deep" * 20)
    data_dir.mkdir()
    server = EmbeddedPostgres().start(deep, fsync=False)
    assert (server.socket_dir / f".s.PGSQL.{server.port}").is_socket()
    guest = EmbeddedPostgres().start(deep)
    assert guest.socket_dir == server.socket_dir
    server.stop()
    assert not server.socket_dir.exists()


def test_a_path_that_a_shell_would_misread_is_harmless(data_dir: Path) -> None:
    server = EmbeddedPostgres().start(data_dir / 'a "b", $(c) `d`', fsync=False)
    assert ask(server.app_url, "SELECT 1") == 1
    server.stop()


def test_files_of_another_major_version_are_left_alone(
    data_dir: Path, server: RunningServer
) -> None:
    server.stop()
    (data_dir / "postgres/cluster/PG_VERSION").write_text("14\n")
    with pytest.raises(DatabaseHasAnotherVersion, match="14"):
        EmbeddedPostgres().start(data_dir)


def test_passwords_whose_tables_are_lost_get_no_empty_tables_instead(
    data_dir: Path, server: RunningServer
) -> None:
    server.stop()
    (data_dir / "postgres/cluster").rename(data_dir / "elsewhere")
    with pytest.raises(DataDirectoryIsIncomplete):
        EmbeddedPostgres().start(data_dir)


def test_a_discarded_server_leaves_nothing_and_can_be_made_anew(
    data_dir: Path, server: RunningServer
) -> None:
    guest = EmbeddedPostgres().start(data_dir)
    guest.discard()
    assert server.is_alive()
    server.discard()
    assert {path.suffix for path in data_dir.iterdir()} == {".lock", ".owner"}
    EmbeddedPostgres().start(data_dir, fsync=False).discard()


def test_tables_whose_passwords_are_lost_are_left_alone(
    data_dir: Path, server: RunningServer
) -> None:
    server.stop()
    for damage in ("not json", None):
        if damage is None:
            (data_dir / "postgres.json").unlink()
        else:
            (data_dir / "postgres.json").write_text(damage)
        with pytest.raises(DataDirectoryIsIncomplete):
            EmbeddedPostgres().start(data_dir)
