"""The 64 rules of quality: each is there as the handbook has it, and tells bad from good."""

import pytest
from msgspec import Struct

from governance.quality.rules import Action, Verdict
from governance.roles import Role
from process_apis.quality.judging import verdicts
from process_apis.quality.table import RULES
from tests.process_apis.quality.quality_examples import EXAMPLES

# How many rules of each letter the handbook has, and what it says follows from each.
HANDBOOK = {
    "C": "BQQWBBBBWB",
    "K": "BBBQBQQWWB",
    "P": "QBWBBWWBB",
    "E": "QQQBBWQWWB",
    "X": "QBBB",
    "F": "BBQBBWWBBB",
    "V": "BBBBQ",
    "I": "CQQWWQ",
}
LETTERS = {
    "B": Action.BLOCK,
    "Q": Action.QUARANTINE,
    "W": Action.WARN,
    "C": Action.COUNT,
}
OWNED = {
    "finance": "C1 C2 K4 F3 V2",
    "steward": "C3 C4",
    "sales_operations": "K7",
    "project_manager": "K9 P4 P5",
    "resource_manager": "E1 E3",
}


def _said(facts: Struct) -> dict[str, Verdict]:
    return {each.rule.id: each for each in verdicts(RULES, facts)}


def test_every_rule_of_the_handbook_is_there_once_with_its_action() -> None:
    """64 of them, each with an action and a remedy."""
    wanted = {
        f"DQ-{letter}{number}": LETTERS[action]
        for letter, actions in HANDBOOK.items()
        for number, action in enumerate(actions, start=1)
    }

    assert {each.rule.id: each.rule.action for each in RULES} == wanted
    assert len(RULES) == len(wanted) == 64
    assert all(each.rule.remedy and each.rule.title for each in RULES)


def test_every_rule_has_an_owner_who_is_a_role() -> None:
    """Those that the handbook names are as it names them."""
    owners = {each.rule.id: each.rule.owner for each in RULES}
    named = {f"DQ-{one}": role for role, some in OWNED.items() for one in some.split()}

    assert set(owners.values()) <= set(Role)
    assert named.items() <= owners.items()


def test_a_rule_that_blocks_names_the_step_that_it_guards() -> None:
    """And no rule acts otherwise at a step without naming it."""
    blocking = [each.rule for each in RULES if each.rule.action is Action.BLOCK]

    assert all(rule.step for rule in blocking)
    assert all(each.rule.step for each in RULES if each.rule.action_at_step)


def test_every_rule_has_an_example_of_good_and_bad() -> None:
    """No rule is forgotten below."""
    assert set(EXAMPLES) == {each.rule.id for each in RULES}


@pytest.mark.parametrize("rule", EXAMPLES)
def test_a_rule_says_what_is_wrong_and_where(rule: str) -> None:
    """Of the bad facts in a line for people, of the good ones nothing."""
    bad, good = EXAMPLES[rule]

    said = _said(bad)[rule].detail

    assert said
    assert _said(good)[rule].detail is None
