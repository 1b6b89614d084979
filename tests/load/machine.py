"""What the bench runs on, in general terms."""

import os
import platform
from pathlib import Path
from typing import Final

from paymux.platform.embedded.binaries import find_binaries, major_version
from tests.load.report import Machine

_CPU: Final = Path("/proc/cpuinfo")
_RELEASE: Final = Path("/etc/os-release")


def this_machine() -> Machine:
    return Machine(
        processor=_field(_CPU, "model name", ":") or platform.processor() or platform.machine(),
        cores=os.cpu_count() or 1,
        memory_gb=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9,
        system=(_field(_RELEASE, "PRETTY_NAME", "=") or platform.system()).strip('"'),
        python=platform.python_version(),
        postgres=str(major_version(find_binaries())),
    )


def _field(file: Path, name: str, separator: str) -> str:
    """The first value of that name in a file of fields; empty where there is none."""
    if not file.exists():
        return ""
    for line in file.read_text("utf-8", "replace").splitlines():
        key, _, value = line.partition(separator)
        if key.strip() == name:
            return value.strip()
    return ""
