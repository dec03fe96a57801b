"""Change requests over HTTP: what a change brings with it, and the carrying out of its plan."""

from datetime import date
from decimal import Decimal
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
from process_apis.change_requests.applications import APPLICATIONS
from process_apis.change_requests.asking import Asking
from process_apis.change_requests.consequences.facts import Asked
from process_apis.change_requests.records import (
    ChangePlan,
    Happening,
    MilestonePlan,
    PlannedChange,
)
from process_apis.engine import Engine
from process_apis.events.changes import ChangeAsked, ChangeSubmitted
from process_apis.lists import Lists
from process_apis.runs import Run, run_of
from system_apis.canonical.money import Money

_SCOPE = "process:change-requests:read"
_READ = Operation(scope=_SCOPE, tenants=TenantRule.BY_RECORD)
_APPLY = Operation(scope="process:change-requests:apply", tenants=TenantRule.BY_RECORD, writes=True)
Ground = Annotated[
    str,
    Meta(
        pattern=r"\A[0-9a-f]{64}\Z",
        description="The ground of the plan, as its preview told it.",
    ),
]
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
    operations={
        "preview_change_request": _READ,
        "preview_milestone": _READ,
        "submit_change_request": _APPLY,
        "apply_change_request": _APPLY,
        "apply_milestone": _APPLY,
        "list_applications": Operation(scope=_SCOPE, tenants=TenantRule.BY_FILTER),
    },
)


class MilestoneBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a milestone is to be; without hours of contractors only the days of orders change.

    Another date names its day. Another scope, an acceptance and the end of one are looked at in
    a preview; they come about by a change request, by evidence, or by a credit.
    """

    planned_date: date | None = None
    what: Happening = Happening.DATE
    acceptance_is_void: bool = False
    amount: Money | None = None
    contractor_hours: Decimal | None = None

    def __post_init__(self) -> None:
        hours = self.contractor_hours
        if hours is not None and not (hours.is_finite() and 0 <= hours <= 100_000):
            raise ValueError("hours of contractors are from 0 to 100,000")
        if self.what is Happening.DATE and self.planned_date is None:
            raise ValueError("another date is named by its `planned_date`")

    def asked(self) -> Asked:
        """Return what is asked for."""
        return Asked(
            planned_date=self.planned_date,
            what=self.what,
            acceptance_is_void=self.acceptance_is_void,
            amount=self.amount,
            contractor_hours=self.contractor_hours,
        )


class MilestoneApplyBody(MilestoneBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The same as in the preview, and the ground of its plan."""

    ground: Ground


class ApplyBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The ground of the plan that is to be carried out."""

    ground: Ground


class PlannedChangeList(Struct, frozen=True):
    """The plans that somebody wanted carried out, the oldest first."""

    items: list[PlannedChange]
    next_cursor: str | None = None


@post(
    "/change-requests/{change_request_id:str}/preview",
    status_code=200,
    opt={"operation": "preview_change_request"},
)
async def preview_change_request(
    asking: NamedDependency[Asking], change_request_id: FromPath[str]
) -> ChangePlan:
    """Return what applying a change request brings with it; nothing of it happens."""
    return await asking.surveying.change(change_request_id, by=current_caller())


@post(
    "/milestones/{billing_event_id:str}/preview",
    status_code=200,
    opt={"operation": "preview_milestone"},
)
async def preview_milestone(
    asking: NamedDependency[Asking],
    billing_event_id: FromPath[str],
    data: JSONBody[MilestoneBody],
) -> MilestonePlan:
    """Return what moving a milestone brings with it, by its billing event; nothing happens."""
    return await asking.surveying.milestone(billing_event_id, data.asked(), by=current_caller())


@post(
    "/change-requests/{change_request_id:str}/submission",
    status_code=202,
    opt={"operation": "submit_change_request"},
)
async def submit_change_request(
    asking: NamedDependency[Asking],
    engine: NamedDependency[Engine],
    change_request_id: FromPath[str],
    data: JSONBody[ApplyBody],
) -> Run:
    """Have the firm agree to a change request as planned, before its client is asked to sign."""
    caller = current_caller()
    own = await asking.submission(change_request_id, data.ground, by=caller)
    known = await asking.applications.get(own)
    return await _started(
        engine, ChangeSubmitted(application_id=own, legal_entity=known.legal_entity)
    )


@post(
    "/change-requests/{change_request_id:str}/apply",
    status_code=202,
    opt={"operation": "apply_change_request"},
)
async def apply_change_request(
    asking: NamedDependency[Asking],
    engine: NamedDependency[Engine],
    change_request_id: FromPath[str],
    data: JSONBody[ApplyBody],
) -> Run:
    """Have a signed change request applied as planned, once its approvers agree."""
    caller = current_caller()
    return await _started(engine, await asking.change(change_request_id, data.ground, by=caller))


@post(
    "/milestones/{billing_event_id:str}/apply",
    status_code=202,
    opt={"operation": "apply_milestone"},
)
async def apply_milestone(
    asking: NamedDependency[Asking],
    engine: NamedDependency[Engine],
    billing_event_id: FromPath[str],
    data: JSONBody[MilestoneApplyBody],
) -> Run:
    """Have a milestone moved as planned: by itself if it may, else once its approvers agree."""
    caller = current_caller()
    wish = await asking.milestone(billing_event_id, data.asked(), data.ground, by=caller)
    return await _started(engine, wish)


@get("/applications", opt={"operation": "list_applications"})
async def list_applications(
    lists: NamedDependency[Lists], cursor: FromQuery[str | None] = None
) -> PlannedChangeList:
    """Return the plans that were to be carried out, and how far each is, a page at a time."""
    return PlannedChangeList(*await lists.page(APPLICATIONS, cursor))


async def _started(engine: Engine, event: ChangeAsked | ChangeSubmitted) -> Run:
    command = await engine.start(event, by=current_caller().subject)
    return run_of(command, await engine.progress(command.key))


handlers = [
    preview_change_request,
    preview_milestone,
    submit_change_request,
    apply_change_request,
    apply_milestone,
    list_applications,
]
