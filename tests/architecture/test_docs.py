"""The documents lead where they say, and name what there is."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
RECORDS = sorted((ROOT / "docs" / "adr").glob("*.md"))
TEMPLATE, *DECISIONS = RECORDS
INDEX = ROOT / "docs" / "architecture.md"
SECTIONS = ["Context", "Decision", "Consequences"]
STATUS = re.compile(
    r"Status: (?:proposed|accepted|superseded by \d+), \d{4}-\d{2}-\d{2}", re.MULTILINE
)
LONGEST_RECORD = 60


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def prose(path: Path) -> str:
    """A document without its blocks of code: what they hold leads nowhere."""
    return re.sub(r"^```.*?^```", "", read(path), flags=re.MULTILINE | re.DOTALL)


def links(path: Path) -> Iterator[tuple[Path, str]]:
    """Every link to a place in this repository: its file, and its heading if it names one."""
    for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", prose(path)):
        if not re.match(r"[a-z]+:", target):
            place, _, heading = unquote(target).partition("#")
            yield (path.parent / place if place else path).resolve(), heading


def anchors(path: Path) -> set[str]:
    """The names that headings are linked by."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


def test_there_are_documents_and_decisions() -> None:
    assert {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"} <= {name(one) for one in DOCUMENTS}
    assert name(TEMPLATE).endswith("0000-template.md")
    assert DECISIONS


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_a_link_leads_somewhere_within_the_repository(document: Path) -> None:
    for place, heading in links(document):
        assert place.exists(), place
        assert place.is_relative_to(ROOT), place
        assert not heading or heading in anchors(place), f"{place}#{heading}"


def test_every_page_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page not in reached and page.suffix == ".md":
            reached.add(page)
            waiting.extend(place for place, _ in links(page))
    assert [name(page) for page in DOCUMENTS if page not in reached] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name)
def test_a_file_that_is_named_in_code_exists(document: Path) -> None:
    """Paths from the root; those below `src/paymux` are named from there."""
    named = re.findall(r"`((?:docs|src|tests|migrations)/[\w./-]+\.\w+)`", prose(document))
    below = re.findall(
        r"`((?:kernel|platform|tenancy|payments|billing|integrations|console|bootstrap)/[\w./-]+\.py)`",
        prose(document),
    )
    places = [ROOT / one for one in named] + [ROOT / "src" / "paymux" / one for one in below]
    assert [name(place) for place in places if not place.exists()] == []


@pytest.mark.parametrize("record", DECISIONS, ids=name)
def test_a_decision_follows_the_template(record: Path) -> None:
    text = read(record)
    number = int(record.name.partition("-")[0])
    assert re.match(rf"# {number}\. \S", text)
    assert len(STATUS.findall(text)) == 1
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert len(text.splitlines()) <= LONGEST_RECORD


def test_the_template_has_the_same_sections() -> None:
    assert re.findall(r"^## (.+)$", read(TEMPLATE), re.MULTILINE) == SECTIONS


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(one.name.partition("-")[0]) for one in RECORDS]
    assert numbers == list(range(len(numbers)))


def test_the_index_lists_every_decision_by_number() -> None:
    listed = re.findall(r"^\| \[(\d+)\]\(adr/([^)]+)\) \|", read(INDEX), re.MULTILINE)
    assert listed == [(str(at), one.name) for at, one in enumerate(DECISIONS, start=1)]


def test_the_changelog_begins_with_what_is_not_released_yet() -> None:
    headings = re.findall(r"^## (.+)$", read(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "Unreleased"
    _, _, unreleased = read(ROOT / "CHANGELOG.md").partition("## Unreleased\n")
    assert re.match(r"\s*\* \S", unreleased)


def test_every_setting_that_is_named_exists() -> None:
    known = set(re.findall(r"^\| `(PAYMUX_\w+)`", read(ROOT / "docs/settings.md"), re.MULTILINE))
    named = {one for page in DOCUMENTS for one in re.findall(r"\bPAYMUX_[A-Z_]*[A-Z]", read(page))}
    assert named <= known, named - known
