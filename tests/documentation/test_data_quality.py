"""The page of the rules of quality says what the rules are."""

from collections.abc import Collection

import pytest

from governance.quality.rules import QualityRule
from process_apis.quality.coverage import AT_STEPS, AT_THE_BILL, BROKEN_BY_DAYS, FROM_FEEDS
from process_apis.quality.table import RULES
from tests.architecture.house import ROOT


def row(rule: QualityRule) -> str:
    """Return the line of the page that tells of a rule."""
    action = str(rule.action)
    if rule.action_at_step:
        action += f", {rule.action_at_step} at the step"
    cells = (rule.id, rule.kind, rule.title, action, rule.step or "", rule.owner, rule.remedy)
    return f"| {' | '.join(cells)} |"


def test_the_page_lists_every_rule_as_it_is() -> None:
    """Each with its action, step, owner and remedy, and none that is no more."""
    page = (ROOT / "docs/data-quality.md").read_text().splitlines()

    assert sorted(one for one in page if one.startswith("| DQ-")) == sorted(
        row(each.rule) for each in RULES
    )


LISTED = {
    "Judged as the feeds tell of a record": FROM_FEEDS,
    "Broken by days, though nobody touches the record": BROKEN_BY_DAYS,
    "Judged at the readiness check of a bill": AT_THE_BILL,
    "Refused at their step, without a finding": AT_STEPS,
}


def listed(rules: Collection[str]) -> str:
    """Return some rules as the page lists them, in the order of the handbook."""
    return ", ".join(each.rule.id for each in RULES if each.rule.id in rules)


def test_every_rule_is_judged_somewhere() -> None:
    """In one way each; what days break is among what the feeds tell of."""
    ways = [*FROM_FEEDS, *AT_THE_BILL, *AT_STEPS]

    assert sorted(ways) == sorted(each.rule.id for each in RULES)
    assert BROKEN_BY_DAYS < FROM_FEEDS


@pytest.mark.parametrize("way", LISTED)
def test_the_page_says_where_rules_are_judged(way: str) -> None:
    """As the code has it."""
    page = (ROOT / "docs/data-quality.md").read_text().splitlines()

    assert f"- {way}: {listed(LISTED[way])}." in page
