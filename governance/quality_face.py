"""Governance over HTTP, as far as it is about the quality of records."""

from datetime import datetime
from typing import Annotated

from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from governance.access import Forbidden, current_caller
from governance.audit import Reason
from governance.pages import place_at
from governance.quality.findings import (
    FindingState,
    QualityFinding,
    QualityFindings,
)
from governance.quality.listing import FindingPlace, FindingQuestion
from governance.quality.rules import QualityRule
from governance.quality.scores import QualityScores, Score, ScorePlace

PAGE = 100


class QualityRules(Struct, frozen=True):
    """Every rule by which records are judged."""

    items: list[QualityRule]


class FindingList(Struct, frozen=True):
    """What rules found, the oldest first, a hundred on a page."""

    items: list[QualityFinding]
    next_cursor: str | None = None


class ScoreList(Struct, frozen=True):
    """The scores of every week, by kind and company."""

    items: list[Score]
    next_cursor: str | None = None


class WaiverWish(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a finding is let be, and until when."""

    reason: Reason
    until: Annotated[datetime, Meta(tz=True)]


class WaiverEnd(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a finding is no longer let be."""

    reason: Reason


@get("/quality/rules", opt={"operation": "read_quality_rules"})
async def read_quality_rules(quality_rules: NamedDependency[QualityRules]) -> QualityRules:
    """Return every rule of quality, with its owner, its action and the step that it guards."""
    return quality_rules


@get("/quality/findings", opt={"operation": "read_quality_findings"})
async def read_quality_findings(
    quality: NamedDependency[QualityFindings],
    rule: FromQuery[str | None] = None,
    system: FromQuery[str | None] = None,
    legal_entity: FromQuery[str | None] = None,
    owner: FromQuery[str | None] = None,
    status: FromQuery[FindingState | None] = None,
    cursor: FromQuery[str | None] = None,
) -> FindingList:
    """Return what rules found in the records that the caller may see, a page at a time."""
    caller = current_caller()
    if legal_entity is not None and not caller.sees(legal_entity):
        raise Forbidden(f"you may not see {legal_entity}")
    question = FindingQuestion(
        rule=rule, system=system, legal_entity=legal_entity, owner=owner, state=status
    )
    after = place_at(cursor, FindingPlace)
    return FindingList(*await quality.page(caller, question, after=after, most=PAGE))


@put("/quality/findings/{finding_id:str}/waiver", opt={"operation": "waive_finding"})
async def waive_finding(
    quality: NamedDependency[QualityFindings],
    finding_id: FromPath[str],
    data: JSONBody[WaiverWish],
) -> QualityFinding:
    """Let a finding be for a while; only a person of its owner's role may."""
    caller = current_caller()
    return await quality.waive(finding_id, caller, reason=data.reason, until=data.until)


@delete(
    "/quality/findings/{finding_id:str}/waiver",
    status_code=200,
    opt={"operation": "unwaive_finding"},
)
async def unwaive_finding(
    quality: NamedDependency[QualityFindings],
    finding_id: FromPath[str],
    data: JSONBody[WaiverEnd],
) -> QualityFinding:
    """Open a finding again that was let be."""
    return await quality.unwaive(finding_id, current_caller(), reason=data.reason)


@get("/quality/scores", opt={"operation": "read_quality_scores"})
async def read_quality_scores(
    quality_scores: NamedDependency[QualityScores], cursor: FromQuery[str | None] = None
) -> ScoreList:
    """Return how good the records were in every week, by kind and company, a page at a time."""
    after = place_at(cursor, ScorePlace)
    return ScoreList(*await quality_scores.listed(current_caller().entities, after=after))


handlers = [
    read_quality_rules,
    read_quality_findings,
    waive_finding,
    unwaive_finding,
    read_quality_scores,
]
