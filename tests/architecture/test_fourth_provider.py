"""A provider in a wheel of its own needs no line changed here."""

import json
import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from paymux.payments.ports.plugins import ENTRY_POINT_GROUP

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel, and install it where nothing but this test looks."""
    target = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]
    offline = ["--no-index", "--no-deps", "--no-build-isolation", "--target", str(target)]
    subprocess.run([*pip, *offline, HERE / "example_provider"], check=True, timeout=120)
    return target


@pytest.fixture(scope="module")
def told(site: Path) -> dict[str, list[str]]:
    environment = {**os.environ, "PYTHONPATH": str(site)}
    script = HERE / "fourth_provider.py"
    output = subprocess.check_output([sys.executable, script], env=environment, timeout=120)
    read: dict[str, list[str]] = json.loads(output)
    return read


def test_the_registry_lists_it_beside_ours(told: dict[str, list[str]]) -> None:
    ours = {entry.name for entry in entry_points(group=ENTRY_POINT_GROUP)}
    assert "acorn" not in ours
    assert set(told["installed"]) == ours | {"acorn"}


def test_its_credentials_are_checked_through_the_port(told: dict[str, list[str]]) -> None:
    assert told["accounts"] == ["acct_1", "credentials"]


def test_its_payment_goes_from_absent_to_paid_through_the_port(
    told: dict[str, list[str]],
) -> None:
    assert told["payment"] == ["NotFound()", "http://pay/p_1", "10.50 EUR", "succeeded"]


def test_nothing_of_ours_names_it() -> None:
    ours = [*(ROOT / "src").rglob("*.py"), *(ROOT / "migrations").rglob("*.py")]
    files = [*ours, ROOT / "pyproject.toml", ROOT / "constraints.txt"]
    assert not [path for path in files if "acorn" in path.read_text(encoding="utf-8").lower()]
