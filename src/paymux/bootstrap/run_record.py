"""What `paymux run` keeps between two starts, and what `paymux demo` reads."""

import os
from pathlib import Path
from typing import Final

import msgspec

_NAME: Final = "run.json"


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Where things are. `root_key` and `demo_key` open only this trial installation."""

    port: int = 8000
    public_url: str = "http://127.0.0.1:8000"
    sandbox_port: int = 8001
    root_key: str = ""
    demo_key: str = ""

    @property
    def sandbox_url(self) -> str:
        """Where the stand-ins for the providers are."""
        return f"http://127.0.0.1:{self.sandbox_port}"


class NothingIsRunning(Exception):
    """There is no `paymux run` in this data directory."""

    def __init__(self, data_dir: Path) -> None:
        super().__init__(f"Nothing is running in {data_dir}: start `paymux run` first.")


def read_record(data_dir: Path) -> RunRecord | None:
    """Return what an earlier start left, or None."""
    path = data_dir / _NAME
    if not path.exists():
        return None
    return msgspec.json.decode(path.read_bytes(), type=RunRecord)


def save_record(data_dir: Path, record: RunRecord) -> None:
    """Write the record, readable by its owner alone, whole or not at all."""
    fresh = data_dir / f"{_NAME}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(record)))
    fresh.replace(data_dir / _NAME)
