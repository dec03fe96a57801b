"""Findings of quality: once for a rule and record, resolved by themselves, waived by people."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from governance.access import Caller, Forbidden, acting_as
from governance.audit import Audit
from governance.audit_chain.reading import Question
from governance.audit_chain.streams import Stream
from governance.quality.findings import (
    FindingState,
    NoSuchFinding,
    QualityFinding,
    QualityFindings,
)
from governance.quality.listing import FindingQuestion
from governance.quality.rules import Action, Judgement, Kind, QualityRule, Verdict
from governance.quality.scores import FIRM, QualityScores, score
from observability.metrics import Metrics
from store.database import Store
from tests.governance.audited import CALLER, Clock

STEWARD = Caller(
    subject="U-1",
    client_id="console",
    scopes=frozenset(),
    roles=frozenset({"steward"}),
    entities=frozenset({"ONE"}),
)
RULE = QualityRule(
    id="DQ-C3",
    title="two clients have one tax id",
    kind=Kind.CLIENT,
    owner="steward",
    action=Action.QUARANTINE,
    remedy="merge them",
)
SUBJECT = "cl_00000000000000000000000001"
WRONG = "tax_id is also that of CL-2"


@pytest.fixture
def metrics() -> Metrics:
    """Count from nothing."""
    return Metrics()


@pytest.fixture
def findings(store: Store, chain: Audit, clock: Clock, metrics: Metrics) -> QualityFindings:
    """Begin an empty register."""
    return QualityFindings(store, chain, clock, metrics)


def _judgement(detail: str | None, version: int = 1, entity: str | None = "ONE") -> Judgement:
    return Judgement(
        kind=Kind.CLIENT,
        subject=SUBJECT,
        version=version,
        system="crm",
        legal_entity=entity,
        verdicts=(Verdict(RULE, detail),),
    )


async def _judged(findings: QualityFindings, *judgements: Judgement) -> list[QualityFinding]:
    with acting_as(CALLER):
        for each in judgements:
            await findings.judged(each)
    return await findings.listed(STEWARD)


async def _told(chain: Audit) -> list[str]:
    found = await chain.records(Question(stream=Stream.DECISIONS))
    return [each.action for each in found]


async def test_what_is_wrong_is_found_once_however_often_it_is_seen(
    findings: QualityFindings, chain: Audit, metrics: Metrics
) -> None:
    """One finding, one entry of the audit, one on the counter."""
    [found] = await _judged(findings, *[_judgement(WRONG)] * 3, _judgement(WRONG, version=2))

    assert (found.state, found.subject_version) == (FindingState.OPEN, 2)
    assert await _told(chain) == ["quality.opened"]
    assert 'quality_findings_total{rule="DQ-C3",system="crm"} 1.0' in metrics.render().decode()


async def test_a_record_that_is_right_again_resolves_its_finding(
    findings: QualityFindings, chain: Audit
) -> None:
    """Nobody has to say so; and wrong once more, it is open once more."""
    [right] = await _judged(findings, _judgement(WRONG), _judgement(None, version=2))
    [again] = await _judged(findings, _judgement(WRONG, version=3))

    assert right.state is FindingState.RESOLVED
    assert again.state is FindingState.OPEN
    assert await _told(chain) == ["quality.opened", "quality.resolved", "quality.opened"]


async def test_an_older_version_changes_nothing(findings: QualityFindings) -> None:
    """What came out of order is not news."""
    [found] = await _judged(findings, _judgement(WRONG, version=3), _judgement(None, version=2))

    assert found.state is FindingState.OPEN
    assert await findings.version_judged(Kind.CLIENT, SUBJECT, "crm") == 3


async def test_who_is_bound_to_a_unit_sees_no_finding_of_another(findings: QualityFindings) -> None:
    """What names no unit is shown by its company alone."""
    with acting_as(CALLER):
        for unit, subject in ((None, "cl_1"), ("TAX", "cl_2"), ("IT", "cl_3")):
            said = replace(_judgement(WRONG), subject=subject, business_unit=unit)
            await findings.judged(said)
    bound = replace(STEWARD, units=frozenset({"TAX"}))

    assert [each.subject for each in await findings.listed(bound)] == ["cl_1", "cl_2"]
    assert len(await findings.listed(STEWARD)) == 3


async def test_what_is_open_about_a_record_is_found_by_its_id(findings: QualityFindings) -> None:
    """Until it is resolved."""
    await _judged(findings, _judgement(WRONG))
    found = await findings.open_about([SUBJECT, "cl_another"])
    await _judged(findings, _judgement(None, version=2))

    assert [each.rule for each in found] == ["DQ-C3"]
    assert await findings.open_about([SUBJECT]) == []


async def test_a_waiver_told_twice_is_one_and_ends_on_its_day(
    findings: QualityFindings, clock: Clock, chain: Audit
) -> None:
    """Until then it is not open, and a further look does not open it."""
    [found] = await _judged(findings, _judgement(WRONG))
    until = clock.now + timedelta(days=7)
    for _ in range(2):
        await findings.waive(found.id, STEWARD, reason="being merged", until=until)
    [waived] = await _judged(findings, _judgement(WRONG, version=2))
    clock.now = until
    with acting_as(CALLER):
        await findings.lapse()
    [ended] = await findings.listed(STEWARD, FindingQuestion(state=FindingState.OPEN))

    assert waived.state is FindingState.WAIVED
    assert ended.waiver is None
    assert await _told(chain) == ["quality.opened", "quality.waived", "quality.waiver_ended"]


async def test_a_waiver_can_be_taken_back(findings: QualityFindings, clock: Clock) -> None:
    """The finding is open again at once."""
    [found] = await _judged(findings, _judgement(WRONG))
    until = clock.now + timedelta(days=7)
    await findings.waive(found.id, STEWARD, reason="being merged", until=until)

    again = await findings.unwaive(found.id, STEWARD, reason="not after all")

    assert (again.state, again.waiver) == (FindingState.OPEN, None)


async def test_only_the_owners_role_waives(findings: QualityFindings, clock: Clock) -> None:
    """And nobody a finding of a company that they do not see."""
    [found] = await _judged(findings, _judgement(WRONG))
    until = clock.now + timedelta(days=1)
    clerk = Caller(
        subject="U-2", client_id="console", scopes=frozenset(), entities=frozenset({"ONE"})
    )
    stranger = Caller(
        subject="U-3", client_id="console", scopes=frozenset(), roles=frozenset({"steward"})
    )

    with pytest.raises(Forbidden, match="for the role steward"):
        await findings.waive(found.id, clerk, reason="no", until=until)
    with pytest.raises(NoSuchFinding):
        await findings.waive(found.id, stranger, reason="no", until=until)
    assert await findings.listed(stranger) == []


async def test_a_waiver_ends_after_now_and_is_of_something_open(
    findings: QualityFindings, clock: Clock
) -> None:
    """The refusal names the field."""
    [found] = await _judged(findings, _judgement(WRONG))
    for until in (clock.now, clock.now + timedelta(days=367), datetime.max.replace(tzinfo=UTC)):
        with pytest.raises(ValueError, match="until: a waiver ends after now, and within a year"):
            await findings.waive(found.id, STEWARD, reason="no", until=until)
    await _judged(findings, _judgement(None, version=2))

    with pytest.raises(ValueError, match="nothing is left to waive"):
        await findings.waive(found.id, STEWARD, reason="no", until=clock.now + timedelta(days=1))


async def test_a_score_is_what_violations_leave_and_is_kept_by_week(
    findings: QualityFindings, store: Store, clock: Clock
) -> None:
    """Half a point for a quarantine, of one record; the week of before stays as it was."""
    scores = QualityScores(store, findings, clock)
    await _judged(findings, _judgement(WRONG, entity=None))
    await scores.take()
    clock.now += timedelta(days=8)
    await _judged(findings, _judgement(None, version=2, entity=None))
    for _ in range(2):
        await scores.take()

    kept, _ = await scores.listed(frozenset())

    assert [(each.week, each.legal_entity, each.score) for each in kept] == [
        (date(2026, 11, 2), FIRM, Decimal("0.5000")),
        (date(2026, 11, 9), FIRM, Decimal("1.0000")),
    ]


@pytest.mark.parametrize(
    ("judged", "off", "left"), [(0, "0", "1"), (10, "0.5", "0.95"), (1, "3", "0")]
)
def test_a_score_is_from_nothing_to_one(judged: int, off: str, left: str) -> None:
    """Of no record it is 1, and below 0 it does not go."""
    assert score(judged, Decimal(off)) == Decimal(left)
