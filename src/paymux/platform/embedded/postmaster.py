"""The server process: whether it lives, starting it, stopping it."""

import re
import shlex
import socket
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from paymux.platform.embedded.account import Account
from paymux.platform.embedded.errors import PortIsTaken, PostgresCannotStart
from paymux.platform.embedded.layout import Home

HOST = "127.0.0.1"

_WAIT_SECONDS = 300
_RETRY_FOR_SECONDS = 20
_RETRY_EVERY_SECONDS = 0.25
# What passes by itself: the old process not reaped yet, its last children still attached to
# the shared memory, or another program that took the port between our look and our start.
_PASSING = ("lock file", "shared memory block", "Address already in use", "could not bind")


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The server of one cluster."""

    home: Home
    binaries: Path
    account: Account

    def is_alive(self) -> bool:
        """Whether the process in the pid file lives and is this cluster's server.

        The file alone proves nothing: after a kill -9 or a restart of the container its number
        can be a zombie's or some other program's.
        """
        pid = self._recorded_pid()
        return pid is not None and _is_server_of(pid, self.home.cluster)

    def becomes_ready(self) -> bool:
        """Wait for a server that is starting or stopping; its status is line 8 of the pid file."""
        deadline = time.monotonic() + _WAIT_SECONDS
        while self.is_alive():
            if self._pid_file_line(7) == "ready":
                return True
            if time.monotonic() > deadline:
                raise PostgresCannotStart(step="Waiting", said=self._last_words(0))
            time.sleep(0.05)
        return False

    def port(self) -> int:
        """The port of the running server: line 4 of the pid file."""
        return int(self._pid_file_line(3) or 0)

    def socket_folder(self) -> Path:
        """The socket folder of the running server: line 5 of the pid file."""
        return Path(self._pid_file_line(4) or ".")

    def start(self, options: Mapping[str, str], wanted: int | None, last: int) -> int:
        """Start the server and return its port; retried while the refusal is one that passes."""
        deadline = time.monotonic() + _RETRY_FOR_SECONDS
        while True:
            port = choose_port(wanted, last)
            heard_before = self.home.log.stat().st_size if self.home.log.exists() else 0
            try:
                self._pg_ctl("start", options={**options, "port": str(port)})
            except PostgresCannotStart as refusal:
                said = self._last_words(heard_before) or refusal.detail
                if time.monotonic() > deadline or not any(each in said for each in _PASSING):
                    raise PostgresCannotStart(step=refusal.step, said=said) from refusal
            else:
                return port
            self._forget_dead_server()
            time.sleep(_RETRY_EVERY_SECONDS)

    def stop(self) -> None:
        """Stop the server in fast mode: open transactions are rolled back."""
        if self.is_alive():
            self._pg_ctl("stop", "-m", "fast")

    def _pg_ctl(
        self, verb: str, *arguments: str, options: Mapping[str, str] | None = None
    ) -> None:
        command: list[str | Path] = [
            self.binaries / "pg_ctl",
            verb,
            "-w",
            "-t",
            str(_WAIT_SECONDS),
            *arguments,
        ]
        if options is not None:
            given = " ".join(f"-c {shlex.quote(f'{k}={v}')}" for k, v in options.items())
            command += ["-l", self.home.log.name, "-o", given]
        # Paths go by folder and by variable: pg_ctl hands its -D and -l to a shell, quoted badly.
        self.account.run(
            f"pg_ctl {verb}",
            command,
            folder=self.home.log.parent,
            variables={"PGDATA": str(self.home.cluster)},
        )

    def _forget_dead_server(self) -> None:
        """Remove the pid file of a dead server whose number another process bears now.

        PostgreSQL itself gives such a file up only when no process has that number. It still
        refuses to start on its own while a child of the old server uses the shared memory.
        """
        if self._recorded_pid() is not None and not self.is_alive():
            (self.home.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _recorded_pid(self) -> int | None:
        first = self._pid_file_line(0)
        return int(first) if first.isdecimal() else None

    def _pid_file_line(self, number: int) -> str:
        try:
            lines = (self.home.cluster / "postmaster.pid").read_text().splitlines()
        except OSError:
            return ""
        return lines[number].strip() if number < len(lines) else ""

    def _last_words(self, start: int) -> str:
        if not self.home.log.exists():
            return ""
        with self.home.log.open("rb") as log:
            log.seek(start)
            return log.read().decode(errors="replace")[-2000:]


def choose_port(wanted: int | None, last: int) -> int:
    """The port asked for, else the last one, else any that is free; raises `PortIsTaken`."""
    if wanted is not None:
        if not _is_free(wanted):
            raise PortIsTaken(wanted)
        return wanted
    if last and _is_free(last):
        return last
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _is_server_of(pid: int, cluster: Path) -> bool:
    if not Path("/proc/self/stat").exists():
        return _is_postgres_by_ps(pid)
    process = Path("/proc") / str(pid)
    try:
        return (process / "cwd").samefile(cluster)
    except PermissionError:
        return _is_postgres_by_stat(process)
    except OSError:
        return False  # no such process, or a zombie, which has no working directory


def _is_postgres_by_stat(process: Path) -> bool:
    """Root in a container may lack the right to look at another user's working directory."""
    try:
        _, name, rest = re.split(r"[()]", (process / "stat").read_text(), maxsplit=2)
    except (OSError, ValueError):
        return False
    return name == "postgres" and not rest.strip().startswith("Z")


def _is_postgres_by_ps(pid: int) -> bool:
    command = ["/bin/ps", "-o", "stat=", "-o", "comm=", "-p", str(pid)]
    reply = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    state, _, name = reply.stdout.strip().partition(" ")
    return name.strip().endswith("postgres") and not state.startswith("Z")
