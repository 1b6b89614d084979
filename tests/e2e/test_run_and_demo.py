"""`paymux run` starts everything and leaves nothing behind; `paymux demo` tells the story."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from paymux.platform.embedded.server import EmbeddedPostgres
from tests.e2e.installation import COMMAND
from tests.e2e.processes import Process, free_port, run
from tests.e2e.sandbox import PROVIDERS
from tests.e2e.talking import send
from tests.e2e.waiting import eventually
from tests.reachable import reachable_folder

LATER_START_SECONDS = 10


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """An empty folder."""
    with reachable_folder() as folder:
        yield folder
        EmbeddedPostgres().start(folder / "data").discard()


@pytest.fixture
def trial(home: Path) -> Iterator[Process]:
    """`paymux run` in that folder, not started yet."""
    log = home / "run.log"
    log.unlink(missing_ok=True)
    process = Process("run", [*COMMAND, "run"], settings(home), log)
    yield process
    process.stop()


def settings(home: Path) -> dict[str, str]:
    """Only where to be; the rest is found out."""
    port = home / "port"
    if not port.exists():
        port.write_text(str(free_port()))
    return {"PAYMUX_DATA_DIR": str(home / "data"), "PAYMUX_PORT": port.read_text()}


def started(trial: Process) -> str:
    """Start it and wait for its greeting; returns the demo key in it."""
    trial.start()

    def greeted() -> str | None:
        assert trial.exit_code is None, trial.log.read_text()[-3000:]
        found = re.search(r"Demo key +(\S+)", trial.log.read_text())
        return found[1] if found else None

    return eventually(greeted, within=60)


def demo(home: Path) -> str:
    """Run the demo to its end; returns what it printed."""
    log = home / "demo.log"
    log.unlink(missing_ok=True)
    code = run([*COMMAND, "demo"], settings(home), log)
    assert code == 0, log.read_text()
    return log.read_text()


def processes(home: Path) -> list[str]:
    """Whatever still runs on the folder, by command line."""
    listed = subprocess.run(["ps", "-ewwo", "args"], capture_output=True, text=True, check=True)
    record = home / "data" / "postgres.json"
    places = [str(home / "data"), *re.findall(r'"home":"([^"]+)"', record.read_text())]
    return [line for line in listed.stdout.splitlines() if any(place in line for place in places)]


def test_the_demo_ends_with_three_succeeded_payments_and_stopping_leaves_nothing(
    trial: Process, home: Path
) -> None:
    started(trial)
    told = demo(home)
    rows = [line.split() for line in told.splitlines() if " succeeded " in line]
    assert sorted(row[0] for row in rows) == sorted(PROVIDERS)
    assert processes(home)
    trial.stop()
    assert processes(home) == []


def test_a_later_start_is_quick_and_knows_the_demo_shop(trial: Process, home: Path) -> None:
    began = time.monotonic()
    key = started(trial)
    assert time.monotonic() - began < LATER_START_SECONDS
    url = f"http://127.0.0.1:{settings(home)['PAYMUX_PORT']}"
    answer = send("GET", f"{url}/v1/payments", headers={"Authorization": f"Bearer {key}"})
    assert answer.json()["data"]
    for path in ("/docs", "/openapi.json", "/healthz", "/readyz"):
        assert send("GET", f"{url}{path}").ok


def test_a_second_one_in_the_same_folder_is_refused_and_disturbs_nothing(
    trial: Process, home: Path
) -> None:
    started(trial)
    record, log = (home / "data/run.json").read_bytes(), home / "second.log"
    assert run([*COMMAND, "run"], settings(home), log) == 2
    port = settings(home)["PAYMUX_PORT"]
    assert re.fullmatch(rf"Paymux runs already in \S+, at \S+:{port}\. .+\n", log.read_text())
    assert (home / "data/run.json").read_bytes() == record
    assert send("GET", f"http://127.0.0.1:{port}/readyz").ok


def test_a_demo_of_what_does_not_run_says_so(home: Path) -> None:
    log = home / "idle.log"
    assert run([*COMMAND, "demo"], settings(home), log) == 2
    assert re.fullmatch(r"Nothing is running in .+\n", log.read_text())


def test_after_a_kill_everything_starts_again_and_nothing_is_left(
    trial: Process, home: Path
) -> None:
    key = started(trial)
    trial.kill()
    eventually(lambda: not [line for line in processes(home) if "paymux.sandbox" in line])
    trial.log.unlink()
    assert started(trial) == key
    demo(home)
    trial.stop()
    assert processes(home) == []
