"""Read models over HTTP: how fresh and how complete each is, and having one built anew."""

from datetime import date, datetime

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct

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
from process_apis.errors import NoSuchRecord
from process_apis.read_models.asking import ReadModels
from process_apis.read_models.views import ModelList, RebuildWish

POLICY = ApiPolicy(
    name="read-models",
    layer=Layer.PROCESS,
    version=1,
    title="Read models",
    owner=Owner(team="Process Governance", contact="process-governance@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 28)),
    rate_plan=RatePlan(limit="120/minute"),
    objective=Objective(availability="0.99", latency_ms=1000),
    data_class=DataClass.INTERNAL,
    operations={
        "list_read_models": Operation(
            scope="process:read-models:read", tenants=TenantRule.FIRM_WIDE
        ),
        "rebuild_read_model": Operation(
            scope="process:read-models:rebuild", tenants=TenantRule.FIRM_WIDE, writes=True
        ),
    },
)


class Rebuild(Struct, frozen=True):
    """A building that was asked for, and when."""

    model: str
    system: str
    request: str
    asked_at: datetime | None


@get("/models", opt={"operation": "list_read_models"})
async def list_read_models(read_models: NamedDependency[ReadModels]) -> ModelList:
    """Return how fresh and how complete the read model of each system is."""
    return ModelList(await read_models.views())


@post("/rebuilds", status_code=202, opt={"operation": "rebuild_read_model"})
async def rebuild_read_model(
    read_models: NamedDependency[ReadModels], data: JSONBody[RebuildWish]
) -> Rebuild:
    """Have the read model of a system built anew beside the one that answers meanwhile."""
    if data.system not in read_models.sources:
        raise NoSuchRecord(f"there is no read model of {data.system}")
    state = await read_models.states.ask(data.system, data.request)
    return Rebuild(state.model, data.system, data.request, state.asked_at)


handlers = [list_read_models, rebuild_read_model]
