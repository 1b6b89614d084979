"""Processes under measurement: started, watched from outside, stopped."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_STOP_SECONDS: Final = 40


class Program:
    """A Python module running in a process of its own; its output goes to a file."""

    def __init__(
        self, module: str, arguments: Sequence[str], environ: Mapping[str, str], log: Path
    ) -> None:
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                env={**_inherited(), **environ},
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._log = log

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_running(self) -> bool:
        return self._process.poll() is None

    def last_words(self) -> str:
        return self._log.read_text("utf-8", "replace")[-2000:]

    def stop(self) -> None:
        """End it as an operator would; one that does not go is killed."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def resident_mb(self) -> float:
        """Memory in RAM, in MB of 10⁶ bytes."""
        status = _PROC / str(self.pid) / "status"
        if not status.exists():
            return int(self._ask_ps("rss")) * 1024 / 1e6
        found = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS:"))
        return int(found.split()[1]) * 1024 / 1e6

    def cpu_seconds(self) -> float | None:
        """Processor time used so far; None where the system does not tell it finely."""
        stat = _PROC / str(self.pid) / "stat"
        if not stat.exists():
            return None
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def _ask_ps(self, what: str) -> str:
        asked = ["ps", "-o", f"{what}=", "-p", str(self.pid)]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout


def _inherited() -> dict[str, str]:
    """Leave out settings of whoever runs the bench: it measures its own installation."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PAYMUX_")}
