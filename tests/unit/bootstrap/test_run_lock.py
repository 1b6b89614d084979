"""One `paymux run` per data directory; a dead one keeps nobody out."""

import subprocess
import sys
from pathlib import Path

import pytest

from paymux.bootstrap.run_lock import PaymuxRunsAlready, alone_in, somebody_is_in
from paymux.bootstrap.run_record import RunRecord, save_record

HOLDER = """
import sys, time
from pathlib import Path
from paymux.bootstrap.run_lock import alone_in
with alone_in(Path(sys.argv[1])):
    print("in", flush=True)
    time.sleep(60)
"""


def test_a_second_one_is_told_where_the_first_is(tmp_path: Path) -> None:
    save_record(tmp_path, RunRecord(port=8123, public_url="http://127.0.0.1:8123"))
    with (
        alone_in(tmp_path),
        pytest.raises(
            PaymuxRunsAlready, match=r"already in .+ at http://127\.0\.0\.1:8123\. Stop"
        ),
        alone_in(tmp_path),
    ):
        pass


def test_afterwards_the_next_one_may(tmp_path: Path) -> None:
    for _ in range(2):
        with alone_in(tmp_path):
            assert somebody_is_in(tmp_path)
        assert not somebody_is_in(tmp_path)


def test_one_that_was_killed_keeps_nobody_out(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "in\n"
        assert somebody_is_in(tmp_path)
        holder.kill()
        holder.wait(10)
    with alone_in(tmp_path):
        pass
