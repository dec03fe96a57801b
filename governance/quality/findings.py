"""The register of findings of quality: once for a rule and record, however often it is seen.

A finding is open until the record is right again, which is seen by itself, or until a person
waives it for a while.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.engine import Row

from governance.access import Caller, Forbidden, current_caller
from governance.audit import Audit, AuditEntry
from governance.once import once
from governance.pages import page_of
from governance.quality.listing import EVERY, FindingPlace, FindingQuestion, seen_by
from governance.quality.marks import NEVER, judged_last, mark, version_judged
from governance.quality.rules import Action, AtRisk, Judgement, Kind, Verdict
from governance.quality.tables import quality_findings
from governance.wrong_field import WrongField
from observability.metrics import Metrics
from store.database import Store

_table = quality_findings.c
_AT_ONCE = 500
# What is let be for longer is looked at by somebody once more. [P]
LONGEST_WAIVER = timedelta(days=366)


class FindingState(StrEnum):
    """Whether something is still to be put right."""

    OPEN = "open"
    RESOLVED = "resolved"
    WAIVED = "waived"


class NoSuchFinding(Exception):
    """There is no finding of this id that the caller may see."""


class Waiver(Struct, frozen=True, kw_only=True):
    """Who lets a finding be, why, and until when."""

    by: str
    reason: str
    until: datetime


class QualityFinding(Struct, frozen=True, kw_only=True):
    """What a rule found wrong with a record; `detail` names the field.

    `called` is what people call the record, absent where it could not be read.
    """

    id: str
    rule: str
    rule_version: int
    kind: Kind
    subject: str
    called: str | None = None
    subject_version: int
    system: str
    legal_entity: str | None
    business_unit: str | None = None
    owner: str
    action: Action
    detail: str
    remedy: str
    at_risk: AtRisk | None
    state: FindingState
    opened_at: datetime
    seen_at: datetime
    resolved_at: datetime | None = None
    waiver: Waiver | None = None


class QualityFindings:
    """Writes down what rules say of records, and what people decide about it."""

    def __init__(
        self, store: Store, audit: Audit, clock: Callable[[], datetime], metrics: Metrics
    ) -> None:
        self._store, self._audit = store, audit
        self._clock, self._metrics = clock, metrics

    async def judged(self, *judgements: Judgement) -> None:
        """Write down what the rules say of records; an older version than was judged is left.

        All are written together, and nothing is when there is nothing new.
        """
        caller, now = current_caller(), self._clock()
        today = now.date()
        if not await self._store.read(lambda connection: _news(connection, judgements, today)):
            return

        def work(connection: Connection) -> list[tuple[str, str]]:
            news = _news(connection, judgements, today)
            opened = [
                (verdict.rule.id, judgement.system)
                for judgement, said in news
                for verdict in said
                if self._take(connection, caller, judgement, verdict, now)
            ]
            for judgement, _ in news:
                mark(connection, judgement, now.date())
            return opened

        for rule, system in await self._store.write(work):
            self.counted(rule, system)

    def counted(self, rule: str, system: str) -> None:
        """Count what a rule saw that no finding is written down about."""
        self._metrics.quality_findings.labels(rule, system).inc()

    async def version_judged(self, kind: Kind, subject: str, system: str) -> int:
        """Return the version of a system's record that was judged last, 0 for none."""
        return await self._store.read(
            lambda connection: version_judged(connection, kind, subject, system)
        )

    async def open_about(self, subjects: Iterable[str]) -> list[QualityFinding]:
        """Return the open findings about some records, by the ids of ours, oldest first."""
        wanted = sorted(set(subjects))
        found = await self._store.read(lambda connection: _about(connection, wanted))
        open_ones = [each for each in found if each.state is FindingState.OPEN]
        return sorted(open_ones, key=lambda each: (each.opened_at, each.id))

    async def named(self, finding_ids: Iterable[str]) -> list[QualityFinding]:
        """Return the findings of some ids, whatever became of them."""
        wanted = sorted(finding_ids)

        def found(connection: Connection) -> list[QualityFinding]:
            known = (_find(connection, each) for each in wanted)
            return [each for each in known if each is not None]

        return await self._store.read(found) if wanted else []

    async def listed(
        self, caller: Caller, question: FindingQuestion = EVERY
    ) -> list[QualityFinding]:
        """Return all findings that the caller may see, oldest first."""
        query = seen_by(caller, question)
        return await self._store.read(lambda connection: _read(connection.execute(query)))

    async def page(
        self, caller: Caller, question: FindingQuestion, *, after: FindingPlace | None, most: int
    ) -> tuple[list[QualityFinding], str | None]:
        """Return the first findings after a place, and the cursor of those that follow."""
        query = seen_by(caller, question, after=after).limit(most + 1)
        found = await self._store.read(lambda connection: _read(connection.execute(query)))
        return page_of(found, most, lambda last: FindingPlace(last.opened_at, last.id))

    async def all_open(self) -> list[QualityFinding]:
        """Return every open finding, to be counted; nobody is shown them."""
        query = select(_table.record).where(_table.state == FindingState.OPEN)
        return await self._store.read(lambda connection: _read(connection.execute(query)))

    async def waive(
        self, finding_id: str, caller: Caller, *, reason: str, until: datetime
    ) -> QualityFinding:
        """Let a finding be until a moment; only its owner's role may, and told twice it is once."""
        now = self._clock()
        if not now < until <= now + LONGEST_WAIVER:
            raise WrongField("until", "a waiver ends after now, and within a year")
        waiver = Waiver(by=caller.subject, reason=reason, until=until)

        def work(connection: Connection) -> QualityFinding:
            known = _decidable(connection, finding_id, caller)
            if known.waiver == waiver:
                return known
            waived = replace(known, state=FindingState.WAIVED, waiver=waiver)
            self._put(connection, AuditEntry.by(caller, "quality.waived", known.id), waived, reason)
            return waived

        return await self._store.write(once(QualityFinding, work))

    async def unwaive(self, finding_id: str, caller: Caller, *, reason: str) -> QualityFinding:
        """Open a waived finding again; one that is open stays as it is."""

        def work(connection: Connection) -> QualityFinding:
            known = _decidable(connection, finding_id, caller)
            if known.state is FindingState.OPEN:
                return known
            again = replace(known, state=FindingState.OPEN, waiver=None)
            told = AuditEntry.by(caller, "quality.unwaived", known.id)
            self._put(connection, told, again, reason)
            return again

        return await self._store.write(once(QualityFinding, work))

    async def lapse(self) -> None:
        """Open every finding again whose waiver has ended."""
        caller, now = current_caller(), self._clock()

        def work(connection: Connection) -> None:
            for each in _lapsed(connection, now):
                again = replace(each, state=FindingState.OPEN, waiver=None)
                told = AuditEntry.by(caller, "quality.waiver_ended", each.id)
                self._put(connection, told, again, again.detail)

        if await self._store.read(lambda connection: _lapsed(connection, now)):
            await self._store.write(work)

    def _take(
        self,
        connection: Connection,
        caller: Caller,
        judgement: Judgement,
        verdict: Verdict,
        now: datetime,
    ) -> bool:
        """Write down what one rule says, and return whether that opens a finding."""
        known = _find(connection, finding_id(verdict.rule.id, *_place(judgement)))
        if verdict.detail is None:
            if known and known.state is not FindingState.RESOLVED:
                right = replace(known, state=FindingState.RESOLVED, resolved_at=now, waiver=None)
                told = AuditEntry.by(caller, "quality.resolved", known.id)
                self._put(connection, told, right, known.detail)
            return False
        found = _finding(judgement, verdict, now)
        if known is None or known.state is FindingState.RESOLVED:
            told = AuditEntry.by(caller, "quality.opened", found.id)
            self._put(connection, told, found, found.detail)
            return True
        _write(
            connection,
            replace(found, state=known.state, opened_at=known.opened_at, waiver=known.waiver),
        )
        return False

    def _put(
        self, connection: Connection, told: AuditEntry, finding: QualityFinding, reason: str
    ) -> None:
        _write(connection, finding)
        entity = finding.legal_entity
        self._audit.append(connection, replace(told, reason=reason, legal_entity=entity))


