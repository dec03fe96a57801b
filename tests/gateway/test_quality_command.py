"""What `strata quality` tells a steward."""

from datetime import UTC, date, datetime
from decimal import Decimal

from gateway.commands.quality import told
from governance.quality.findings import FindingState, QualityFinding
from governance.quality.rules import Action, AtRisk, Kind
from governance.quality.scores import Score

NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)


def test_the_newest_score_and_every_open_finding_with_its_remedy_are_told() -> None:
    """The score of a week before is not."""
    scores = [
        Score(week=date(2026, 10, day), kind=Kind.CLIENT, legal_entity="*", judged=2, score=score)
        for day, score in ((19, Decimal("0.1")), (26, Decimal("0.75")))
    ]
    finding = QualityFinding(
        id="dqf_1",
        rule="DQ-C2",
        rule_version=1,
        kind=Kind.CLIENT,
        subject="cl_1",
        subject_version=1,
        system="crm",
        legal_entity=None,
        owner="finance",
        action=Action.QUARANTINE,
        detail="tax_id fails the check of DE",
        remedy="correct the tax id",
        at_risk=AtRisk("100.00", "EUR"),
        state=FindingState.OPEN,
        opened_at=NOON,
        seen_at=NOON,
    )

    said = told(scores, [finding])

    assert said.splitlines() == [
        "* client: 0.75 of 2",
        "DQ-C2 quarantine crm cl_1: tax_id fails the check of DE [100.00 EUR]",
        "  finance: correct the tax id",
        "1 open.",
    ]
