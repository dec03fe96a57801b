"""Every case of the handbook's list is proved by tests that there are, or says why it is not."""

import ast
import tomllib
from functools import cache

import pytest
from msgspec import Struct, convert

from tests.forked import ROOT

CASES = ROOT / "tests" / "security" / "cases"
# How many cases the handbook lists of each group.
LISTED = {
    "JWT": 32,
    "OA": 30,
    "AZ": 26,
    "IN": 30,
    "HT": 22,
    "RS": 18,
    "SS": 16,
    "RL": 12,
    "ID": 14,
    "LOG": 10,
    "SD": 14,
    "AU": 10,
    "GV": 6,
    "CF": 6,
    "SC": 6,
    "WH": 12,
    "MX": 4,
}
IDS = {f"{group}-{number:02}" for group, most in LISTED.items() for number in range(1, most + 1)}


class Index(Struct, frozen=True, forbid_unknown_fields=True):
    """The cases of one group: by which tests, done elsewhere by whom, or why not here."""

    files: dict[str, str]
    by: dict[str, list[str]] = {}
    elsewhere: dict[str, str] = {}
    not_here: dict[str, str] = {}

    def nodes(self) -> set[str]:
        """Return every test that proves a case, with its file."""
        return {self._node(one) for proofs in self.by.values() for one in proofs}

    def _node(self, said: str) -> str:
        file, _, name = said.partition("::")
        return f"{self.files.get(file, file)}::{name}"


@cache
def index() -> dict[str, Index]:
    """Return the index, a group's cases by the name of their file."""
    return {
        path.stem: convert(tomllib.loads(path.read_text()), Index)
        for path in sorted(CASES.glob("*.toml"))
    }


@cache
def named_in(file: str) -> frozenset[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse((ROOT / file).read_text())
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, functions))


def test_every_listed_case_is_accounted_for_once() -> None:
    """None of the handbook's ids is left out, said twice, or made up."""
    said = [
        case
        for group in index().values()
        for cases in (group.by, group.elsewhere, group.not_here)
        for case in cases
    ]

    assert sorted(said) == sorted(IDS)


@pytest.mark.parametrize("name", index())
def test_what_is_said_to_prove_a_case_is_there(name: str) -> None:
    """Each test that the index names exists, and each case names one."""
    group = index()[name]
    missing = {
        node
        for node in group.nodes()
        if not (ROOT / node.partition("::")[0]).is_file()
        or node.partition("::")[2] not in named_in(node.partition("::")[0])
    }

    assert missing == set()
    assert [case for case, proofs in group.by.items() if not proofs] == []


def test_what_is_not_here_says_why_in_a_sentence() -> None:
    """A case that does not apply has a reason that somebody can doubt."""
    reasons = [why for group in index().values() for why in group.not_here.values()]

    assert all(len(why) > 40 and why.endswith(".") for why in reasons)


def test_the_security_page_says_how_many_cases_are_proved() -> None:
    """The page's figures are those of the index."""
    groups = index().values()
    proved, absent = (
        sum(len(group.by) for group in groups),
        sum(len(group.not_here) for group in groups),
    )
    page = (ROOT / "docs" / "security.md").read_text()

    assert f"{len(IDS)} cases" in page
    assert f"{proved} are proved" in page
    assert f"{absent} do not apply" in page
