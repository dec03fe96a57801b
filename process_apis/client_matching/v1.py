"""Client matching over HTTP: have all records compared, and read what is known of them."""

from datetime import date

from litestar import Response, get, post
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
from process_apis.client_matching.merges import ClientMerge
from process_apis.client_matching.merging import MergeWish, Merging
from process_apis.client_matching.register import KnownMatch, MatchRegister
from process_apis.engine import Engine
from process_apis.events.clients import ClientMergeAsked, ClientScanAsked, ClientUnmergeAsked
from process_apis.runs import Run, run_of
from system_apis.canonical.record import Id, Text

_READ = Operation(scope="process:client-matching:read", tenants=TenantRule.FIRM_WIDE)
_MERGE = Operation(scope="process:client-matching:merge", tenants=TenantRule.BY_RECORD, writes=True)
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
        "list_matches": _READ,
        "merge": _MERGE,
        "unmerge": _MERGE,
        "list_merges": Operation(
            scope="process:client-matching:read", tenants=TenantRule.BY_FILTER
        ),
        "read_merge": Operation(scope="process:client-matching:read", tenants=TenantRule.BY_RECORD),
    },
)


class ScanBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why the records are compared; the same occasion compares them once."""

    occasion: Text


class MergeBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which client is to go on under which, and why."""

    survivor_id: Id
    merged_id: Id
    reason: Text
    override_reason: Text | None = None


class UnmergeBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why two clients are to be parted again."""

    reason: Text


class MergeList(Struct, frozen=True):
    """Merges that were ever asked for, the first one first."""

    items: list[ClientMerge]
    next_cursor: str | None = None


class MatchList(Struct, frozen=True):
    """What is known of client records, in the order of the records."""

    items: list[KnownMatch]
    next_cursor: str | None = None


@post("/scans", status_code=202, opt={"operation": "scan"})
async def scan(engine: NamedDependency[Engine], data: JSONBody[ScanBody]) -> Run:
    """Compare every client record with every other, or return the run that does."""
    event = ClientScanAsked(occasion=data.occasion)
    command = await engine.start(event, by=current_caller().subject)
    return run_of(command, await engine.progress(command.key))


@get("/matches", opt={"operation": "list_matches"})
async def list_matches(
    match_register: NamedDependency[MatchRegister], cursor: FromQuery[str | None] = None
) -> MatchList:
    """Return a page of the pairs of records that have something in common, and what is known."""
    return MatchList(*await match_register.page(cursor))


@post("/merges", status_code=202, opt={"operation": "merge"})
async def merge(
    engine: NamedDependency[Engine],
    merging: NamedDependency[Merging],
    data: JSONBody[MergeBody],
) -> Response[Run]:
    """Ask a steward to make two clients one; `Location` is the merge.

    A client in the ledger of companies whose records the caller does not see is none. Asked
    for again while it is open, it is the same one, whoever asks and why: the first to
    ask stands in it. A steward who asks needs another one to decide.
    """
    wish = MergeWish(
        survivor_id=data.survivor_id,
        merged_id=data.merged_id,
        reason=data.reason,
        override_reason=data.override_reason,
    )
    asked = await merging.checked(wish, current_caller())
    return await _started(engine, asked)


@post("/merges/{merge_id:str}/unmerge", status_code=202, opt={"operation": "unmerge"})
async def unmerge(
    engine: NamedDependency[Engine],
    merging: NamedDependency[Merging],
    merge_id: FromPath[str],
    data: JSONBody[UnmergeBody],
) -> Response[Run]:
    """Ask a steward to part two clients again, each with the records that it had.

    Records that were met after the merge stay with the one that they were met under. Asked
    for again while it is open, it is the same one, as with a merge.
    """
    asked = await merging.to_undo(merge_id, data.reason, current_caller())
    return await _started(engine, asked)


@get("/merges", opt={"operation": "list_merges"})
async def list_merges(
    merging: NamedDependency[Merging], cursor: FromQuery[str | None] = None
) -> MergeList:
    """Return a page of the merges in no ledger of other companies alone, and who said what."""
    return MergeList(*await merging.page(cursor, current_caller()))


@get("/merges/{merge_id:str}", opt={"operation": "read_merge"})
async def read_merge(merging: NamedDependency[Merging], merge_id: FromPath[str]) -> ClientMerge:
    """Return one merge."""
    return await merging.seen(merge_id, current_caller())


async def _started(engine: Engine, asked: ClientMergeAsked | ClientUnmergeAsked) -> Response[Run]:
    command = await engine.start_as_first_said(asked, by=asked.asked_by)
    run = run_of(command, await engine.progress(command.key))
    where = f"/process/client-matching/v1/merges/{asked.merge_id}"
    return Response(run, status_code=202, headers={"Location": where})


handlers = [scan, list_matches, merge, unmerge, list_merges, read_merge]
