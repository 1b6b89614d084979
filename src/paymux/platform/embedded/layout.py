"""Where the embedded server keeps its things.

The files are in a folder `postgres` of Paymux's data directory. As root that folder can be out of
reach of the user that runs PostgreSQL (below `/root`, say). The mode of folders that are not ours
is not ours to change, so the files then go below `/var/lib/paymux`, and the data directory's
record says where.
"""

import logging
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from paymux.platform.embedded.account import Account
from paymux.platform.embedded.binaries import copy_binaries
from paymux.platform.embedded.errors import (
    DataDirectoryBelongsToSomeoneElse,
    NoAccountCanRunPostgres,
)

_log = logging.getLogger(__name__)

_REACHABLE_BY_ALL = Path("/var/lib/paymux")
# sun_path holds 104 bytes on macOS and 108 on Linux, its closing zero included.
_LONGEST_SOCKET_PATH = 103


@dataclass(frozen=True, slots=True)
class Home:
    """The folder with the cluster, its log, its socket and, if need be, its programs."""

    path: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.path / "cluster"

    @property
    def unfinished_cluster(self) -> Path:
        """A cluster being made; it gets its real name when it is whole."""
        return self.path / "cluster.unfinished"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.path / "log" / "server.log"

    def prepare(self, account: Account) -> None:
        """Make the folders: the outer one ours, the inner ones the account's."""
        if not self.path.exists():
            self.path.mkdir(parents=True)
            self.path.chmod(_mode_of_folder_to_pass_through())
            if os.geteuid() == 0:
                os.chown(self.path, self.path.parent.stat().st_uid, -1)
        for inner in (self.log.parent, self.path / "run"):
            inner.mkdir(mode=0o700, exist_ok=True)
            account.give(inner)

    def runnable(self, binaries: Path, account: Account) -> Path:
        """`binaries` if the account can run them, else a copy of them that it can."""
        if account.can_run(binaries):
            return binaries
        copied = copy_binaries(binaries, self.path / "programs")
        if account.can_run(copied):
            return copied
        reason = f"the user with id {account.uid} cannot run {binaries}, nor a copy in {copied}"
        raise NoAccountCanRunPostgres(reason)

    def socket_folder(self, account: Account, last: str) -> Path:
        """A folder for the socket whose path is short enough; `last` is what it was before."""
        inside = self.path / "run"
        if len(os.fsencode(inside / ".s.PGSQL.65535")) <= _LONGEST_SOCKET_PATH:
            return inside
        before = Path(last)
        if last and before.is_dir() and before.stat().st_uid == account.uid:
            return before
        short = Path(tempfile.mkdtemp(prefix="paymux-", dir="/tmp"))
        account.give(short)
        return short

    def remove_socket_folder(self, folder: Path) -> None:
        """Tidy up a socket folder outside the home."""
        if folder.parent != self.path:
            shutil.rmtree(folder, ignore_errors=True)

    def remove(self) -> None:
        """Delete everything in the home of a stopped server."""
        shutil.rmtree(self.path)


def prepare_data_dir(data_dir: Path) -> Path:
    """Paymux's data directory, made if it is not there; absolute."""
    data_dir = data_dir.absolute()
    try:
        data_dir.mkdir(mode=_mode_of_folder_to_pass_through(), parents=True, exist_ok=True)
    except PermissionError:
        raise DataDirectoryBelongsToSomeoneElse(data_dir) from None
    return data_dir


def choose_home(data_dir: Path, recorded: str, account: Account) -> Home:
    """Where the record says; else in the data directory if the account can get there."""
    if recorded:
        return Home(Path(recorded))
    if os.geteuid() == 0 and data_dir.stat().st_uid == 0:
        data_dir.chmod(data_dir.stat().st_mode | 0o011)
    here = Home(data_dir / "postgres")
    if account.can("-x", data_dir):
        return here
    if here.cluster.exists():
        reason = f"the user with id {account.uid} cannot reach its files in {here.path}"
        raise NoAccountCanRunPostgres(reason)
    elsewhere = _REACHABLE_BY_ALL / _telling_name(data_dir)
    _log.warning(
        "The user that runs PostgreSQL cannot reach the data directory; its files are elsewhere",
        extra={"data_dir": str(data_dir), "postgres_files": str(elsewhere)},
    )
    return Home(elsewhere)


def _telling_name(data_dir: Path) -> str:
    """Whoever finds the folder later sees whose it was, and that it may go with its owner."""
    return f"{'-'.join(data_dir.parts[1:])[-40:].lstrip('.-')}-{token_hex(4)}"


def _mode_of_folder_to_pass_through() -> int:
    return 0o711 if os.geteuid() == 0 else 0o700
