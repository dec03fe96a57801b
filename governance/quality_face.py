"""Governance over HTTP, as far as it is about the quality of records."""

from datetime import datetime
from typing import Annotated

from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from governance.access import Forbidden, current_caller
from governance.audit import Reason
from governance.quality.findings import (
    FindingState,
    QualityFinding,
    QualityFindings,
)
from governance.quality.rules import QualityRule
from governance.quality.scores import QualityScores, Score


class QualityRules(Struct, frozen=True):
    """Every rule by which records are judged."""

    items: list[QualityRule]


class FindingList(Struct, frozen=True):
    """What rules found, the oldest first."""

    items: list[QualityFinding]


class ScoreList(Struct, frozen=True):
    """The scores of every week, by kind and company."""

    items: list[Score]


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
) -> FindingList:
    """Return what rules found in the records that the caller may see."""
    caller = current_caller()
    if legal_entity is not None and not caller.sees(legal_entity):
        raise Forbidden(f"you may not see {legal_entity}")
    asked = {"rule": rule, "system": system, "legal_entity": legal_entity, "owner": owner}
    wanted = {name: value for name, value in asked.items() if value is not None}
    found = await quality.listed(caller, status)
    return FindingList(
        [
            each
            for each in found
            if all(getattr(each, name) == value for name, value in wanted.items())
        ]
    )


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
async def read_quality_scores(quality_scores: NamedDependency[QualityScores]) -> ScoreList:
    """Return how good the records were in every week, by kind and company."""
    return ScoreList(await quality_scores.listed(current_caller().entities))


handlers = [
    read_quality_rules,
    read_quality_findings,
    waive_finding,
    unwaive_finding,
    read_quality_scores,
]
