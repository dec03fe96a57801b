"""Reads what key figures are worked out from, under an identity of its own.

It may read nothing that costs: no cost rate, no salary, no bank account, no kind of leave.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from experience_apis.executive.asked import Window
from experience_apis.executive.figures.people import Capacity
from experience_apis.executive.postings import documents, merged, posted_sums
from governance.access import Caller, acting_as
from process_apis.pages import every
from process_apis.read_models.asking import ReadModels
from process_apis.read_models.documents.records import PostedSums, Wanted
from process_apis.read_models.hours import Span, WorkedHours, summed, together
from process_apis.read_models.views import ReadFrom
from process_apis.resource_to_revenue.records import ForecastRow
from process_apis.resource_to_revenue.snapshots import Snapshots
from system_apis.canonical.attendance import availability
from system_apis.canonical.forecasts import ForecastGrain, HoursForecast
from system_apis.canonical.past_approvals import PastApproval
from system_apis.canonical.people import Employee
from system_apis.canonical.record import Page, Source
from system_apis.canonical.time import TimeEntry, Timesheet
from system_apis.systems import SystemKind, Systems

_NAME = "experience:executive"
_WEEK = 7


class Worked(Struct, frozen=True):
    """Hours that count, and where they were read."""

    hours: WorkedHours
    sources: tuple[ReadFrom, ...]


class Posted(Struct, frozen=True):
    """What the books posted, and where it was read."""

    sums: PostedSums
    sources: tuple[ReadFrom, ...]


class Readings:
    """Reads the firm's systems for the key figures."""

    def __init__(
        self,
        systems: Systems,
        models: ReadModels,
        entities: frozenset[str],
        snapshots: Snapshots,
    ) -> None:
        self._systems, self._models, self._snapshots = systems, models, snapshots
        self._identity = Caller(
            subject=_NAME,
            client_id=_NAME,
            scopes=frozenset({"system:psa:read", "system:hr:read", "system:erp:read"}),
            entities=entities,
        )

    async def people(self, entities: Iterable[str], window: Window) -> list[Capacity]:
        """Return the people of some companies, and what they could work in a window so far.

        Of a company whose people no system has, there are none.
        """
        with acting_as(self._identity):
            found = await asyncio.gather(*(self._people(each, window) for each in entities))
        return [person for each in found for person in each]

    async def worked(
        self, entities: Iterable[str], spans: Sequence[Span], people: frozenset[str]
    ) -> Worked:
        """Return the hours that count of some people of some companies; the first span is all.

        A read model is asked where it holds all that its system has, else the system itself.
        """
        whole = spans[0]
        of_system: dict[str, list[str]] = {}
        for entity in entities:
            psa = self._systems.psa(entity, on=whole.end)
            of_system.setdefault(psa.instance, []).append(entity)
        models = await self._models.answering(frozenset(of_system))
        kept = await asyncio.gather(*(self._models.worked(e, spans, people) for e in models))
        live = sorted(of_system.keys() - {each.instance for each in models})
        with acting_as(self._identity):
            asked = [self._worked(entity, whole) for each in live for entity in of_system[each]]
            read = await asyncio.gather(*asked)
        entries = [entry for each in read for entry in each]
        return Worked(
            hours=together([*kept, summed(entries, spans, people)], spans),
            sources=(
                *[await self._models.read_from(each) for each in models],
                *(self._models.read_live(each) for each in live),
            ),
        )

    async def weeks(self, entities: Iterable[str], window: Window) -> list[Timesheet]:
        """Return the weeks that the people of some companies owe, as far as the PSA tells them."""
        first, last = window.weeks[0], window.weeks[-1]
        with acting_as(self._identity):
            found = await asyncio.gather(
                *(
                    self._systems.psa(each, on=window.last_day).weeks(
                        legal_entity=each, start=first, end=last
                    )
                    for each in entities
                )
            )
        return [week for each in found for week in each]

    async def forecasts(self, entities: Iterable[str], window: Window) -> list[HoursForecast]:
        """Return the frozen forecasts of spans within a window: the PSAs', and our own weeks."""
        wanted = frozenset(entities)
        ours = weekly(await self._snapshots.listed(wanted, window.start, window.end))
        with acting_as(self._identity):
            found = await asyncio.gather(
                *(
                    self._systems.psa(each, on=window.last_day).forecasts(
                        legal_entity=each, start=window.start, end=window.end
                    )
                    for each in sorted(wanted)
                )
            )
        told = [*ours, *(one for each in found for one in each)]
        return [each for each in told if window.start <= each.start and each.end <= window.end]

    async def past_approvals(self, window: Window) -> list[tuple[str, PastApproval]]:
        """Return what the PSAs asked people to approve, each with the system that asked."""
        with acting_as(self._identity):
            return [
                (psa.instance, each)
                for psa in self._systems.psas.values()
                for each in await psa.past_approvals(start=window.start, end=window.last_day)
            ]

    async def posted(self, wanted: Wanted) -> Posted:
        """Return what the books have posted until a day: billings and payments.

        Money that is applied to no invoice is no part of what clients owe on theirs. A read model
        is asked where it holds all that its system has, else the system itself.
        """
        of_system: dict[str, set[str]] = {}
        for entity in wanted.entities:
            erp = self._systems.erp(entity, on=wanted.end)
            of_system.setdefault(erp.instance, set()).add(entity)
        models = await self._models.answering(frozenset(of_system))
        kept = await asyncio.gather(
            *(
                self._models.posted(
                    each, replace(wanted, entities=frozenset(of_system[each.instance]))
                )
                for each in models
            )
        )
        live = sorted(of_system.keys() - {each.instance for each in models})
        with acting_as(self._identity):
            asked = [self._posted(each, wanted) for name in live for each in of_system[name]]
            read = await asyncio.gather(*asked)
        return Posted(
            sums=merged([*kept, *read]),
            sources=(
                *[await self._models.read_from(each) for each in models],
                *(self._models.read_live(each) for each in live),
            ),
        )

    async def _people(self, legal_entity: str, window: Window) -> list[Capacity]:
        if not self._systems.serves(SystemKind.HR, legal_entity, on=window.last_day):
            return []
        hr = self._systems.hr(legal_entity, on=window.last_day)
        weeks = window.weeks
        start, end = weeks[0], weeks[-1] + timedelta(days=_WEEK - 1)

        async def page(cursor: str | None) -> Page[Employee]:
            return await hr.employees(legal_entity=legal_entity, cursor=cursor)

        employees, calendar, leave = await asyncio.gather(
            every(page),
            hr.work_calendar(legal_entity=legal_entity, start=start, end=end),
            hr.time_off(legal_entity=legal_entity, start=start, end=end),
        )
        span = [start + timedelta(days=each) for each in range((end - start).days + 1)]
        counted = set(window.days)
        found = []
        for employee in employees:
            days = availability(employee, calendar, leave, span)
            free = {each.date: each.available_hours for each in days}
            found.append(
                Capacity(
                    id=employee.id,
                    number=employee.number,
                    legal_entity=legal_entity,
                    business_unit=employee.business_unit,
                    employment=employee.employment_type,
                    target=employee.utilization_target,
                    available=sum((free[each] for each in counted), start=Decimal(0)),
                    weeks=tuple(
                        monday.isoformat()
                        for monday in weeks
                        if any(free[monday + timedelta(days=each)] for each in range(_WEEK))
                    ),
                )
            )
        return [each for each in found if each.available or each.weeks]

    async def _worked(self, legal_entity: str, span: Span) -> list[TimeEntry]:
        psa = self._systems.psa(legal_entity, on=span.end)
        return await every(
            lambda cursor: psa.worked(
                legal_entity=legal_entity, start=span.start, end=span.end, cursor=cursor
            )
        )

    async def _posted(self, legal_entity: str, wanted: Wanted) -> PostedSums:
        erp = self._systems.erp(legal_entity, on=wanted.end)
        invoices, notes, payments = await asyncio.gather(
            every(lambda cursor: erp.invoices(legal_entity=legal_entity, cursor=cursor)),
            every(lambda cursor: erp.credit_notes(cursor=cursor)),
            every(lambda cursor: erp.payments(cursor=cursor)),
        )
        found = documents(legal_entity, invoices, notes, payments)
        return posted_sums(found, wanted)


def weekly(rows: Iterable[ForecastRow]) -> list[HoursForecast]:
    """Return what each person was foreseen to work in a week that is billable, each freeze."""
    hours: dict[tuple[str, str, date, datetime], Decimal] = {}
    for row in rows:
        if row.billable:
            key = (row.legal_entity, row.employee, row.week, row.frozen_at)
            hours[key] = hours.get(key, Decimal(0)) + row.hours
    return [
        HoursForecast(
            id=f"hf_{hashlib.sha256(f'{entity}|{person}|{week}|{at}'.encode()).hexdigest()[:26]}",
            employee=person,
            legal_entity=entity,
            start=week,
            end=week + timedelta(days=_WEEK - 1),
            hours=total,
            grain=ForecastGrain.PERSON_WEEK,
            frozen_at=at,
            source=Source("strata", "strata", "forecast_snapshot", f"{person}:{week}"),
        )
        for (entity, person, week, at), total in hours.items()
    ]
