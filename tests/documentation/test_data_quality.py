"""The page of the rules of quality says what the rules are."""

from governance.quality.rules import QualityRule
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
