"""What the firm's systems know around a row that is handed in: people, projects, other rows."""

from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct

from process_apis.errors import NoSuchRecord
from process_apis.pages import every
from process_apis.time_and_expense.directory import Directory
from process_apis.time_and_expense.identifiers import row_id
from process_apis.time_and_expense.records import EntryWish, ExpenseWish, Wish
from process_apis.time_and_expense.rules.routing import LINE_MANAGER
from process_apis.time_and_expense.rules.terms import ExpenseTerms
from process_apis.time_and_expense.rules.time import CapUse, stands
from system_apis.canonical.attendance import WorkCalendar, availability, days_of
from system_apis.canonical.contracts import CapScope, Contract
from system_apis.canonical.delivery import Project, ProjectStatus
from system_apis.canonical.money import Money, Rounding
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.people import Employee
from system_apis.canonical.record import Source
from system_apis.canonical.sales import RoleRate
from system_apis.canonical.team import Booking
from system_apis.canonical.time import EntryStatus, ExpenseLine, TimeEntry, Timesheet
from system_apis.errors import NotFound
from system_apis.psa.interface import Psa
from system_apis.systems import Systems

_OURS = Source("strata", "strata", "handed_in", "")
_AROUND = timedelta(days=60)


class UnknownEmployee(NoSuchRecord):
    """Nobody of the firm whom the caller may see has this number."""

    def __init__(self, number: str) -> None:
        super().__init__(f"there is no employee {number}")


class Surroundings(Struct, frozen=True):
    """Reads of the firm's systems, as the rules of time and expense need them."""

    systems: Systems
    directory: Directory

    async def employee(self, number: str) -> Employee:
        """Return a person by number, or raise `UnknownEmployee`."""
        for hr in self.systems.hrs.values():
            found = (await hr.employees(number=number)).items
            if found:
                return found[0]
        raise UnknownEmployee(number)

    async def manager_of(self, employee: Employee) -> str | None:
        """Return the number of a person's line manager, if HR names one who can be asked."""
        if employee.manager_id is None:
            return None
        try:
            hr = await self.systems.hr_of(employee.manager_id)
            manager = await hr.employee(employee.manager_id)
        except NotFound:
            return None
        known = self.directory.holds(manager.number, LINE_MANAGER, employee.legal_entity)
        return manager.number if known else None

    async def managers(self, legal_entity: str, on: date) -> dict[str, str]:
        """Return who leads whom in a company, by number."""
        hr = self.systems.hr(legal_entity, on=on)
        people = await every(lambda at: hr.employees(legal_entity=legal_entity, cursor=at))
        by_id = {each.id: each.number for each in people}
        return {each.number: by_id[each.manager_id] for each in people if each.manager_id in by_id}

    async def calendar(self, company: LegalEntity, days: tuple[date, date]) -> WorkCalendar | None:
        """Return when a company works, if HR says."""
        try:
            hr = self.systems.hr(company.code, on=days[0])
            return await hr.work_calendar(legal_entity=company.code, start=days[0], end=days[1])
        except NotFound:
            return None

    async def hours_off(self, employee: Employee, day: date) -> Decimal:
        """Return how many hours of leave a person has on a day."""
        hr = self.systems.hr(employee.legal_entity, on=day)
        leaves = await hr.time_off(
            legal_entity=employee.legal_entity,
            start=day,
            end=day,
            employee_number=employee.number,
        )
        off = (each for leave in leaves for each in leave.days if each.date == day)
        return sum((each.hours for each in off), Decimal(0))

    async def project(self, number: str) -> Project | None:
        """Return a project by number, whichever PSA has it."""
        for psa in self.systems.psas.values():
            found = (await psa.projects(number=number)).items
            if found:
                return found[0]
        return None

    async def contract_of(self, project: Project | None) -> Contract | None:
        """Return the contract that a project is done for, if there is one."""
        if project is None:
            return None
        found = (await self.systems.contracts.contracts(number=project.contract_number)).items
        return found[0] if found else None

    def is_open(self, project: Project | None) -> bool:
        """Whether a project takes expenses: it is known, and active."""
        return project is not None and project.status is ProjectStatus.ACTIVE

    async def entries(self, employee: str, days: tuple[date, date]) -> list[TimeEntry]:
        """Return a person's hours of some days, from every PSA."""
        return [
            each
            for psa in self.systems.psas.values()
            for each in await psa.entries_of(employee_number=employee, start=days[0], end=days[1])
        ]

    async def weeks(
        self, company: LegalEntity, project_number: str, start: date, end: date
    ) -> list[Timesheet]:
        """Return the weeks begun in start..end that people assigned to a project owe."""
        psa = self.systems.psa(company.code, on=end)
        return await psa.timesheets(project_number=project_number, start=start, end=end)

    async def lines(self, wish: ExpenseWish) -> list[ExpenseLine]:
        """Return the expenses around one that stand: the person's, and those of its receipt."""
        first, last = wish.date - _AROUND, wish.date + _AROUND
        found: dict[str, ExpenseLine] = {}
        for psa in self.systems.psas.values():
            rows = await psa.expenses_of(employee_number=wish.employee, start=first, end=last)
            if wish.receipt_hash:
                rows = [*rows, *await psa.expenses_with(receipt_hash=wish.receipt_hash)]
            found |= {each.id: each for each in rows}
        return [each for each in found.values() if each.status is not EntryStatus.REJECTED]

    async def booked(
        self,
        employee: Employee,
        project: Project | None,
        month: tuple[date, date],
        day: date,
    ) -> Decimal | None:
        """Return a person's booked hours on a project in a month; None when not booked that day."""
        if project is None:
            return None
        psa = self._psa(project)
        number = project.number
        bookings = await every(lambda at: psa.bookings(project_number=number, cursor=at))
        own = [each for each in bookings if each.employee == employee.number]
        if not any(each.start <= day <= each.end for each in own):
            return None
        hr = self.systems.hr(employee.legal_entity, on=month[0])
        try:
            calendar = await hr.work_calendar(
                legal_entity=employee.legal_entity, start=month[0], end=month[1]
            )
        except NotFound:
            return Decimal(0)
        return _booked_hours(employee, calendar, own, month)

    def has_rate(
        self, project: Project | None, contract: Contract | None, entry: TimeEntry
    ) -> bool | None:
        """Whether hours billed by time have a rate; None where they are not billed by time."""
        if project is None or not _rates(project, contract):
            return None
        return any(each.role == entry.role for each in _rates(project, contract))

    async def cap(
        self, project: Project | None, contract: Contract | None, entry: TimeEntry
    ) -> CapUse | None:
        """Return how much of a contract's cap is used, and what hours add to it."""
        if project is None or contract is None or contract.nte_cap is None or not entry.billable:
            return None
        prices = {each.role: each.rate for each in _rates(project, contract)}
        begins = contract.effective_from
        if contract.billed_until is not None:
            begins = contract.billed_until + timedelta(days=1)
        psa, number, currency = self._psa(project), project.number, contract.currency
        rows = await every(
            lambda at: psa.time_entries(
                project_number=number, start=begins, end=contract.effective_to, cursor=at
            )
        )
        worked = [
            prices[each.role].times(each.hours, Rounding.HALF_UP)
            for each in rows
            if each.billable
            and each.role in prices
            and stands(each)
            and each.number != entry.number
        ]
        if contract.nte_scope is CapScope.FEES_AND_EXPENSES:
            worked += await self._spent(project, contract, begins)
        adds = Money.zero(currency)
        if entry.role in prices:
            adds = prices[entry.role].times(entry.hours, Rounding.HALF_UP)
        before = contract.billed_to_date or Money.zero(currency)
        return CapUse(contract.nte_cap, before + Money.total(worked, currency), adds)

    async def client_cap(
        self, project: Project | None, terms: ExpenseTerms
    ) -> tuple[Money | None, Money | None]:
        """Return what a client pays for expenses at most, and what of it is spent."""
        contract = await self.contract_of(project)
        if project is None or contract is None or contract.number not in terms.client_caps:
            return None, None
        cap = Money.of(terms.client_caps[contract.number], contract.currency)
        spent = await self._spent(project, contract, contract.effective_from)
        return cap, Money.total(spent, contract.currency)

    async def _spent(self, project: Project, contract: Contract, begins: date) -> list[Money]:
        psa, number = self._psa(project), project.number
        rows = await every(
            lambda at: psa.expense_lines(
                project_number=number, start=begins, end=contract.effective_to, cursor=at
            )
        )
        return [
            each.amount
            for each in rows
            if each.billable
            and each.status is not EntryStatus.REJECTED
            and each.amount.currency == contract.currency
        ]

    def _psa(self, project: Project) -> Psa:
        return self.systems.by_psa_instance(project.source.instance)


