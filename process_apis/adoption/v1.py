"""Adoption over HTTP: opening balances in, and findings with what a person says of them."""

from datetime import date

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

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
from process_apis.adoption.balances import ImportReport, OpeningBook
from process_apis.adoption.desk import Desk
from process_apis.adoption.findings import IN_SIGHT, Findings, listing_of
from process_apis.adoption.imports import Imports
from process_apis.adoption.records import Finding, FindingKind, FindingStatus, NamedSources, Reason
from process_apis.engagements import Engagements
from process_apis.engine import Engine
from process_apis.errors import NoSuchRecord
from process_apis.events.billing import BillingFallenDue
from process_apis.lists import Lists
from process_apis.project_to_cash.ledger.billing import BillingLedger

_DECIDE = Operation(scope="process:adoption:decide", tenants=TenantRule.BY_RECORD, writes=True)
POLICY = ApiPolicy(
    name="adoption",
    layer=Layer.PROCESS,
    version=1,
    title="Adoption",
    owner=Owner(team="Finance Operations", contact="finance-operations@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 24)),
    rate_plan=RatePlan(limit="300/minute"),
    objective=Objective(availability="0.995", latency_ms=2000),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "import_opening_balances": Operation(
            scope="process:adoption:import", tenants=TenantRule.BY_RECORD, writes=True
        ),
        "list_findings": Operation(scope="process:adoption:read", tenants=TenantRule.BY_FILTER),
        "read_finding": Operation(scope="process:adoption:read", tenants=TenantRule.BY_RECORD),
        "adopt_finding": _DECIDE,
        "dispute_finding": _DECIDE,
    },
)


class AdoptionBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why a finding is adopted, and for an invoice what it bills.

    `difference` says why an invoice bills another amount than its sources are worth.
    """

    reason: Reason
    sources: NamedSources | None = None
    difference: Reason | None = None


class DisputeBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a finding is disputed."""

    reason: Reason


class FindingList(Struct, frozen=True):
    """Findings, the oldest first."""

    items: list[Finding]
    next_cursor: str | None = None


@post("/imports", status_code=200, opt={"operation": "import_opening_balances"})
async def import_opening_balances(
    imports: NamedDependency[Imports], data: JSONBody[OpeningBook], dry_run: FromQuery[bool] = True
) -> ImportReport:
    """Compare opening balances with the systems; without `dry_run`, take over what agrees."""
    return await imports.run(data, by=current_caller(), dry_run=dry_run)


@get("/findings", opt={"operation": "list_findings"})
async def list_findings(
    lists: NamedDependency[Lists],
    status: FromQuery[FindingStatus | None] = None,
    cursor: FromQuery[str | None] = None,
) -> FindingList:
    """Return a page of what the caller's roles own: open or disputed, unless a status is named."""
    statuses = IN_SIGHT if status is None else (status,)
    return FindingList(*await lists.page(listing_of(current_caller(), statuses), cursor))


@get("/findings/{finding_id:str}", opt={"operation": "read_finding"})
async def read_finding(
    findings: NamedDependency[Findings],
    engagements: NamedDependency[Engagements],
    finding_id: FromPath[str],
) -> Finding:
    """Return one finding."""
    return await _seen(findings, engagements, finding_id)


@post("/findings/{finding_id:str}/adoption", status_code=200, opt={"operation": "adopt_finding"})
async def adopt_finding(
    findings: NamedDependency[Findings],
    desk: NamedDependency[Desk],
    billing: NamedDependency[BillingLedger],
    engagements: NamedDependency[Engagements],
    engine: NamedDependency[Engine],
    finding_id: FromPath[str],
    data: JSONBody[AdoptionBody],
) -> Finding:
    """Take a finding over: from then on it counts as if it were ours."""
    caller = current_caller()
    finding = await _seen(findings, engagements, finding_id)
    if finding.kind is FindingKind.PROJECT:
        return await desk.adopt_project(finding, reason=data.reason, by=caller)
    if data.sources is None:
        raise ValueError("an invoice is adopted with what it bills: send `sources`")
    adopted = await desk.adopt_invoice(
        finding, data.sources, difference=data.difference, reason=data.reason, by=caller
    )
    await _look_again(adopted, billing, engine)
    return adopted


@post("/findings/{finding_id:str}/dispute", status_code=200, opt={"operation": "dispute_finding"})
async def dispute_finding(
    findings: NamedDependency[Findings],
    desk: NamedDependency[Desk],
    billing: NamedDependency[BillingLedger],
    engagements: NamedDependency[Engagements],
    engine: NamedDependency[Engine],
    finding_id: FromPath[str],
    data: JSONBody[DisputeBody],
) -> Finding:
    """Say that a finding is wrong; it stays in sight until its document is void."""
    caller = current_caller()
    finding = await _seen(findings, engagements, finding_id)
    disputed = await desk.dispute(finding, reason=data.reason, by=caller)
    await _look_again(disputed, billing, engine)
    return disputed


async def _seen(findings: Findings, engagements: Engagements, finding_id: str) -> Finding:
    """Return a finding that the caller may see, or raise `NoSuchRecord`."""
    sight = await engagements.sight(current_caller())
    finding = await findings.get(finding_id, sight.caller)
    if not sight.sees(finding):
        raise NoSuchRecord(f"there is no finding {finding_id}")
    return finding


async def _look_again(finding: Finding, billing: BillingLedger, engine: Engine) -> None:
    """Have what waited for the decision checked at once."""
    for event in await billing.blocked(finding.legal_entity, finding.project_number or ""):
        due = BillingFallenDue(
            billing_event_id=event.id,
            occasion=f"{finding.id}:{finding.status}",
            legal_entity=event.legal_entity,
        )
        await engine.start(due, by=current_caller().subject)


handlers = [
    import_opening_balances,
    list_findings,
    read_finding,
    adopt_finding,
    dispute_finding,
]
