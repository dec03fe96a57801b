"""The desk: gathers what is known beside a row that is handed in, and has the rules judge it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct, field
from msgspec.structs import replace

from governance.access import Caller, acting_as
from governance.editions import Edition, Editions
from governance.wrong_field import WrongField
from process_apis.errors import Conflict, NothingTaken
from process_apis.time_and_expense.days import require_come, require_days
from process_apis.time_and_expense.identifiers import row_id
from process_apis.time_and_expense.paying import days_of
from process_apis.time_and_expense.records import (
    TAKEN,
    WAITING,
    EntryWish,
    ExpenseWish,
    HandedIn,
    PaidBy,
    PolicyFinding,
    RowStatus,
    Wish,
    status_of,
)
from process_apis.time_and_expense.register import Register
from process_apis.time_and_expense.rules import expense as expense_rules
from process_apis.time_and_expense.rules import parts, periods, routing, weeks
from process_apis.time_and_expense.rules import time as time_rules
from process_apis.time_and_expense.rules.standing import standing
from process_apis.time_and_expense.rules.terms import TimeAndExpenseTerms
from process_apis.time_and_expense.surroundings import (
    Surroundings,
    UnknownEmployee,
    as_entry,
    as_line,
)
from process_apis.time_and_expense.turns import Turns
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.people import Employee
from system_apis.canonical.time import TimeEntry

Terms = Editions[TimeAndExpenseTerms]
# The desk looks around under an identity of its own: who hands in sees no colleague's hours.
LOOKS = frozenset({"system:hr:read", "system:psa:read", "system:contracts:read"})
DESK = "process:time-and-expense"


class Desk(Struct, frozen=True):
    """Judges what people hand in, by the edition of the firm's terms that holds that day."""

    around: Surroundings
    register: Register
    entities: Mapping[str, LegalEntity]
    terms: Terms
    worth: routing.Worth
    clock: Callable[[], datetime]
    turns: Turns = field(default_factory=Turns)

    def require_locked(self, legal_entity: str, period: str) -> None:
        """Raise `ValueError` while hours of a month still come in, which its run would miss."""
        today = self.entities[legal_entity].day_of(self.clock())
        first, _ = days_of(period)
        if not periods.is_over(first, today, self.terms.on(today).terms.lock):
            raise WrongField("period", f"{period} is not locked for {legal_entity}; ask once it is")

    async def take(self, wish: Wish, *, by: Caller) -> HandedIn:
        """Judge and write down what somebody hands in; told again, it stays as it was judged.

        Raises `WrongField` for a day that cannot be meant, which no rule is asked about.
        """
        require_days(wish)
        known = await self.register.known(row_id(wish), wish)
        if known is not None:
            return known
        async with self.turns.of(wish.employee):
            with acting_as(self._own(by)):
                judged = await self._judged(wish, by)
            return await self.register.note(judged, by=by)

    async def take_week(self, wishes: Sequence[EntryWish], *, by: Caller) -> list[HandedIn]:
        """Judge the rows of a week beside each other and write them down, all of them or none.

        Raises `NothingTaken`, which names every finding that blocks, where there is one.
        """
        async with self.turns.of(by.subject):
            return await self._taken_week(wishes, by)

    async def _taken_week(self, wishes: Sequence[EntryWish], by: Caller) -> list[HandedIn]:
        known = await self.register.known_of_week(wishes)
        told = zip(wishes, known, strict=True)
        week = [each for each, row in told if row is None or row.status in TAKEN]
        with acting_as(self._own(by)):
            judged = [
                row or await self._judged(each, by, week)
                for each, row in zip(wishes, known, strict=True)
            ]
        if any(each.status is RowStatus.BLOCKED for each in judged):
            raise NothingTaken(parts.wrong_parts(judged))
        return await self.register.note_week(judged, by=by)

    async def missing_weeks(
        self, legal_entity: str, project_number: str, start: date, end: date, *, by: Caller
    ) -> list[PolicyFinding]:
        """Return the weeks of a project that are late and not handed in (T17)."""
        company = self.entities[legal_entity]
        with acting_as(self._own(by)):
            owed = await self.around.weeks(company, project_number, start, end)
        return weeks.missing(owed, company, self.clock(), self.edition(company).terms.time)

    def edition(self, company: LegalEntity) -> Edition[TimeAndExpenseTerms]:
        """Return the terms that hold today where a company is."""
        return self.terms.on(company.day_of(self.clock()))

    def _own(self, by: Caller) -> Caller:
        return Caller(
            subject=DESK,
            client_id=DESK,
            scopes=LOOKS,
            entities=frozenset(self.entities),
            on_behalf_of=by.subject,
        )

    async def _judged(self, wish: Wish, by: Caller, week: Sequence[EntryWish] = ()) -> HandedIn:
        """Judge a row, hours beside the others of the week that they are handed in with."""
        now = self.clock()
        employee = await self.around.employee(wish.employee)
        company = self.entities.get(employee.legal_entity)
        if company is None or not by.sees(company.code):
            raise UnknownEmployee(wish.employee)
        edition = self.edition(company)
        if isinstance(wish, EntryWish):
            case = await self._entry_case(wish, employee, company, by.roles, edition.terms, week)
            found = time_rules.judge(case, edition.terms)
            manager = case.project.project_manager if case.project else None
            asks_nobody = case.strikes_out and case.stood is None
        else:
            require_come("date", wish.date, company.day_of(now))
            told, asks_nobody = await self._expense_case(wish, company, edition.terms), False
            found = expense_rules.judge(told, edition.terms)
            project = await self.around.project(wish.project_number)
            manager = project.project_manager if project else None
        around = routing.Around(
            employee=wish.employee,
            country=company.country,
            line_manager=await self.around.manager_of(employee),
            project_manager=manager,
            handed_in_by=by.subject,
        )
        asked = routing.route(wish, found, around, self.worth, edition.terms.routing)
        row = _row(wish, employee, found, asked, edition.version, by, now)
        lapses = asks_nobody and row.status in WAITING
        return replace(row, status=RowStatus.STRUCK_OUT) if lapses else row

    async def _entry_case(
        self,
        wish: EntryWish,
        employee: Employee,
        company: LegalEntity,
        roles: frozenset[str],
        terms: TimeAndExpenseTerms,
        beside: Sequence[EntryWish],
    ) -> time_rules.EntryCase:
        entry = as_entry(wish, employee.role)
        project = await self.around.project(wish.project_number)
        contract = await self.around.contract_of(project)
        month = _month(wish.work_date)
        week = time_rules.monday(wish.work_date)
        days = (min(month[0], week), max(month[1], week + timedelta(days=6)))
        others = [each for each in beside if each.number != wish.number]
        told = [as_entry(each, employee.role) for each in others if not each.strikes_out]
        rows = [*await self._hours(wish, days, {each.number for each in others}), *told]
        stood, waits = await self._replaced(wish)
        booked = await self.around.booked(employee, project, month, wish.work_date)
        return time_rules.EntryCase(
            entry=entry,
            company=company,
            handed_in_at=self.clock(),
            roles=roles,
            employee=employee,
            calendar=await self.around.calendar(company, month),
            others=tuple(rows),
            project=project,
            contract=contract,
            is_assigned=None if project is None else booked is not None,
            booked=booked,
            worked=_worked(rows, wish.project_number, month),
            hours_off=await self.around.hours_off(employee, wish.work_date),
            cap=await self.around.cap(project, contract, entry),
            has_rate=self.around.has_rate(project, contract, entry),
            stood=stood,
            strikes_out=wish.strikes_out and (stood or waits) is not None,
        )

    async def _replaced(self, wish: EntryWish) -> tuple[HandedIn | None, HandedIn | None]:
        """Return the approved version that hours take the place of, and the one that waits.

        Raises `Conflict` when a row is struck out as what it is not, so that its own project
        manager is asked.
        """
        before = await self.register.before(row_id(wish), wish.follows + 1)
        stood = standing(before)
        waits = next((each for each in before[:1] if each.status in WAITING), None)
        struck = stood or waits
        if struck is not None and wish.strikes_out and not wish.is_of(struck.wish):
            what = f"{struck.project_number} on {struck.wish.day}"
            raise Conflict(f"{wish.number} is of {what}: name both to strike it out")
        return stood, waits

    async def _hours(
        self, wish: EntryWish, days: tuple[date, date], told: set[str]
    ) -> list[TimeEntry]:
        """Return a person's other hours that stand: the PSA's, and what waits to be written.

        What is told with the hours, under these numbers, is not among them, nor is what was
        struck out, or what another version is to take the place of.
        """
        written = time_rules.without_struck(await self.around.entries(wish.employee, days))
        ours = await self.register.listed(
            entities=frozenset(self.entities),
            employee=wish.employee,
            start=days[0],
            end=days[1],
            statuses=TAKEN,
        )
        hours = [each for each in ours if isinstance(each.wish, EntryWish)]
        numbers = {each.number for each in written}
        own = {each.id for each in written if _is_any_of(each.number, {wish.number, *told})}
        unwritten = [
            as_entry(each.wish, each.role)
            for each in hours
            if isinstance(each.wish, EntryWish) and each.reference not in numbers
        ]
        last = [e for e in written if not any(_takes_the_place_of(r, e.number) for r in hours)]
        return [
            each
            for each in (*last, *unwritten)
            if time_rules.stands(each)
            and each.adjusts not in own
            and not _is_any_of(each.number, {wish.number, *told})
        ]

    async def _expense_case(
        self, wish: ExpenseWish, company: LegalEntity, terms: TimeAndExpenseTerms
    ) -> expense_rules.ExpenseCase:
        project = await self.around.project(wish.project_number)
        internal = wish.project_number in terms.time.internal_projects
        lines = await self.around.lines(wish)
        ours = await self.register.listed(
            entities=frozenset(self.entities), start=_long_before(wish.date), statuses=TAKEN
        )
        claims = [each for each in ours if isinstance(each.wish, ExpenseWish)]
        numbers = {each.number for each in lines}
        unwritten = [as_line(each.wish) for each in claims if each.reference not in numbers]
        on_card = [as_line(each.wish) for each in claims if _is_card(each.wish)]
        others = [each for each in (*lines, *unwritten) if not _is_of(each.number, wish.number)]
        currency = project.currency if project else None
        rate = self.worth.rate(wish.amount.currency, currency) if currency else None
        cap, spent = await self.around.client_cap(project, terms.expense)
        return expense_rules.ExpenseCase(
            wish=wish,
            line=as_line(wish),
            company=company,
            handed_in_at=self.clock(),
            calendar=await self.around.calendar(company, _month(wish.date)),
            others=tuple(others),
            on_card=tuple(each for each in on_card if not _is_of(each.number, wish.number)),
            project_currency=currency,
            rate=rate,
            project_is_open=internal or self.around.is_open(project),
            client_cap=cap,
            client_spent=spent,
        )


