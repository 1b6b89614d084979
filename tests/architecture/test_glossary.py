"""The words of docs/glossary.md are the words of the code."""

import ast
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "paymux"
OURS = [PACKAGE / name for name in ("kernel", "tenancy", "payments", "billing", "integrations")]
PROVIDERS = PACKAGE / "integrations" / "adapters" / "providers"


class Term(NamedTuple):
    """One row of the glossary."""

    name: str
    in_code: str
    never: list[str]


def glossary() -> list[Term]:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    return [Term(row[0], row[1].strip("`"), row[3].split(", ")) for row in rows[2:]]


def class_names() -> Counter[str]:
    """The classes of kernel and contexts; a provider's package keeps that provider's words."""
    return Counter(
        node.name
        for folder in OURS
        for path in folder.rglob("*.py")
        if not path.is_relative_to(PROVIDERS)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )


TERMS = glossary()
CLASSES = class_names()


def test_no_term_is_explained_twice() -> None:
    assert not [name for name, times in Counter(t.name for t in TERMS).items() if times > 1]


@pytest.mark.parametrize("term", [t for t in TERMS if t.in_code != "later"], ids=lambda t: t.name)
def test_a_term_names_one_class(term: Term) -> None:
    assert CLASSES[term.in_code] == 1


@pytest.mark.parametrize("term", [t for t in TERMS if t.in_code == "later"], ids=lambda t: t.name)
def test_a_term_that_has_come_no_longer_says_later(term: Term) -> None:
    assert term.name not in CLASSES


def test_no_class_goes_by_a_word_that_is_never_used() -> None:
    never = {word.title().replace(" ", "").replace("-", "") for t in TERMS for word in t.never}
    assert not (never - {term.name for term in TERMS}) & CLASSES.keys()
