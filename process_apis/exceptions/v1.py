"""The exception queue over HTTP: what stopped, why, and what a person decides about it."""

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
from process_apis.exceptions.queue import (
    ExceptionQueue,
    ExceptionStatus,
    OpenException,
    Resolution,
)
from process_apis.exceptions.seen import SeenCases
from process_apis.rounds import Rounds
from store.clock import BusinessClock

POLICY = ApiPolicy(
    name="exceptions",
    layer=Layer.PROCESS,
    version=1,
    title="Exceptions",
    owner=Owner(team="Process Governance", contact="process-governance@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
    rate_plan=RatePlan(limit="300/minute"),
    objective=Objective(availability="0.999", latency_ms=100),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "list_exceptions": Operation(scope="process:exceptions:read", tenants=TenantRule.BY_FILTER),
        "read_exception": Operation(scope="process:exceptions:read", tenants=TenantRule.BY_RECORD),
        "resolve": Operation(
            scope="process:exceptions:resolve", tenants=TenantRule.BY_RECORD, writes=True
        ),
    },
)


class ResolutionBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a person decided, and why."""

    resolution: Resolution
    note: Annotated[str, Meta(min_length=1, max_length=1000)]


class ExceptionList(Struct, frozen=True):
    """Cases, the oldest first."""

    items: list[OpenException]
    next_cursor: str | None = None


@get("/", opt={"operation": "list_exceptions"})
async def list_exceptions(
    seen_cases: NamedDependency[SeenCases],
    status: FromQuery[ExceptionStatus] = ExceptionStatus.OPEN,
    cursor: FromQuery[str | None] = None,
) -> ExceptionList:
    """Return a page of the cases of a status that the caller's roles own."""
    return ExceptionList(*await seen_cases.page(current_caller(), status, cursor))


@get("/{exception_id:str}", opt={"operation": "read_exception"})
async def read_exception(
    seen_cases: NamedDependency[SeenCases], exception_id: FromPath[str]
) -> OpenException:
    """Return one case."""
    return await seen_cases.get(exception_id, current_caller())


@post("/{exception_id:str}/resolution", status_code=200, opt={"operation": "resolve"})
async def resolve(
    exceptions: NamedDependency[ExceptionQueue],
    seen_cases: NamedDependency[SeenCases],
    rounds: NamedDependency[Rounds],
    business_clock: NamedDependency[BusinessClock],
    exception_id: FromPath[str],
    data: JSONBody[ResolutionBody],
) -> OpenException:
    """Resolve a case: the process goes on at once at the step that stopped, or is given up."""
    caller = current_caller()
    case = await seen_cases.get(exception_id, caller)
    resolved = await exceptions.resolve(
        case, data.resolution, note=data.note, by=caller, at=business_clock.now()
    )
    rounds.nudge()
    return resolved


handlers = [list_exceptions, read_exception, resolve]
