"""Every contract in .importlinter holds, and every one of them can fail."""

import configparser
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SEEDS: dict[str, dict[str, str]] = tomllib.loads(
    Path(__file__).with_name("seeds.toml").read_text(encoding="utf-8")
)


def contract_ids() -> list[str]:
    configuration = configparser.ConfigParser()
    configuration.read(ROOT / ".importlinter", encoding="utf-8")
    prefix = "importlinter:contract:"
    return [name.removeprefix(prefix) for name in configuration if name.startswith(prefix)]


def lint(source: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the package in `source`, whatever else is installed."""
    script = Path(sys.executable).with_name("lint-imports")
    command = [str(script), "--no-logo", "--config", str(ROOT / ".importlinter"), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(source), "COLUMNS": "400"}
    return subprocess.run(
        command, cwd=source, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    copy = tmp_path / "src"
    shutil.copytree(ROOT / "src", copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def seed(source: Path, module: str, text: str) -> None:
    """Add the text to a module, making it and the packages above it when they are not there."""
    *packages, name = module.split(".")
    folder = source
    for package in packages:
        folder /= package
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    with (folder / f"{name}.py").open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")


def is_violation(module: str, text: str) -> bool:
    return bool(text) or module.rpartition(".")[2].startswith("undeclared")


def is_blamed(module: str, report: str) -> bool:
    return module in report or f" .{module.rpartition('.')[2]} " in report


def test_the_tree_keeps_every_contract() -> None:
    result = lint(ROOT / "src", "--no-cache")
    assert result.returncode == 0, result.stdout + result.stderr


def test_every_contract_has_a_seed_and_every_seed_a_contract() -> None:
    assert sorted(SEEDS) == sorted(contract_ids())


@pytest.mark.parametrize("contract", contract_ids())
def test_a_seeded_violation_breaks_its_contract(scratch: Path, cache: Path, contract: str) -> None:
    for module, text in SEEDS[contract].items():
        seed(scratch, module, text)
    result = lint(scratch, "--contract", contract, "--cache-dir", str(cache))
    assert "0 kept, 1 broken" in result.stdout, result.stdout + result.stderr
    violations = [module for module, text in SEEDS[contract].items() if is_violation(module, text)]
    missed = [module for module in violations if not is_blamed(module, result.stdout)]
    assert not missed, f"not blamed: {missed}\n{result.stdout}"