def _news(
    connection: Connection, judgements: Sequence[Judgement], today: date
) -> list[tuple[Judgement, list[Verdict]]]:
    """Return the judgements that say something new, each with the verdicts that do."""
    subjects = sorted({each.subject for each in judgements})
    known = {each.id: each for each in _about(connection, subjects)}
    marks = judged_last(connection, subjects)
    news = []
    for each in judgements:
        judged = marks.get(_place(each), NEVER)
        said = [one for one in each.verdicts if _is_new(known, each, one)]
        due = each.watched and judged.judged_on < today
        changed = said or due or each.watched is not judged.watched
        if each.version > judged.version or (each.version == judged.version and changed):
            news.append((each, said))
    return news


def _is_new(known: Mapping[str, QualityFinding], judgement: Judgement, verdict: Verdict) -> bool:
    found = known.get(finding_id(verdict.rule.id, *_place(judgement)))
    if found is None:
        return verdict.detail is not None
    if verdict.detail is None:
        return found.state is not FindingState.RESOLVED
    told = (found.called, found.detail, found.at_risk, found.subject_version, found.rule_version)
    tells = (judgement.called, verdict.detail, judgement.at_risk)
    versions = (judgement.version, verdict.rule.version)
    return found.state is FindingState.RESOLVED or told != (*tells, *versions)


