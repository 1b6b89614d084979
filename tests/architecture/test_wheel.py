"""The wheel is whole: it serves and migrates with no source tree beside it."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    target = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "wheel"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", str(target)]
    subprocess.run([*pip, *offline, ROOT], check=True, timeout=120)
    (built,) = target.glob("paymux-*.whl")
    return zipfile.Path(built)


def sources(folder: Path) -> Iterator[Path]:
    """The files below that are not somebody's cache."""
    for path in folder.rglob("*"):
        below = path.relative_to(folder)
        if path.is_file() and not any(p == "__pycache__" or p[0] == "." for p in below.parts):
            yield below


@pytest.mark.parametrize(
    ("folder", "becomes"), [("src/paymux", "paymux"), ("migrations", "paymux/_migrations")]
)
def test_the_wheel_has_every_file(wheel: zipfile.Path, folder: str, becomes: str) -> None:
    left_out = [str(p) for p in sources(ROOT / folder) if not (wheel / becomes / str(p)).exists()]
    assert not left_out


def test_the_wheel_has_nothing_else(wheel: zipfile.Path) -> None:
    assert {path.name.partition("-")[0] for path in wheel.iterdir()} == {"paymux"}


def test_the_wheel_brings_the_command_and_the_providers(wheel: zipfile.Path) -> None:
    (info,) = [path for path in wheel.iterdir() if path.name.endswith(".dist-info")]
    entry_points = (info / "entry_points.txt").read_text()
    assert "paymux = paymux.bootstrap.cli:main" in entry_points
    assert "[paymux.providers]" in entry_points
