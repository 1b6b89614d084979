"""One `paymux run` per data directory, by a lock that the kernel frees when its holder dies."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from paymux.bootstrap.run_record import read_record
from paymux.kernel.errors import StartIsRefused
from paymux.platform.embedded.locks import FileLock

_NAME: Final = "run.lock"


class PaymuxRunsAlready(StartIsRefused):
    """Two would take each other's ports and overwrite each other's record."""

    code = "paymux_runs_already"

    def __init__(self, data_dir: Path) -> None:
        record = read_record(data_dir)
        where = f", at {record.public_url}" if record is not None else ""
        super().__init__(
            f"Paymux runs already in {data_dir}{where}. "
            "Stop it there with Ctrl+C, or choose another PAYMUX_DATA_DIR."
        )


@contextmanager
def alone_in(data_dir: Path) -> Iterator[None]:
    """Keep every other `paymux run` out of `data_dir`; raises PaymuxRunsAlready."""
    lock = _hold(data_dir)
    try:
        yield
    finally:
        lock.release()


def _hold(data_dir: Path) -> FileLock:
    # Somebody who only looks whether it is free holds it for an instant.
    for _ in range(3):
        lock = FileLock.try_hold(data_dir / _NAME)
        if lock is not None:
            return lock
        time.sleep(0.1)
    raise PaymuxRunsAlready(data_dir)


def somebody_is_in(data_dir: Path) -> bool:
    """Whether `paymux run` holds `data_dir` now."""
    lock = FileLock.try_hold(data_dir / _NAME)
    if lock is None:
        return True
    lock.release()
    return False
