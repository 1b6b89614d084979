"""Locks between processes that the kernel lets go of when their holder dies."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from paymux.platform.embedded.errors import (
    DataDirectoryBelongsToSomeoneElse,
    DataDirectoryIsBusy,
)

_LONGEST_WAIT_SECONDS = 120


class FileLock:
    """A lock on `path`, held until `release`, garbage collection or the end of the process."""

    def __init__(self, path: Path) -> None:
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except PermissionError:
            raise DataDirectoryBelongsToSomeoneElse(path) from None
        if os.geteuid() == 0:
            # What root makes in a user's folder must not lock that user out of it.
            os.fchown(self._descriptor, path.parent.stat().st_uid, -1)

    @classmethod
    def try_hold(cls, path: Path) -> Self | None:
        """The lock, or None while someone else has it."""
        lock = cls(path)
        try:
            fcntl.flock(lock._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.release()
            return None
        return lock

    def release(self) -> None:
        """Let go; a second time does nothing."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)

    def __del__(self) -> None:
        """Nobody can ask for the release any more."""
        if hasattr(self, "_descriptor"):
            self.release()


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock on `path`, after waiting for it; raises `DataDirectoryIsBusy`."""
    deadline = time.monotonic() + _LONGEST_WAIT_SECONDS
    while (lock := FileLock.try_hold(path)) is None:
        if time.monotonic() > deadline:
            raise DataDirectoryIsBusy(path)
        time.sleep(0.05)
    try:
        yield
    finally:
        lock.release()
