"""The worklist: approvals, exceptions, findings, receipts, credits and records to put right."""

from datetime import date

from litestar import get
from litestar.di import NamedDependency
from msgspec import Struct

from experience_apis.worklist import items
from experience_apis.worklist.items import Item
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
from governance.quality.findings import FindingState, QualityFinding, QualityFindings
from governance.quality.listing import FindingQuestion
from governance.quality.rules import Action
from process_apis.adoption.findings import Findings
from process_apis.adoption.records import Finding, FindingKind
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import Approval
from process_apis.engagements import Engagements
from process_apis.exceptions.seen import SeenCases
from process_apis.project_to_cash.collection.cash import Cash
from process_apis.project_to_cash.collection.collecting import Collecting
from process_apis.sight import Sight

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


class Worklist(Struct, frozen=True):
    """What waits for the caller, the most urgent first."""

    items: list[Item]


@get("/", opt={"operation": "worklist"})
async def worklist(
    approvals: NamedDependency[Approvals],
    seen_cases: NamedDependency[SeenCases],
    findings: NamedDependency[Findings],
    cash: NamedDependency[Cash],
    collecting: NamedDependency[Collecting],
    quality: NamedDependency[QualityFindings],
    engagements: NamedDependency[Engagements],
) -> Worklist:
    """Return the approvals, exceptions, findings, receipts and credits of the caller's roles.

    What stopped on the caller's own behalf is somebody else's to put right, and is not among them.
    """
    caller = current_caller()
    sight = await engagements.sight(caller)
    asked = sight.of(await approvals.waiting(caller))
    is_finance = items.FINANCE in caller.roles
    waiting = [
        *(items.approval(each, role) for each in asked if (role := _asked(each, caller))),
        *await _stopped(caller, seen_cases),
        *await _found(sight, findings, engagements),
        *map(items.quality, await _wrong(caller, quality)),
        *(await _received(caller, cash, engagements) if is_finance else []),
        *(await _agreed(sight, collecting, engagements) if is_finance else []),
    ]
    return Worklist(sorted(waiting, key=lambda each: (each.due_at, each.id)))


def _asked(approval: Approval, caller: Caller) -> str | None:
    """Return the role in which a caller is asked, if they are."""
    return approval.asks(caller.subject, caller.roles)


async def _stopped(caller: Caller, seen_cases: SeenCases) -> list[Item]:
    """Return the stopped processes that a caller may put right."""
    stopped = await seen_cases.waiting(caller)
    works = await seen_cases.called(stopped)
    return [items.exception(each, works.get(each.command_key)) for each in stopped]


async def _found(sight: Sight, findings: Findings, engagements: Engagements) -> list[Item]:
    """Return the documents of other hands that a caller is to judge."""
    found = sight.of(await findings.listed(sight.caller))
    ours = [each for each in found if _is_for(sight.caller, each)]
    works = await engagements.called(each.project_number for each in ours if each.project_number)
    return [
        items.finding(each, works.get(each.project_number or "", each.legal_entity))
        for each in ours
    ]


def _is_for(caller: Caller, finding: Finding) -> bool:
    """A project is its manager's to decide, where its manager is known."""
    manager = {None, caller.subject}
    if finding.kind is FindingKind.PROJECT and finding.project_manager not in manager:
        return False
    return finding.role in caller.roles


async def _wrong(caller: Caller, quality: QualityFindings) -> list[QualityFinding]:
    """Return what keeps records back and is the caller's to put right; warnings only count."""
    found = await quality.listed(caller, FindingQuestion(state=FindingState.OPEN))
    return [
        each
        for each in found
        if each.owner in caller.roles and each.action in {Action.BLOCK, Action.QUARANTINE}
    ]


async def _received(caller: Caller, cash: Cash, engagements: Engagements) -> list[Item]:
    """Return the receipts to place."""
    unplaced = await cash.receipts.unplaced(caller.entities)
    payers = [each.client_number or items.UNKNOWN for each in unplaced]
    names = await engagements.clients_called(payers)
    return [
        items.receipt(each, names.get(payer, payer))
        for each, payer in zip(unplaced, payers, strict=True)
    ]


async def _agreed(sight: Sight, collecting: Collecting, engagements: Engagements) -> list[Item]:
    """Return the credits to make."""
    agreed = sight.of(await collecting.credits_agreed(sight.caller.entities))
    works = await engagements.called(each.project_number for each in agreed)
    return [items.credit(each, works[each.project_number]) for each in agreed]


handlers = [worklist]
