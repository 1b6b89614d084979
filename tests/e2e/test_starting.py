"""Starting before the database does, losing it meanwhile, and being stopped half-way."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from paymux.platform.embedded.server import EmbeddedPostgres, RunningServer
from tests.e2e.installation import COMMAND, Installation
from tests.e2e.processes import environment, free_port
from tests.e2e.sandbox import Sandbox
from tests.e2e.talking import Record, send
from tests.e2e.waiting import eventually
from tests.reachable import reachable_folder

TAKES_JOBS = "The worker takes jobs."
SECRET = "Secret-Zk3vW8uTqLm5"


class Server:
    """A database server that can be switched off and on."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self.running = self._started()

    def off(self) -> None:
        self.running.stop()

    def on(self) -> None:
        port = self.running.port
        self.running = self._started()
        assert self.running.port == port

    def _started(self) -> RunningServer:
        return EmbeddedPostgres().start(self._data_dir, fsync=False)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with reachable_folder() as data_dir:
        server = Server(data_dir)
        yield server
        server.running.stop()


@pytest.fixture(scope="module")
def house(
    folder: Path, server: Server, sandbox: Sandbox, record: Record
) -> Iterator[Installation]:
    """Web and worker on that server; neither runs yet."""
    settings = {"PAYMUX_WORKER_IN_WEB": "false", "PAYMUX_LOG_LEVEL": "INFO"}
    made = Installation("starting", folder, server.running, sandbox, record, **settings)
    try:
        yield made.create()
    finally:
        made.discard()


def readiness(house: Installation) -> tuple[int, set[str]]:
    """The status, and which checks failed."""
    answer = send("GET", f"{house.url}/readyz", timeout=5)
    checks: dict[str, str] = answer.json()["checks"]
    return answer.status_code, {name for name, state in checks.items() if state == "failed"}


def times_in_log(text: str, log: Path) -> int:
    return log.read_text().count(text) if log.exists() else 0


def test_processes_wait_for_a_database_that_starts_after_them(
    house: Installation, server: Server
) -> None:
    logs = [house.log("web"), house.log("worker")]
    server.off()
    house.web.start()
    house.worker.start()
    eventually(lambda: all(times_in_log("is out of reach", log) for log in logs))
    server.on()
    house.await_ready()
    eventually(lambda: times_in_log(TAKES_JOBS, house.log("worker")) == 1)
    assert not any(times_in_log("Traceback", log) for log in logs)


def test_readiness_tells_what_is_missing_and_health_that_the_process_lives(
    house: Installation, server: Server
) -> None:
    assert readiness(house) == (200, set())
    (head,) = house.query("SELECT version_num FROM alembic_version")
    house.execute("UPDATE alembic_version SET version_num = '0001'")
    assert readiness(house) == (503, {"schema"})
    house.execute("UPDATE alembic_version SET version_num = $1", head["version_num"])
    assert readiness(house) == (200, set())
    server.off()
    assert readiness(house) == (503, {"database", "schema", "jobs"})
    assert send("GET", f"{house.url}/healthz").ok
    before = times_in_log(TAKES_JOBS, house.log("worker"))
    server.on()
    house.await_ready()
    eventually(lambda: times_in_log(TAKES_JOBS, house.log("worker")) > before)
    assert house.worker.exit_code is None


@pytest.mark.parametrize("name", ["web", "worker"])
def test_a_process_that_waits_for_its_database_can_be_stopped(
    name: str, house: Installation, server: Server
) -> None:
    house.stop()
    process, log = house.process(name), house.log(name)
    seen = times_in_log("is out of reach", log)
    server.off()
    try:
        process.start()
        eventually(lambda: times_in_log("is out of reach", log) > seen)
        began = time.monotonic()
        process.stop()
        assert time.monotonic() - began < 3
        assert not times_in_log("Traceback", log)
    finally:
        server.on()


def test_a_command_without_a_database_says_so_in_one_sentence(house: Installation) -> None:
    url = f"postgresql://paymux:{SECRET}@127.0.0.1:{free_port()}/paymux"
    told = subprocess.run(
        [sys.executable, *COMMAND, "tenants", "list"],
        env=environment({**house.settings, "PAYMUX_DATABASE_URL": url}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert told.returncode == 2
    assert re.fullmatch(r"The database 127\S+/paymux is out of reach .+\n", told.stderr)
    assert SECRET not in told.stderr + told.stdout


# A script's `&` has what it starts ignore SIGINT.
IN_A_SCRIPT = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")


@pytest.mark.parametrize("by", [(), IN_A_SCRIPT], ids=["by hand", "in a script"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_first_start_that_is_interrupted_leaves_no_process_behind(
    number: signal.Signals, by: tuple[str, ...]
) -> None:
    with reachable_folder() as home, (home / "log").open("w+") as log:
        settings = {"PAYMUX_DATA_DIR": str(home / "data"), "PAYMUX_PORT": str(free_port())}
        running = subprocess.Popen(
            [*by, sys.executable, *COMMAND, "run"],
            env=environment(settings),
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            eventually((home / "data/postgres.lock").exists, within=30)
            running.send_signal(number)
            assert running.wait(30) != 0
        finally:
            running.kill()
            running.wait()
        assert "Traceback" not in (home / "log").read_text()
        eventually(lambda: not processes_in(home))


def processes_in(home: Path) -> list[str]:
    listed = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True)
    return [line for line in listed.stdout.splitlines() if str(home) in line]
