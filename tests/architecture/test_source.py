"""House rules that import-linter does not see: lengths, late imports, names of providers."""

import ast
import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from paymux.payments.ports.plugins import ENTRY_POINT_GROUP

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "paymux"
MODULES = sorted(PACKAGE.rglob("*.py"))
MAY_NAME_PROVIDERS = (PACKAGE / "integrations" / "adapters" / "providers", PACKAGE / "sandbox")
EVERY_PROVIDER_HAS = {
    "plugin",
    "connector",
    "transport",
    "errors",
    "currencies",
    "checkouts",
    "webhooks",
    "wire",
}
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
LONGEST_KERNEL = 400

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def late_imports(tree: ast.Module) -> Iterator[int]:
    for function in functions(tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node.lineno


def relative_imports(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level:
            yield node.lineno


def imports_for_types_only(tree: ast.Module) -> Iterator[int]:
    """`if TYPE_CHECKING:` hides an import from the graph as well as from the run."""
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield node.lineno


def length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def long_functions(tree: ast.Module) -> Iterator[int]:
    return (function.lineno for function in functions(tree) if length(function) > LONGEST_FUNCTION)


RULES = {
    "imports inside a function": late_imports,
    "relative imports": relative_imports,
    "imports for types only": imports_for_types_only,
    f"functions of more than {LONGEST_FUNCTION} lines": long_functions,
}


@pytest.mark.parametrize("rule", RULES)
def test_the_package_has_no(rule: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in MODULES
        for line in RULES[rule](ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found


BROKEN = {
    "imports inside a function": "def late():\n    import json\n",
    "relative imports": "from . import sibling\n",
    "imports for types only": "if typing.TYPE_CHECKING:\n    import json\n",
    f"functions of more than {LONGEST_FUNCTION} lines": "def long():\n" + "    pass\n" * 60,
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_sees_its_violation(rule: str) -> None:
    assert list(RULES[rule](ast.parse(BROKEN[rule])))


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def test_no_file_is_longer_than_the_limit() -> None:
    assert not [str(path.relative_to(ROOT)) for path in MODULES if lines(path) > LONGEST_FILE]


def test_the_kernel_stays_small() -> None:
    assert sum(map(lines, (PACKAGE / "kernel").rglob("*.py"))) < LONGEST_KERNEL


def names_a_provider(text: str) -> bool:
    slugs = "|".join(entry_points(group=ENTRY_POINT_GROUP).names)
    return re.search(slugs, text, re.IGNORECASE) is not None


def test_providers_are_named_in_their_own_packages_and_the_sandbox_only() -> None:
    elsewhere = [
        str(path.relative_to(ROOT))
        for folder in (PACKAGE, ROOT / "migrations")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
        if not path.is_relative_to(MAY_NAME_PROVIDERS[0])
        if not path.is_relative_to(MAY_NAME_PROVIDERS[1])
        if names_a_provider(path.read_text(encoding="utf-8", errors="replace"))
    ]
    assert not elsewhere


def test_a_provider_named_in_any_case_is_seen() -> None:
    assert names_a_provider("class StripeSomething")
    assert not names_a_provider("provider")


@pytest.mark.parametrize("slug", sorted(entry_points(group=ENTRY_POINT_GROUP).names))
def test_every_provider_has_the_same_file_names(slug: str) -> None:
    files = {path.stem for path in (MAY_NAME_PROVIDERS[0] / slug).glob("*.py")}
    assert files >= EVERY_PROVIDER_HAS


def test_every_folder_of_modules_is_a_package() -> None:
    """Otherwise the import graph leaves it out, and its imports are checked by nobody."""
    folders = {path.parent for path in MODULES}
    assert not [folder for folder in folders if not (folder / "__init__.py").is_file()]
