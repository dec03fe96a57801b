"""The figures about people's hours: utilization, its forecast, and weeks handed in."""

import asyncio
from calendar import isleap
from collections.abc import Sequence
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct

from experience_apis.executive.figures import forecast as foreseeing
from experience_apis.executive.figures import timeliness
from experience_apis.executive.figures import utilization as hours
from experience_apis.executive.figures.forecast import ForecastAccuracy
from experience_apis.executive.figures.forecast import Span as Foreseen
from experience_apis.executive.figures.people import Capacity
from experience_apis.executive.figures.timeliness import Moment, TimeEntryCompliance
from experience_apis.executive.figures.utilization import Utilization, YearShare
from experience_apis.executive.page import first_of, records
from experience_apis.executive.sources import Asked, FirmFacts, Sources, Told
from experience_apis.executive.terms import KeyFigureTerms
from process_apis.read_models.hours import Span, WorkedHours
from process_apis.read_models.views import ReadFrom
from system_apis.canonical.forecasts import HoursForecast
from system_apis.canonical.time import Timesheet


class PeopleFacts(Struct, frozen=True, kw_only=True):
    """What is recorded of people: who is asked about, of how many the caller would see."""

    people: Sequence[Capacity]
    seen: Sequence[Capacity]
    worked: WorkedHours
    days: Span
    sources: Sequence[ReadFrom]
    sheets: Sequence[Timesheet]
    forecasts: Sequence[HoursForecast]

    @property
    def own_seen(self) -> int:
        """How many of the firm's own people the caller would see."""
        return sum(1 for each in self.seen if each.is_own)


async def read(sources: Sources, asked: Asked) -> PeopleFacts:
    """Return what is recorded of the people who are asked about.

    Who else the caller sees is read as well: a figure of some tells of the others too.
    """
    readings, window, scope = sources.readings, asked.window, asked.scope
    every = sorted(scope.sight.caller.entities)
    wanted = sorted(scope.entities)
    found, sheets, forecasts = await asyncio.gather(
        readings.people(every, window),
        readings.weeks(wanted, window),
        readings.forecasts(wanted, window),
    )
    seen = [each for each in found if scope.sight.caller.sees_unit(each.business_unit)]
    people = [
        each
        for each in seen
        if each.legal_entity in scope.entities and scope.has_unit(each.business_unit)
    ]
    numbers = frozenset(each.number for each in people)
    foreseen = [each for each in forecasts if each.employee in numbers]
    days = Span(window.start, window.last_day)
    spans = list(dict.fromkeys([days, *(Span(each.start, each.end) for each in foreseen)]))
    worked = await readings.worked(wanted, spans, numbers)
    return PeopleFacts(
        people=people,
        seen=seen,
        worked=worked.hours,
        days=days,
        sources=worked.sources,
        sheets=[each for each in sheets if each.employee in numbers],
        forecasts=foreseen,
    )


def utilization(facts: PeopleFacts, asked: Asked) -> Told[Utilization]:
    """Return billable utilization."""
    clients = frozenset(each.project_number for each in asked.engagements)
    own = {each.number for each in facts.people if each.is_own}
    lines = facts.worked.lines[facts.days]
    worked = hours.worked((each for each in lines if each.employee in own), clients)
    traces = [each.id for each in facts.worked.traces if each.employee in own and worked.has(each)]
    window = asked.window
    year = YearShare(len(window.days), 366 if isleap(window.start.year) else 365)
    return Told(
        hours.utilization(facts.people, worked, year, facts.own_seen),
        (
            first_of("time_entry", traces, worked.entries),
            records("employee", (each.id for each in facts.people if each.is_own)),
        ),
    )


def forecast(facts: PeopleFacts, asked: Asked, terms: KeyFigureTerms) -> Told[ForecastAccuracy]:
    """Return how well hours were foreseen; of days that are not over nobody can say it yet."""
    if not asked.window.is_over:
        return Told(None)
    chosen = foreseeing.finest(foreseeing.frozen_before(facts.forecasts, terms))
    spans = {Span(each.start, each.end) for each in chosen}
    worked: dict[Foreseen, Decimal] = {}
    entries = 0
    for days in spans:
        for line in facts.worked.lines[days]:
            if line.billable:
                span = Foreseen(line.employee, str(days.start), str(days.end))
                worked[span] = worked.get(span, Decimal(0)) + line.hours
                entries += line.entries
    traces = [
        each.id
        for each in facts.worked.traces
        if each.billable and any(days.has(each.work_date) for days in spans)
    ]
    return Told(
        foreseeing.accuracy(facts.people, chosen, worked, facts.own_seen),
        (
            records("hours_forecast", (each.id for each in chosen)),
            first_of("time_entry", traces, entries),
        ),
    )


def compliance(
    facts: PeopleFacts, firm: FirmFacts, asked: Asked, terms: KeyFigureTerms
) -> Told[TimeEntryCompliance]:
    """Return how many weeks were handed in by their time."""
    zones = {code: ZoneInfo(each.timezone) for code, each in firm.entities.items()}
    moment = Moment(as_of=asked.window.as_of, zones=zones, terms=terms)
    return Told(
        timeliness.compliance(facts.people, facts.sheets, moment, len(facts.seen)),
        (
            records("timesheet", (each.id for each in facts.sheets)),
            records("employee", (each.id for each in facts.people)),
        ),
    )
