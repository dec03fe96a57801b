"""Decisions: numbered, one page each, and held by tests and contracts that exist."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.documentation.pages import ROOT

FOLDER = ROOT / "docs" / "decisions"
DECISIONS = sorted(FOLDER.glob("0*.md"))
PARTS = ("Why", "Decision", "What it costs", "Guarded by")


def named(page: Path) -> str:
    """Return a decision's number."""
    return page.stem[:4]


def guards(page: Path) -> list[str]:
    """Return the lines that say what holds a decision."""
    return re.findall(r"^- (.+)$", page.read_text().partition("## Guarded by")[2], re.M)


def test_decisions_are_numbered_without_a_gap_and_listed() -> None:
    """The list of decisions is the decisions."""
    listed = re.findall(r"\[(\d{4})\]\(([\w-]+\.md)\)", (FOLDER / "README.md").read_text())

    assert [int(named(page)) for page in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    assert listed == [(named(page), page.name) for page in DECISIONS]


@pytest.mark.parametrize("page", DECISIONS, ids=named)
def test_a_decision_is_a_page_with_its_parts(page: Path) -> None:
    """Why, what, at what cost and held by what: in this order, on one page."""
    text = page.read_text()
    headings = re.findall(r"^## (.+)$", text, re.M)

    assert text.startswith(f"# {named(page)}: ")
    assert [each for each in headings if each in PARTS] == list(PARTS)
    assert len(text.split()) <= 600


@pytest.mark.parametrize("page", DECISIONS, ids=named)
def test_a_decision_is_held_by_tests_and_contracts_that_exist(page: Path) -> None:
    """Each guard is a test by its path, or an import contract by its name."""
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    contracts = {each["name"] for each in linter["contracts"]}

    unknown = [each for each in guards(page) if not _exists(each, contracts)]

    assert guards(page)
    assert unknown == []


def _exists(guard: str, contracts: set[str]) -> bool:
    if contract := re.match(r'import contract "([^"]+)"', guard):
        return contract[1] in contracts
    test = re.match(r"`(tests/[\w/]+\.py)::(test_\w+)`", guard)
    if test is None or not (ROOT / test[1]).exists():
        return False
    return re.search(rf"def {test[2]}\(", (ROOT / test[1]).read_text()) is not None
