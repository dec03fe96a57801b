"""The worklist: the approvals, exceptions and findings that wait for the caller."""

from datetime import date, datetime, timedelta

from litestar import get
from litestar.di import NamedDependency
from msgspec import Struct

from governance.access import Caller, current_caller
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
from process_apis.adoption.findings import Findings
from process_apis.adoption.records import Finding, FindingKind
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalStatus
from process_apis.exceptions.queue import ExceptionQueue, ExceptionStatus
from system_apis.canonical.money import Money

POLICY = ApiPolicy(
    name="worklist",
    layer=Layer.EXPERIENCE,
    version=1,
    title="Worklist",
    owner=Owner(team="Process Governance", contact="process-governance@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
    rate_plan=RatePlan(limit="600/minute"),
    objective=Objective(availability="0.999", latency_ms=100),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "worklist": Operation(scope="experience:worklist:read", tenants=TenantRule.BY_FILTER)
    },
)


DECIDED_WITHIN = timedelta(days=1)


class Item(Struct, frozen=True, kw_only=True):
    """One thing to do; `act_at` is the address that takes the decision."""

    kind: str
    id: str
    title: str
    legal_entity: str | None
    role: str
    amount: Money | None
    version: int | None
    since: datetime
    due_at: datetime
    act_at: str


class Worklist(Struct, frozen=True):
    """What waits for the caller, the most urgent first."""

    items: list[Item]


@get("/", opt={"operation": "worklist"})
async def worklist(
    approvals: NamedDependency[Approvals],
    exceptions: NamedDependency[ExceptionQueue],
    findings: NamedDependency[Findings],
) -> Worklist:
    """Return the approvals, exceptions and findings that the caller's roles own."""
    caller = current_caller()
    asked = [
        Item(
            kind="approval",
            id=each.id,
            title=each.title,
            legal_entity=each.legal_entity,
            role=each.role,
            amount=each.amount,
            version=each.subject_version,
            since=each.requested_at,
            due_at=each.due_at,
            act_at=f"/process/approvals/v1/{each.id}/decision",
        )
        for each in await approvals.listed(caller, status=ApprovalStatus.PENDING)
        if each.assignee in {None, caller.subject}
    ]
    stopped = [
        Item(
            kind="exception",
            id=each.id,
            title=f"{each.code} stopped {each.process} at {each.step_name}: {each.reason}",
            legal_entity=each.legal_entity,
            role=each.owner_role,
            amount=None,
            version=None,
            since=each.opened_at,
            due_at=each.due_at,
            act_at=f"/process/exceptions/v1/{each.id}/resolution",
        )
        for each in await exceptions.listed(caller, status=ExceptionStatus.OPEN)
    ]
    found = [_found(each) for each in await findings.listed(caller) if _is_for(caller, each)]
    return Worklist(sorted([*asked, *stopped, *found], key=lambda each: (each.due_at, each.id)))


def _is_for(caller: Caller, finding: Finding) -> bool:
    """A project is its manager's to decide, where its manager is known."""
    if finding.kind is FindingKind.PROJECT and finding.project_manager not in {
        None,
        caller.subject,
    }:
        return False
    return finding.role in caller.roles


def _found(finding: Finding) -> Item:
    return Item(
        kind="finding",
        id=finding.id,
        title=f"{finding.project_number}: {finding.title}; {finding.remedy}",
        legal_entity=finding.legal_entity,
        role=finding.role,
        amount=finding.gross,
        version=finding.seen_version,
        since=finding.found_at,
        due_at=finding.found_at + DECIDED_WITHIN,
        act_at=f"/process/adoption/v1/findings/{finding.id}/adoption",
    )


handlers = [worklist]
