"""Verification over HTTP: whether what must always hold does, on live data."""

from datetime import date

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery
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
from process_apis.engagements import Engagements
from process_apis.errors import NoSuchRecord
from process_apis.verification.records import InvariantView, Span, VerificationReport
from process_apis.verification.table import INVARIANTS
from process_apis.verification.verifying import Verification
from system_apis.canonical.attendance import require_order

_READ = "process:verification:read"
POLICY = ApiPolicy(
    name="verification",
    layer=Layer.PROCESS,
    version=1,
    title="Verification",
    owner=Owner(team="Process Governance", contact="process-governance@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 28)),
    rate_plan=RatePlan(limit="120/minute"),
    objective=Objective(availability="0.99", latency_ms=30_000),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "list_invariants": Operation(scope=_READ, tenants=TenantRule.FIRM_WIDE),
        "read_verification": Operation(scope=_READ, tenants=TenantRule.BY_FILTER),
    },
)


class InvariantList(Struct, frozen=True):
    """What always holds, in the order of the ids."""

    items: list[InvariantView]


@get("/invariants", opt={"operation": "list_invariants"})
async def list_invariants() -> InvariantList:
    """Return what always holds, and what each of it says."""
    return InvariantList([each.view for each in INVARIANTS])


@get("/reports", opt={"operation": "read_verification"})
async def read_verification(
    verification: NamedDependency[Verification],
    engagements: NamedDependency[Engagements],
    invariant: FromQuery[str | None] = None,
    legal_entity: FromQuery[str | None] = None,
    start: FromQuery[date | None] = None,
    end: FromQuery[date | None] = None,
) -> VerificationReport:
    """Return whether what must always hold does, now, of the companies that the caller sees.

    What is of a day is looked at from `start` to `end`, where they are named.
    """
    require_order(start, end)
    caller = current_caller()
    if legal_entity is not None and not caller.sees(legal_entity):
        raise NoSuchRecord(f"there is no company {legal_entity}")
    sight = await engagements.sight(caller)
    return await verification.report(sight, Span(start, end), only=invariant, company=legal_entity)


handlers = [list_invariants, read_verification]
