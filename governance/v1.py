"""Governance over HTTP: catalog, lifecycles, usage, model, audit, access, budgets and clock."""

from datetime import date, datetime
from typing import Annotated

from litestar import Response, get, put
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct
from msgspec.structs import replace

from governance import (
    access_face,
    audit_face,
    budgets_face,
    lifecycle_face,
    objectives_face,
    quality_face,
    usage_face,
)
from governance.canonical_model import CanonicalModel, PublishedModel
from governance.json_schemas import MEDIA_TYPE
from governance.lifecycle import Lifecycles
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
from governance.timekeeping import Timekeeper

_USAGE = Operation(scope="governance:usage:read", tenants=TenantRule.FIRM_WIDE)
_QUALITY = Operation(scope="governance:quality:read", tenants=TenantRule.FIRM_WIDE)
_WAIVER = Operation(scope="governance:quality:waive", tenants=TenantRule.BY_RECORD, writes=True)
POLICY = ApiPolicy(
    name="governance",
    layer=Layer.GOVERNANCE,
    version=1,
    title="Governance",
    owner=Owner(team="Platform Governance", contact="platform@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 23)),
    rate_plan=RatePlan(limit="300/minute"),
    objective=Objective(availability="0.999", latency_ms=100),
    data_class=DataClass.INTERNAL,
    operations={
        "read_catalog": Operation(scope="governance:catalog:read", tenants=TenantRule.FIRM_WIDE),
        "read_model": Operation(scope="governance:catalog:read", tenants=TenantRule.FIRM_WIDE),
        "read_schema": Operation(scope="governance:catalog:read", tenants=TenantRule.FIRM_WIDE),
        "read_audit": Operation(
            scope="governance:audit:read", tenants=TenantRule.FIRM_WIDE, sensitive=True
        ),
        "read_budgets": Operation(scope="governance:limits:read", tenants=TenantRule.FIRM_WIDE),
        "read_lifecycle": Operation(
            scope="governance:lifecycle:read", tenants=TenantRule.FIRM_WIDE
        ),
        "change_lifecycle": Operation(
            scope="governance:lifecycle:write", tenants=TenantRule.FIRM_WIDE, writes=True
        ),
        "read_quality_rules": _QUALITY,
        "read_quality_findings": replace(_QUALITY, tenants=TenantRule.BY_FILTER),
        "waive_finding": _WAIVER,
        "unwaive_finding": _WAIVER,
        "read_quality_scores": replace(_QUALITY, tenants=TenantRule.BY_FILTER),
        "read_objectives": _USAGE,
        "read_usage": _USAGE,
        "read_notices": _USAGE,
        "read_clock": Operation(scope="governance:clock:read", tenants=TenantRule.FIRM_WIDE),
        "set_clock": Operation(
            scope="governance:clock:write", tenants=TenantRule.FIRM_WIDE, writes=True
        ),
        "read_withdrawals": Operation(scope="governance:access:read", tenants=TenantRule.FIRM_WIDE),
        "withdraw_access": Operation(
            scope="governance:access:write", tenants=TenantRule.FIRM_WIDE, writes=True
        ),
        "give_back": Operation(
            scope="governance:access:write", tenants=TenantRule.FIRM_WIDE, writes=True
        ),
    },
)
FIRST_YEAR, LAST_YEAR = 2000, 2099


class Catalog(Struct, frozen=True):
    """Every API version that is mounted, as it declares itself, at its stage of now."""

    apis: list[ApiPolicy]
    answers_kept_hours: int


class BusinessTime(Struct, frozen=True, forbid_unknown_fields=True):
    """A moment of the business clock, in UTC, in the years that calendars can be counted in."""

    now: Annotated[datetime, Meta(tz=True)]

    def __post_init__(self) -> None:
        if not FIRST_YEAR <= self.now.year <= LAST_YEAR:
            raise ValueError(f"the business clock runs from {FIRST_YEAR} to {LAST_YEAR}")


@get("/catalog", opt={"operation": "read_catalog"})
async def read_catalog(
    catalog: NamedDependency[Catalog], lifecycles: NamedDependency[Lifecycles]
) -> Catalog:
    """Return the catalog, collected from the APIs' own declarations and changes of lifecycles."""
    return replace(catalog, apis=[_now(policy, lifecycles) for policy in catalog.apis])


def _now(policy: ApiPolicy, lifecycles: Lifecycles) -> ApiPolicy:
    version = lifecycles.of(policy)
    stage = version.at(lifecycles.wall()).stage
    return replace(policy, lifecycle=replace(version.lifecycle, stage=stage))


@get("/canonical-model", opt={"operation": "read_model"})
async def read_model(canonical_model: NamedDependency[PublishedModel]) -> CanonicalModel:
    """Return every kind of record that crosses an API, and how it may move."""
    return canonical_model.model


@get("/canonical-model/{entity:str}", opt={"operation": "read_schema"})
async def read_schema(
    canonical_model: NamedDependency[PublishedModel], entity: FromPath[str]
) -> Response[bytes]:
    """Return the JSON Schema (2020-12) of one kind of record, with all that it is made of."""
    schema = canonical_model.schema_of(entity)
    if schema is None:
        raise NotFoundException
    return Response(schema, media_type=MEDIA_TYPE)


@get("/clock", opt={"operation": "read_clock"})
async def read_clock(timekeeper: NamedDependency[Timekeeper]) -> BusinessTime:
    """Return the business time."""
    return BusinessTime(timekeeper.now())


@put("/clock", opt={"operation": "set_clock"})
async def set_clock(
    timekeeper: NamedDependency[Timekeeper], data: JSONBody[BusinessTime]
) -> BusinessTime:
    """Set the business clock (sandbox profile only); what falls due by it begins at once."""
    return BusinessTime(await timekeeper.set(data.now))


handlers = [
    read_catalog,
    read_model,
    read_schema,
    *access_face.handlers,
    *audit_face.handlers,
    *budgets_face.handlers,
    *lifecycle_face.handlers,
    *objectives_face.handlers,
    *quality_face.handlers,
    *usage_face.handlers,
    read_clock,
    set_clock,
]