def as_entry(wish: EntryWish, role: str) -> TimeEntry:
    """Return hours that are handed in as the PSA will have them."""
    return TimeEntry(
        id=row_id(wish),
        number=wish.number,
        employee=wish.employee,
        role=role,
        project_number=wish.project_number,
        work_date=wish.work_date,
        hours=wish.hours,
        billable=wish.billable,
        status=EntryStatus.SUBMITTED,
        task=wish.task,
        notes=wish.notes,
        source=_OURS,
    )


def as_line(wish: Wish) -> ExpenseLine:
    """Return an expense that is handed in as the PSA will have it."""
    if not isinstance(wish, ExpenseWish):
        raise TypeError(f"{wish.number} is no expense")
    return ExpenseLine(
        id=row_id(wish),
        number=wish.number,
        employee=wish.employee,
        project_number=wish.project_number,
        date=wish.date,
        category=wish.category,
        merchant=wish.merchant,
        amount=wish.amount,
        billable=wish.billable,
        status=EntryStatus.SUBMITTED,
        receipt_hash=wish.receipt_hash,
        trip=wish.trip,
        source=_OURS,
    )


def _rates(project: Project, contract: Contract | None) -> tuple[RoleRate, ...]:
    """Return the rates that a project's hours are billed at, the contract's before its card."""
    return (contract.rates if contract else ()) or project.rate_card


def _booked_hours(
    employee: Employee, calendar: WorkCalendar, bookings: list[Booking], month: tuple[date, date]
) -> Decimal:
    total = Decimal(0)
    for each in bookings:
        first, last = max(each.start, month[0]), min(each.end, month[1])
        if first <= last:
            days = availability(employee, calendar, (), days_of(first, last))
            total += sum((day.available_hours for day in days), Decimal(0)) * each.percent / 100
    return total
