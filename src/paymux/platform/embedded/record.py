"""What the embedded server must remember: its passwords, its port, where its files are."""

import os
from pathlib import Path
from secrets import token_urlsafe

import msgspec

from paymux.platform.embedded.errors import (
    DataDirectoryBelongsToSomeoneElse,
    DataDirectoryIsIncomplete,
)


def _new_password() -> str:
    return token_urlsafe(32)


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Kept in `postgres.json`, readable by its owner alone."""

    superuser_password: str = msgspec.field(default_factory=_new_password)
    owner_password: str = msgspec.field(default_factory=_new_password)
    web_password: str = msgspec.field(default_factory=_new_password)
    port: int = 0
    home: str = ""
    socket_folder: str = ""

    def __repr__(self) -> str:
        """Without the passwords."""
        return f"Record(port={self.port}, home={self.home!r})"


def read_record(data_dir: Path) -> Record:
    """The record, or a new one with new passwords that is not saved yet.

    Raises `DataDirectoryBelongsToSomeoneElse` and `DataDirectoryIsIncomplete`.
    """
    path = _path(data_dir)
    try:
        return msgspec.json.decode(path.read_bytes(), type=Record)
    except FileNotFoundError:
        if (data_dir / "postgres" / "cluster").exists():
            raise DataDirectoryIsIncomplete(path) from None
        return Record()
    except PermissionError:
        raise DataDirectoryBelongsToSomeoneElse(path) from None
    except msgspec.MsgspecError:
        raise DataDirectoryIsIncomplete(path) from None


def save_record(data_dir: Path, record: Record) -> None:
    """Replace the record in one step, so that a crash leaves the old one or the new one."""
    path = _path(data_dir)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(record))
        file.flush()
        os.fsync(descriptor)
    if os.geteuid() == 0:
        owner = data_dir.stat()
        os.chown(fresh, owner.st_uid, owner.st_gid)
    fresh.replace(path)


def forget_record(data_dir: Path) -> None:
    """Remove the record of a server whose files are gone."""
    _path(data_dir).unlink(missing_ok=True)


def _path(data_dir: Path) -> Path:
    return data_dir / "postgres.json"