def _about(connection: Connection, subjects: Sequence[str]) -> list[QualityFinding]:
    found: list[QualityFinding] = []
    for start in range(0, len(subjects), _AT_ONCE):
        some = _table.subject.in_(subjects[start : start + _AT_ONCE])
        found += _read(connection.execute(select(_table.record).where(some)))
    return found


def finding_id(rule: str, kind: Kind, subject: str, system: str) -> str:
    """Return the id of a rule's finding about a system's record: it is found once."""
    digest = hashlib.sha256(f"{rule}|{kind}|{subject}|{system}".encode())
    return f"dqf_{digest.hexdigest()[:24]}"


def _place(judgement: Judgement) -> tuple[Kind, str, str]:
    return judgement.kind, judgement.subject, judgement.system


def _finding(judgement: Judgement, verdict: Verdict, now: datetime) -> QualityFinding:
    rule = verdict.rule
    return QualityFinding(
        id=finding_id(rule.id, *_place(judgement)),
        rule=rule.id,
        rule_version=rule.version,
        kind=judgement.kind,
        subject=judgement.subject,
        called=judgement.called,
        subject_version=judgement.version,
        system=judgement.system,
        legal_entity=judgement.legal_entity,
        business_unit=judgement.business_unit,
        owner=rule.owner,
        action=rule.action,
        detail=verdict.detail or "",
        remedy=rule.remedy,
        at_risk=judgement.at_risk,
        state=FindingState.OPEN,
        opened_at=now,
        seen_at=now,
    )


def _decidable(connection: Connection, finding_id: str, caller: Caller) -> QualityFinding:
    """Return a finding that is for a role of the caller and that is not resolved."""
    known = _find(connection, finding_id)
    if known is None or not _may_see(caller, known):
        raise NoSuchFinding(finding_id)
    if known.owner not in caller.roles:
        raise Forbidden(f"this finding is for the role {known.owner}")
    if known.state is FindingState.RESOLVED:
        raise ValueError("this finding is resolved: nothing is left to waive")
    return known


def _may_see(caller: Caller, finding: QualityFinding) -> bool:
    entity = finding.legal_entity
    return caller.sees_unit(finding.business_unit) and (entity is None or caller.sees(entity))


def _lapsed(connection: Connection, now: datetime) -> list[QualityFinding]:
    """Return the findings whose waiver has ended."""
    query = select(_table.record).where(_table.state == FindingState.WAIVED)
    waived = _read(connection.execute(query))
    return [each for each in waived if each.waiver and each.waiver.until <= now]


def _write(connection: Connection, finding: QualityFinding) -> None:
    connection.execute(delete(quality_findings).where(_table.id == finding.id))
    values = {name: getattr(finding, name) for name in ("id", "kind", "subject", "state")}
    connection.execute(
        insert(quality_findings).values(
            **values, legal_entity=finding.legal_entity, record=msgspec.json.encode(finding)
        )
    )


def _find(connection: Connection, finding_id: str) -> QualityFinding | None:
    query = select(_table.record).where(_table.id == finding_id)
    return next(iter(_read(connection.execute(query))), None)


def _read(rows: Iterable[Row[tuple[bytes]]]) -> list[QualityFinding]:
    return [msgspec.json.decode(row.record, type=QualityFinding) for row in rows]
