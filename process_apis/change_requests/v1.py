"""Change requests over HTTP: what a change brings with it, before anything of it happens."""

from datetime import date
from decimal import Decimal

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
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
from process_apis.change_requests.consequences.facts import Asked
from process_apis.change_requests.records import ChangePlan, MilestonePlan
from process_apis.change_requests.surveying import Surveying
from system_apis.canonical.money import Money

_READ = Operation(scope="process:change-requests:read", tenants=TenantRule.BY_RECORD)
POLICY = ApiPolicy(
    name="change-requests",
    layer=Layer.PROCESS,
    version=1,
    title="Change requests",
    owner=Owner(team="Delivery Operations", contact="delivery-operations@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 28)),
    rate_plan=RatePlan(limit="120/minute"),
    objective=Objective(availability="0.99", latency_ms=5000),
    data_class=DataClass.CONFIDENTIAL,
    operations={"preview_change_request": _READ, "preview_milestone": _READ},
)


class MilestoneBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a milestone is to be; without hours of contractors only the days of orders change."""

    planned_date: date
    amount: Money | None = None
    contractor_hours: Decimal | None = None

    def __post_init__(self) -> None:
        hours = self.contractor_hours
        if hours is not None and not (hours.is_finite() and 0 <= hours <= 100_000):
            raise ValueError("hours of contractors are from 0 to 100,000")

    def asked(self) -> Asked:
        """Return what is asked for."""
        return Asked(
            planned_date=self.planned_date,
            amount=self.amount,
            contractor_hours=self.contractor_hours,
        )


@post(
    "/change-requests/{change_request_id:str}/preview",
    status_code=200,
    opt={"operation": "preview_change_request"},
)
async def preview_change_request(
    surveying: NamedDependency[Surveying], change_request_id: FromPath[str]
) -> ChangePlan:
    """Return what applying a change request brings with it; nothing of it happens."""
    return await surveying.change(change_request_id, by=current_caller())


@post(
    "/milestones/{billing_event_id:str}/preview",
    status_code=200,
    opt={"operation": "preview_milestone"},
)
async def preview_milestone(
    surveying: NamedDependency[Surveying],
    billing_event_id: FromPath[str],
    data: JSONBody[MilestoneBody],
) -> MilestonePlan:
    """Return what moving a milestone brings with it, by its billing event; nothing happens."""
    return await surveying.milestone(billing_event_id, data.asked(), by=current_caller())


handlers = [preview_change_request, preview_milestone]
