"""Processes of an installation: started with their output in a file, stopped whatever happens."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.e2e.waiting import eventually

STOP_SECONDS = 30
_NOT_INHERITED = ("PAYMUX_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


class Process:
    """A Python program that can be started, stopped, killed and started again."""

    def __init__(
        self, name: str, arguments: Sequence[str], settings: Mapping[str, str], log: Path
    ) -> None:
        self.name = name
        self.log = log
        self._arguments = [sys.executable, *arguments]
        self._settings = dict(settings)
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> "Process":
        """Start it; the log of an earlier life is kept."""
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self._arguments,
                env=environment(self._settings),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def change(self, settings: Mapping[str, str]) -> None:
        """Use other settings from the next start on."""
        self._settings.update(settings)

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs or before it started."""
        return None if self._running is None else self._running.poll()

    def stop(self) -> None:
        """End it as an operator would; one that does not obey is killed, and that is an error."""
        running, self._running = self._running, None
        if running is None or running.poll() is not None:
            return
        running.terminate()
        try:
            running.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            _kill(running)
            message = f"{self.name} did not stop within {STOP_SECONDS} s; see {self.log}"
            raise RuntimeError(message) from None

    def kill(self) -> None:
        """End it as a power cut would."""
        running, self._running = self._running, None
        if running is not None:
            _kill(running)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without its own settings and proxies, and with these."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(_NOT_INHERITED)
    }
    return {**kept, "PYTHONUNBUFFERED": "1", **settings}


def run(arguments: Sequence[str], settings: Mapping[str, str], log: Path) -> int:
    """Run a program to its end, its output in `log`; returns its exit code."""
    process = Process(arguments[0], arguments, settings, log).start()
    try:
        return eventually(lambda: process.exit_code, within=60)
    finally:
        process.kill()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _kill(running: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()
