"""The Makefile, .ci/run, the README and CONTRIBUTING name the same commands."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CI = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
PROMISED = {"run", "demo", "test", "fmt", "lint", "types", "arch", "bench"}


def declared() -> set[str]:
    phony = re.search(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    assert phony
    return set(phony[1].split())


def explained() -> set[str]:
    return set(re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE))


def commands(text: str) -> set[str]:
    """The targets that a text tells the reader to make, in code or at the start of a line."""
    return set(re.findall(r"(?:`|^\s*)make ([a-z]+)", text, re.MULTILINE))


def test_every_target_is_explained_by_make_help() -> None:
    assert explained() == declared()
    assert declared() >= PROMISED


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
def test_a_document_names_only_targets_that_exist(document: str) -> None:
    assert commands((ROOT / document).read_text(encoding="utf-8")) <= declared()


def test_the_readme_names_the_two_commands_that_do_everything() -> None:
    assert commands((ROOT / "README.md").read_text(encoding="utf-8")) >= {"run", "test"}


def test_ci_makes_the_same_targets_and_closes_with_the_tests() -> None:
    made = re.findall(r"^make ([a-z]+)$", CI, re.MULTILINE)
    assert set(made) == {"lint", "types", "arch", "test"}
    assert CI.rstrip().endswith("make test")


def test_the_lock_names_no_host_and_pins_each_package_once() -> None:
    lock = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    pins = [line for line in lock.splitlines() if not line.startswith("#")]
    assert "://" not in lock
    assert all(re.fullmatch(r"[a-z0-9-]+==\S+( ; .+)?", pin) for pin in pins)
    assert len({pin.split("==")[0] for pin in pins}) == len(pins)


def test_compose_has_no_default_for_a_secret() -> None:
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    secrets = re.findall(r"\$\{(\w*(?:PASSWORD|KEY|SECRET|TOKEN)\w*)(\S*)", compose)
    assert secrets
    assert all(rest.startswith((":?}", ":-}")) for _, rest in secrets)
    assert not re.search(r"(?i)(password|keys?|secret|token): *[\"']?[a-z0-9]", compose)


def test_compose_sets_only_settings_that_exist() -> None:
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    settings = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    known = set(re.findall(r"^\| `(PAYMUX_\w+)`", settings, re.MULTILINE))
    assert set(re.findall(r"PAYMUX_\w+", compose)) <= known


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """The Makefile alone, in a folder whose name has a space."""
    folder = tmp_path / "a clone"
    folder.mkdir()
    shutil.copy(ROOT / "Makefile", folder)
    return folder


def make(folder: Path, *arguments: str, path: str) -> subprocess.CompletedProcess[str]:
    tools = Path(shutil.which("make") or "make").parent
    environment = {"PATH": f"{path}:{tools}:/bin"}
    command = [str(tools / "make"), *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def interpreter(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def test_an_old_python_alone_is_refused_with_a_sentence(clone: Path) -> None:
    made = make(clone, "PYTHONS=old", ".venv/.made", path=str(clone))
    assert made.returncode != 0
    assert "needs Python 3.11 or newer and found none" in made.stderr


def test_a_python_without_venv_is_refused_with_what_to_install(clone: Path) -> None:
    interpreter(clone, "half", 'case "$2" in *ensurepip*) exit 1;; esac')
    made = make(clone, "PYTHONS=half", ".venv/.made", path=str(clone))
    assert made.returncode != 0
    assert "apt-get install python3-venv" in made.stderr


def test_the_first_python_that_is_new_enough_makes_the_environment(clone: Path) -> None:
    interpreter(clone, "old", "exit 1")
    made = make(clone, f"PYTHONS=old {sys.executable}", ".venv/.made", path=str(clone))
    assert made.returncode == 0, made.stderr
    again = make(clone, f"PYTHONS=old {sys.executable}", ".venv/.made", path=str(clone))
    assert "up to date" in again.stdout
