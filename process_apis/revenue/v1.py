"""Revenue over HTTP: what was earned, entry by entry and project by project, and the close."""

from datetime import date

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody
from msgspec import Struct

from governance.access import Forbidden, current_caller
from governance.once import command_name
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
from process_apis.engine import Engine
from process_apis.errors import NoSuchRecord
from process_apis.events.revenue import RevenueFallenDue
from process_apis.lists import Lists
from process_apis.revenue.books.entries import RevenueLedger, listing_of
from process_apis.revenue.books.periods import PERIODS, Periods
from process_apis.revenue.closing import Closing, PeriodView
from process_apis.revenue.records import AccountingPeriod, ProjectStanding, RevenueEntry
from process_apis.runs import Run, run_of
from store.clock import BusinessClock
from system_apis.canonical.record import Text
from system_apis.canonical.revenue import Month

_READ = "process:revenue:read"
_BY_FILTER = Operation(scope=_READ, tenants=TenantRule.BY_FILTER)


def _writing(verb: str) -> Operation:
    scope = f"process:revenue:{verb}"
    return Operation(scope=scope, tenants=TenantRule.BY_RECORD, writes=True)


POLICY = ApiPolicy(
    name="revenue",
    layer=Layer.PROCESS,
    version=1,
    title="Revenue",
    owner=Owner(team="Finance Operations", contact="finance-operations@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 28)),
    rate_plan=RatePlan(limit="300/minute"),
    objective=Objective(availability="0.999", latency_ms=1000),
    data_class=DataClass.CONFIDENTIAL,
    operations={
        "list_entries": _BY_FILTER,
        "list_positions": _BY_FILTER,
        "recognize": _writing("recognize"),
        "list_periods": _BY_FILTER,
        "read_close": _BY_FILTER,
        "close_period": _writing("close"),
        "reopen_period": _writing("reopen"),
    },
)


class EntryList(Struct, frozen=True):
    """Entries by month and project, in the order they were booked."""

    items: list[RevenueEntry]
    next_cursor: str | None = None


class PositionList(Struct, frozen=True):
    """How projects stand at the end of a month."""

    items: list[ProjectStanding]


class PeriodList(Struct, frozen=True):
    """The months that were ever closed, the oldest first."""

    items: list[AccountingPeriod]
    next_cursor: str | None = None


class RecognitionBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Which project's revenue of which month is to be booked."""

    project_number: Text
    month: Month


class CloseBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Which month is to be closed, and why `despite` what of it waits, if anything does."""

    legal_entity: Text
    month: Month
    despite: Text | None = None


class ReopenBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Which closed month is to be opened again, and why."""

    legal_entity: Text
    month: Month
    reason: Text


@get("/entries", opt={"operation": "list_entries"})
async def list_entries(
    lists: NamedDependency[Lists],
    month: FromQuery[Month | None] = None,
    cursor: FromQuery[str | None] = None,
) -> EntryList:
    """Return a page of the revenue ledger of the caller's companies and business units."""
    return EntryList(*await lists.page(listing_of(month), cursor))


@get("/positions", opt={"operation": "list_positions"})
async def list_positions(
    revenue_ledger: NamedDependency[RevenueLedger],
    engagements: NamedDependency[Engagements],
    month: FromQuery[Month],
) -> PositionList:
    """Return what projects earned, billed, cost and have to come, at the end of a month."""
    sight = await engagements.sight(current_caller())
    found = await revenue_ledger.standings(entities=sight.caller.entities, month=month)
    return PositionList(sight.of(found))


@post("/recognitions", status_code=202, opt={"operation": "recognize"})
async def recognize(
    engagements: NamedDependency[Engagements],
    closing: NamedDependency[Closing],
    engine: NamedDependency[Engine],
    business_clock: NamedDependency[BusinessClock],
    data: JSONBody[RecognitionBody],
) -> Run:
    """Book what a project earned in a month that has begun; what is booked is not booked again."""
    caller = current_caller()
    engagement = await engagements.find(data.project_number)
    if engagement is None or not (await engagements.sight(caller)).sees(engagement):
        raise NoSuchRecord(f"there is no project {data.project_number}")
    closing.recognizing.require_begun(engagement.legal_entity, data.month)
    due = RevenueFallenDue(
        project_number=data.project_number,
        month=data.month,
        occasion=f"asked:{command_name() or business_clock.now().isoformat()}",
        legal_entity=engagement.legal_entity,
    )
    command = await engine.start(due, by=caller.subject)
    return run_of(command, await engine.progress(command.key))


@get("/periods", opt={"operation": "list_periods"})
async def list_periods(
    lists: NamedDependency[Lists], cursor: FromQuery[str | None] = None
) -> PeriodList:
    """Return the months of the caller's companies that were ever closed, a page at a time."""
    return PeriodList(*await lists.page(PERIODS, cursor))


@get("/close", opt={"operation": "read_close"})
async def read_close(
    closing: NamedDependency[Closing], legal_entity: FromQuery[str], month: FromQuery[Month]
) -> PeriodView:
    """Return a company's month, and what of it waits before it can be closed."""
    _check_sees(legal_entity)
    return await closing.look(legal_entity, month)


@post("/closings", status_code=200, opt={"operation": "close_period"})
async def close_period(
    closing: NamedDependency[Closing], data: JSONBody[CloseBody]
) -> AccountingPeriod:
    """Close a company's month: none of its entries changes any more."""
    caller = current_caller()
    _check_sees(data.legal_entity)
    return await closing.close(data.legal_entity, data.month, despite=data.despite, by=caller)


@post("/reopenings", status_code=200, opt={"operation": "reopen_period"})
async def reopen_period(
    periods: NamedDependency[Periods], data: JSONBody[ReopenBody]
) -> AccountingPeriod:
    """Open a closed month again, for a reason that stays in the audit."""
    caller = current_caller()
    _check_sees(data.legal_entity)
    return await periods.reopen(data.legal_entity, data.month, reason=data.reason, by=caller)


def _check_sees(legal_entity: str) -> None:
    if not current_caller().sees(legal_entity):
        raise Forbidden(f"you may not act for {legal_entity}")


handlers = [
    list_entries,
    list_positions,
    recognize,
    list_periods,
    read_close,
    close_period,
    reopen_period,
]
