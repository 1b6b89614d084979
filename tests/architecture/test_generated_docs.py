"""The pages made from the code say what the code says now."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "paymux"
GENERATORS = {
    "settings.md": "paymux.platform.settings.reference",
    "declines.md": "paymux.bootstrap.decline_reference",
    "errors.md": "paymux.bootstrap.error_reference",
}


def generated(module: str) -> str:
    """What a fresh process prints: other tests have classes of their own loaded in this one."""
    made = subprocess.run(
        [sys.executable, "-m", module], capture_output=True, timeout=120, check=True
    )
    return made.stdout.decode("utf-8")


def codes() -> set[str]:
    """The codes in the source of every class that has one."""
    return {
        line.value.value
        for path in PACKAGE.rglob("*.py")
        if not path.is_relative_to(PACKAGE / "sandbox")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for line in node.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant)
        if isinstance(line.value.value, str)
        if [target.id for target in line.targets if isinstance(target, ast.Name)] == ["code"]
    }


@pytest.mark.parametrize("page", sorted(GENERATORS))
def test_a_generated_page_is_the_one_committed(page: str) -> None:
    committed = (ROOT / "docs" / page).read_text(encoding="utf-8")
    module = GENERATORS[page]
    again = f"Make it anew: python -m {module} > docs/{page}"
    assert committed == generated(module), again


def test_every_code_is_explained_once() -> None:
    text = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `(\w+)` \| \*\*[^*|]+\*\* [^|]+ \| [^|]+ \|$", text, re.MULTILINE)
    assert sorted(explained) == sorted(codes())
