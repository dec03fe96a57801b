"""Approvals over HTTP: what waits for the caller's decision, and the decision."""

from datetime import date
from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

from governance.access import current_caller
from governance.policy import (
    ApiPolicy,
    DataClass,
    Layer,
    Lifecycle,
    Objective,
    Operation,
    Owner,
    RatePlan,
    Stage,
    TenantRule,
)
from governance.wrong_field import WrongField
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.entitled import shown_to
from process_apis.approvals.requests import Approval, ApprovalStatus, Decision
from process_apis.engagements import Engagements
from process_apis.errors import NoSuchRecord
from process_apis.lists import Lists
from process_apis.rounds import Rounds
from store.clock import BusinessClock

POLICY = ApiPolicy(
    name="approvals",
    layer=Layer.PROCESS,
    version=1,
    title="Approvals",
    owner=Owner(team="Process Governance", contact="process-governance@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
    rate_plan=RatePlan(limit="300/minute"),
    objective=Objective(availability="0.999", latency_ms=100),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "list_approvals": Operation(scope="process:approvals:read", tenants=TenantRule.BY_FILTER),
        "read_approval": Operation(scope="process:approvals:read", tenants=TenantRule.BY_RECORD),
        "decide": Operation(
            scope="process:approvals:decide", tenants=TenantRule.BY_RECORD, writes=True
        ),
    },
)


class DecisionBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A decision on the version of the subject that the approver has read.

    Who rejects time or an expense says why by `reason_code`; it stands before the comment.
    """

    decision: Decision
    version: Annotated[int, Meta(ge=1)]
    comment: Annotated[str, Meta(max_length=1000)] = ""
    reason_code: Annotated[str, Meta(pattern=r"\A[A-Z][A-Z_]{1,39}\Z")] | None = None

    @property
    def told(self) -> str:
        """What is said of the decision: its reason's code, and the comment."""
        return ": ".join(each for each in (self.reason_code, self.comment) if each)


class ApprovalList(Struct, frozen=True):
    """Approvals, the oldest first."""

    items: list[Approval]
    next_cursor: str | None = None


@get("/", opt={"operation": "list_approvals"})
async def list_approvals(
    lists: NamedDependency[Lists],
    status: FromQuery[ApprovalStatus] = ApprovalStatus.PENDING,
    cursor: FromQuery[str | None] = None,
) -> ApprovalList:
    """Return a page of the approvals of a status that the caller's roles may decide."""
    return ApprovalList(*await lists.page(shown_to(current_caller(), status), cursor))


@get("/{approval_id:str}", opt={"operation": "read_approval"})
async def read_approval(
    approvals: NamedDependency[Approvals],
    engagements: NamedDependency[Engagements],
    approval_id: FromPath[str],
) -> Approval:
    """Return one approval."""
    return await _seen(approvals, engagements, approval_id)


@post("/{approval_id:str}/decision", status_code=200, opt={"operation": "decide"})
async def decide(
    approvals: NamedDependency[Approvals],
    engagements: NamedDependency[Engagements],
    rounds: NamedDependency[Rounds],
    business_clock: NamedDependency[BusinessClock],
    approval_id: FromPath[str],
    data: JSONBody[DecisionBody],
) -> Approval:
    """Decide; what follows from the decision begins at once, and is never lost."""
    asked = await _seen(approvals, engagements, approval_id)
    if data.decision is Decision.REJECT and asked.needs_reason and data.reason_code is None:
        raise WrongField("reason_code", "say by a code why it is rejected")
    decided = await approvals.decide(
        approval_id,
        data.decision,
        version=data.version,
        comment=data.told,
        by=current_caller(),
        at=business_clock.now(),
    )
    rounds.nudge()
    return decided


async def _seen(approvals: Approvals, engagements: Engagements, approval_id: str) -> Approval:
    """Return an approval that the caller may see, or raise `NoSuchRecord`."""
    sight = await engagements.sight(current_caller())
    approval = await approvals.get(approval_id, sight.caller)
    if not sight.sees(approval):
        raise NoSuchRecord(f"there is no approval {approval_id}")
    return approval


handlers = [list_approvals, read_approval, decide]