def _row(
    wish: Wish,
    employee: Employee,
    found: tuple[PolicyFinding, ...],
    asked: routing.Asked,
    version: int,
    by: Caller,
    now: datetime,
) -> HandedIn:
    return HandedIn(
        id=row_id(wish),
        version=wish.follows + 1,
        wish=wish,
        legal_entity=employee.legal_entity,
        project_number=wish.project_number,
        status=status_of(found),
        findings=found,
        terms_version=version,
        roles=asked.roles,
        assignee=asked.assignee,
        role=employee.role,
        handed_in_by=by.subject,
        handed_in_at=now,
    )


def _is_any_of(reference: str, numbers: set[str]) -> bool:
    return any(_is_of(reference, each) for each in numbers)


def _is_of(reference: str, number: str) -> bool:
    """Whether a record is some version of what is handed in under a number."""
    return reference == number or reference.startswith(f"{number}/")


def _takes_the_place_of(row: HandedIn, reference: str) -> bool:
    """Whether a record is of an earlier version of a row."""
    return reference != row.reference and _is_of(reference, row.wish.number)


def _is_card(wish: Wish) -> bool:
    return isinstance(wish, ExpenseWish) and wish.paid_by is PaidBy.COMPANY_CARD


def _worked(rows: Sequence[TimeEntry], project: str, days: tuple[date, date]) -> Decimal:
    """Return the hours on a project in some days."""
    own = (each for each in rows if each.project_number == project)
    return sum((each.hours for each in own if days[0] <= each.work_date <= days[1]), Decimal(0))


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _long_before(day: date) -> date:
    return day - timedelta(days=366)
