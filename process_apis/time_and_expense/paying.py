"""Pay runs: approved hours are told to payroll, and contractors' to procurement, each row once."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from governance.access import current_caller
from governance.editions import Editions
from process_apis.pages import every
from process_apis.time_and_expense.identifiers import pay_run_id
from process_apis.time_and_expense.pay_records import PayRunStatus, ToldHours
from process_apis.time_and_expense.pay_runs import PayRuns
from process_apis.time_and_expense.rules import payroll
from process_apis.time_and_expense.rules.terms import TimeAndExpenseTerms
from system_apis.canonical.payroll import ContractorLine, ContractorRun, PayRun
from system_apis.canonical.people import Employee, EmploymentType
from system_apis.canonical.time import TimeEntry
from system_apis.systems import Systems


class Paying:
    """The steps between approved hours and those who pay for them."""

    def __init__(
        self, systems: Systems, runs: PayRuns, terms: Editions[TimeAndExpenseTerms]
    ) -> None:
        self._systems, self._runs, self._terms = systems, runs, terms

    async def claim(self, legal_entity: str, period: str, run: int) -> ToldHours:
        """Take every approved row of a month that no run took before; claimed once for good."""
        known = await self._runs.find(pay_run_id(legal_entity, period, run))
        if known is not None:
            return known
        first, last = days_of(period)
        people = await self._people(legal_entity, first)
        rows = [
            each for person in people for each in await self._entries(person.number, first, last)
        ]
        paid = await self._runs.paid([each.id for each in rows])
        fresh = payroll.payable(rows, paid)
        before = [each for each in rows if each.id in paid]
        own = {each.number for each in people if each.employment_type is EmploymentType.EMPLOYEE}
        hr = self._systems.hr(legal_entity, on=first)
        calendar = await hr.work_calendar(legal_entity=legal_entity, start=first, end=last)
        told = ToldHours(
            id=pay_run_id(legal_entity, period, run),
            legal_entity=legal_entity,
            period=period,
            run=run,
            status=PayRunStatus.CLAIMED,
            rows=len(fresh),
            lines=tuple(
                payroll.pay_lines(
                    [each for each in fresh if each.employee in own],
                    [each for each in before if each.employee in own],
                    calendar,
                    self._terms.on(last).terms.pay,
                )
            ),
            contractors=_contractors(fresh, people),
        )
        return await self._runs.claim(told, [each.id for each in fresh], by=current_caller())

    async def tell_payroll(self, told: ToldHours) -> None:
        """Tell the HR system the hours by person and pay code."""
        first, last = days_of(told.period)
        run = PayRun(
            number=_number(told),
            legal_entity=told.legal_entity,
            period_start=first,
            period_end=last,
            lines=told.lines,
        )
        hr = self._systems.hr(told.legal_entity, on=first)
        await hr.record_pay_run(run, key=f"pay:{told.id}")

    async def tell_procurement(self, told: ToldHours) -> None:
        """Tell procurement the contractors' hours by project."""
        first, last = days_of(told.period)
        run = ContractorRun(
            number=_number(told),
            legal_entity=told.legal_entity,
            period_start=first,
            period_end=last,
            lines=told.contractors,
        )
        await self._systems.procurement.record_contractor_hours(run, key=f"pay:{told.id}")

    async def note(self, told: ToldHours) -> ToldHours:
        """Write down that those who pay have been told."""
        return await self._runs.told(replace(told, status=PayRunStatus.TOLD), by=current_caller())

    async def _people(self, legal_entity: str, on: date) -> list[Employee]:
        hr = self._systems.hr(legal_entity, on=on)
        return await every(lambda at: hr.employees(legal_entity=legal_entity, cursor=at))

    async def _entries(self, number: str, first: date, last: date) -> list[TimeEntry]:
        return [
            each
            for psa in self._systems.psas.values()
            for each in await psa.entries_of(employee_number=number, start=first, end=last)
        ]


def days_of(period: str) -> tuple[date, date]:
    """Return the first and the last day of a month that is written 2026-10."""
    first = date.fromisoformat(f"{period}-01")
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def _number(told: ToldHours) -> str:
    return f"{told.legal_entity}-{told.period}-{told.run}"


def _contractors(
    rows: Sequence[TimeEntry], people: Sequence[Employee]
) -> tuple[ContractorLine, ...]:
    vendors = {
        each.number: each.vendor_number
        for each in people
        if each.employment_type is EmploymentType.CONTRACTOR
    }
    hours: dict[tuple[str, str], Decimal] = {}
    for row in rows:
        if row.employee in vendors:
            at = (row.employee, row.project_number)
            hours[at] = hours.get(at, Decimal(0)) + row.hours
    return tuple(
        ContractorLine(
            vendor_number=vendors[person],
            contractor=person,
            project_number=project,
            hours=worked,
        )
        for (person, project), worked in sorted(hours.items())
        if worked
    )
