"""Where a test's database server may keep its files."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """Make a folder that also the user who runs PostgreSQL for root can get to.

    pytest's own folders are root's alone; the files would go below /var/lib then, and a session
    that is killed would leave them there.
    """
    with tempfile.TemporaryDirectory(
        prefix="paymux-test-", dir="/tmp", ignore_cleanup_errors=True
    ) as path:
        Path(path).chmod(0o711)
        yield Path(path)
