"""Opportunity-to-project over HTTP: start it by hand, and see how far it has come."""

from datetime import date

from litestar import get, post
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
from process_apis.commands import Commands
from process_apis.engagements import Engagement, Engagements
from process_apis.engine import Engine
from process_apis.errors import NoSuchRecord
from process_apis.events.set_up import EngagementAgreed
from process_apis.runs import Run, run_of
from system_apis.canonical.record import Id
from system_apis.systems import Systems

POLICY = ApiPolicy(
    name="opportunity-to-project",
    layer=Layer.PROCESS,
    version=1,
    title="Opportunity to project",
    owner=Owner(team="Sales Operations", contact="sales-operations@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
    rate_plan=RatePlan(limit="120/minute"),
    objective=Objective(availability="0.999", latency_ms=100),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "start": Operation(
            scope="process:opportunity-to-project:start",
            tenants=TenantRule.BY_RECORD,
            writes=True,
        ),
        "read_run": Operation(
            scope="process:opportunity-to-project:read", tenants=TenantRule.BY_RECORD
        ),
    },
)


class StartBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The engagement to set up: a won opportunity and its signed contract."""

    opportunity_id: Id
    contract_id: Id


class SetUp(Struct, frozen=True):
    """An engagement with the run that sets it up."""

    engagement: Engagement
    run: Run


@post("/runs", status_code=202, opt={"operation": "start"})
async def start(
    engine: NamedDependency[Engine],
    systems: NamedDependency[Systems],
    data: JSONBody[StartBody],
) -> Run:
    """Start the set-up of an engagement, or return the run that it has already."""
    contract = await systems.contracts.contract(data.contract_id)
    event = EngagementAgreed(
        opportunity_id=data.opportunity_id,
        contract_id=contract.id,
        legal_entity=contract.legal_entity,
    )
    command = await engine.start(event, by=current_caller().subject)
    return run_of(command, await engine.progress(command.key))


@get("/projects/{project_number:str}", opt={"operation": "read_run"})
async def read_run(
    engagements: NamedDependency[Engagements],
    commands: NamedDependency[Commands],
    engine: NamedDependency[Engine],
    project_number: FromPath[str],
) -> SetUp:
    """Return how far the set-up of a project has come."""
    engagement = await engagements.find(project_number)
    sight = await engagements.sight(current_caller())
    if engagement is None or not sight.sees(engagement):
        raise NoSuchRecord(f"there is no engagement {project_number}")
    command = await commands.find(engagement.command_key)
    if command is None:
        raise NoSuchRecord(f"no run of {project_number}")
    return SetUp(engagement, run_of(command, await engine.progress(command.key)))


handlers = [start, read_run]
