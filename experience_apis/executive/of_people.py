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
from experience_apis.executive.figures.forecast import ForecastAccuracy, Span
from experience_apis.executive.figures.people import Capacity
from experience_apis.executive.figures.timeliness import Moment, TimeEntryCompliance
from experience_apis.executive.figures.utilization import Utilization, YearShare
from experience_apis.executive.page import records
from experience_apis.executive.sources import Asked, FirmFacts, Sources, Told
from experience_apis.executive.terms import KeyFigureTerms
from system_apis.canonical.forecasts import HoursForecast
from system_apis.canonical.time import TimeEntry, Timesheet


class PeopleFacts(Struct, frozen=True, kw_only=True):
    """What is recorded of people: who is asked about, of how many the caller would see."""

    people: Sequence[Capacity]
    seen: Sequence[Capacity]
    entries: Sequence[TimeEntry]
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
    found, entries, sheets, forecasts = await asyncio.gather(
        readings.people(every, window),
        readings.worked(wanted, window.start, window.last_day),
        readings.weeks(wanted, window),
        readings.forecasts(wanted, window),
    )
    seen = [each for each in found if scope.sight.caller.sees_unit(each.business_unit)]
    people = [
        each
        for each in seen
        if each.legal_entity in scope.entities and scope.has_unit(each.business_unit)
    ]
    numbers = {each.number for each in people}
    return PeopleFacts(
        people=people,
        seen=seen,
        entries=[each for each in entries if each.employee in numbers],
        sheets=[each for each in sheets if each.employee in numbers],
        forecasts=[each for each in forecasts if each.employee in numbers],
    )


def utilization(facts: PeopleFacts, asked: Asked) -> Told[Utilization]:
    """Return billable utilization."""
    clients = frozenset(each.project_number for each in asked.engagements)
    own = {each.number for each in facts.people if each.is_own}
    worked = hours.worked((each for each in facts.entries if each.employee in own), clients)
    window = asked.window
    year = YearShare(len(window.days), 366 if isleap(window.start.year) else 365)
    return Told(
        hours.utilization(facts.people, worked, year, facts.own_seen),
        (
            records("time_entry", worked.entries),
            records("employee", (each.id for each in facts.people if each.is_own)),
        ),
    )


def forecast(facts: PeopleFacts, asked: Asked, terms: KeyFigureTerms) -> Told[ForecastAccuracy]:
    """Return how well hours were foreseen; of days that are not over nobody can say it yet."""
    if not asked.window.is_over:
        return Told(None)
    chosen = foreseeing.finest(foreseeing.frozen_before(facts.forecasts, terms))
    spans = {(each.start, each.end) for each in chosen}
    worked: dict[Span, Decimal] = {}
    counted = []
    for entry in facts.entries:
        for start, end in spans:
            if entry.billable and start <= entry.work_date <= end:
                span = Span(entry.employee, str(start), str(end))
                worked[span] = worked.get(span, Decimal(0)) + entry.hours
                counted.append(entry.id)
    return Told(
        foreseeing.accuracy(facts.people, chosen, worked, facts.own_seen),
        (
            records("hours_forecast", (each.id for each in chosen)),
            records("time_entry", counted),
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
