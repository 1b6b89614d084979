"""As whom PostgreSQL runs: as ourselves, or, since it refuses root, as a system user."""

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from paymux.platform.embedded.errors import NoAccountCanRunPostgres, PostgresCannotStart

# Existing users only; the first that works. `nobody` is last because other daemons share it.
_STAND_INS = ("postgres", "daemon", "nobody")
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
_LONGEST_COMMAND_SECONDS = 330
_ANYWHERE = Path("/")


@dataclass(frozen=True, slots=True)
class Account:
    """The user that owns the database files and runs the server."""

    uid: int
    gid: int

    def give(self, path: Path) -> None:
        """Make `path` this account's; only ever a folder that we made ourselves."""
        if not self._is_another():
            return
        try:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)
        except OSError as refusal:
            reason = f"{path} cannot be given to the user with id {self.uid} ({refusal.strerror})"
            raise NoAccountCanRunPostgres(reason) from refusal

    def can(self, flag: str, path: Path) -> bool:
        """Whether this account may read (`-r`) or enter and run (`-x`) `path`."""
        return self._succeeds(["/usr/bin/env", "test", flag, path])

    def can_run(self, binaries: Path) -> bool:
        """Whether the programs, their libraries and their shared files are within reach."""
        return self.can("-x", binaries / "pg_ctl") and self._succeeds(
            [binaries / "postgres", "--version"]
        )

    def run(
        self,
        step: str,
        command: Sequence[str | Path],
        *,
        folder: Path,
        told: str = "",
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Run `command` in `folder` with `told` on its standard input.

        Raises `PostgresCannotStart` with the command's own words. Output goes to a file and not
        to a pipe: the server inherits it and would keep a pipe open for ever.
        """
        with tempfile.TemporaryFile() as said:
            status = self._execute(command, folder, told, said, variables or {})
            said.seek(0)
            words = said.read().decode(errors="replace")
        if status != 0:
            raise PostgresCannotStart(step, words[-2000:])

    def _succeeds(self, command: Sequence[str | Path]) -> bool:
        with tempfile.TemporaryFile() as said:
            try:
                return self._execute(command, _ANYWHERE, "", said, {}) == 0
            except OSError:
                return False

    def _execute(
        self,
        command: Sequence[str | Path],
        folder: Path,
        told: str,
        said: IO[bytes],
        variables: Mapping[str, str],
    ) -> int:
        with tempfile.TemporaryFile() as script:
            script.write(told.encode())
            script.seek(0)
            return subprocess.run(  # noqa: S603 - no shell, and every argument is our own
                command,
                stdin=script,
                stdout=said,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env=_ENVIRONMENT | dict(variables),
                check=False,
                timeout=_LONGEST_COMMAND_SECONDS,
                user=self.uid if self._is_another() else None,
                group=self.gid if self._is_another() else None,
                extra_groups=[] if self._is_another() else None,
            ).returncode

    def _is_another(self) -> bool:
        return self.uid != os.geteuid()


def choose_account(cluster: Path, data_dir: Path, binaries: Path) -> Account:
    """Ourselves; or, as root, the owner of the files or folder, else a system user.

    Raises `NoAccountCanRunPostgres`.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for owned in (cluster, data_dir):
        if owned.exists() and owned.stat().st_uid != 0:
            return Account(owned.stat().st_uid, owned.stat().st_gid)
    stand_ins = list(_existing_stand_ins())
    if not stand_ins:
        reason = f"there is no user {', '.join(_STAND_INS)}, or we may not become it"
        raise NoAccountCanRunPostgres(reason)
    return next((each for each in stand_ins if each.can_run(binaries)), stand_ins[0])


def _existing_stand_ins() -> Iterator[Account]:
    for name in _STAND_INS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        account = Account(entry.pw_uid, entry.pw_gid)
        if account.can("-x", _ANYWHERE):
            yield account
