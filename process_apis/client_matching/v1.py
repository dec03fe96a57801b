"""Client matching over HTTP: have all records compared, and read what is known of them."""

from datetime import date

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
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
from process_apis.client_matching.register import KnownMatch, MatchRegister
from process_apis.engine import Engine
from process_apis.events import ClientScanAsked
from process_apis.runs import Run, run_of
from system_apis.canonical.record import Text

POLICY = ApiPolicy(
    name="client-matching",
    layer=Layer.PROCESS,
    version=1,
    title="Client matching",
    owner=Owner(team="Master Records", contact="master-records@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 24)),
    rate_plan=RatePlan(limit="60/minute"),
    objective=Objective(availability="0.999", latency_ms=200),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "scan": Operation(
            scope="process:client-matching:start", tenants=TenantRule.FIRM_WIDE, writes=True
        ),
        "list_matches": Operation(
            scope="process:client-matching:read", tenants=TenantRule.FIRM_WIDE
        ),
    },
)


class ScanBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why the records are compared; the same occasion compares them once."""

    occasion: Text


class MatchList(Struct, frozen=True):
    """What is known of client records, in the order of the records."""

    items: list[KnownMatch]


@post("/scans", status_code=202, opt={"operation": "scan"})
async def scan(engine: NamedDependency[Engine], data: JSONBody[ScanBody]) -> Run:
    """Compare every client record with every other, or return the run that does."""
    event = ClientScanAsked(occasion=data.occasion)
    command = await engine.start(event, by=current_caller().subject)
    return run_of(command, await engine.progress(command.key))


@get("/matches", opt={"operation": "list_matches"})
async def list_matches(match_register: NamedDependency[MatchRegister]) -> MatchList:
    """Return every two records that have something in common, and what is known of them."""
    return MatchList(await match_register.listed())


handlers = [scan, list_matches]
