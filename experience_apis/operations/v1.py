"""Operations: what fails whom since when, how much money waits for it, and its replay."""

from datetime import date
from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from experience_apis.operations.on_call import OnCall
from experience_apis.operations.views import IncidentList
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
from process_apis.exceptions.queue import Replay
from process_apis.rounds import Rounds

POLICY = ApiPolicy(
    name="operations",
    layer=Layer.EXPERIENCE,
    version=1,
    title="Operations",
    owner=Owner(team="Platform Operations", contact="operations@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 28)),
    rate_plan=RatePlan(limit="300/minute"),
    objective=Objective(availability="0.999", latency_ms=1000),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "list_incidents": Operation(
            scope="experience:operations:read", tenants=TenantRule.BY_FILTER
        ),
        # A system is the firm's; which of its cases are replayed goes by who may see them.
        "replay": Operation(
            scope="experience:operations:replay", tenants=TenantRule.FIRM_WIDE, writes=True
        ),
    },
)


class ReplayWish(Struct, frozen=True, forbid_unknown_fields=True):
    """Why the work is set going again."""

    note: Annotated[str, Meta(min_length=1, max_length=1000)]


@get("/incidents", opt={"operation": "list_incidents"})
async def list_incidents(on_call: NamedDependency[OnCall]) -> IncidentList:
    """Return which systems fail whom since when, and what and how much money waits for them."""
    return IncidentList(await on_call.incidents(current_caller()))


@post("/systems/{system:str}/replay", status_code=200, opt={"operation": "replay"})
async def replay(
    on_call: NamedDependency[OnCall],
    rounds: NamedDependency[Rounds],
    system: FromPath[str],
    data: JSONBody[ReplayWish],
) -> Replay:
    """Retry all work that a system stranded, each at the step where it stopped.

    Work that was replayed before is not replayed again, and nothing that is done is done twice.
    """
    found = await on_call.replay(system, current_caller(), note=data.note)
    rounds.nudge()
    return found


handlers = [list_incidents, replay]
