"""What is found about hours when they are handed in: T01 to T16 of the domain handbook, 3c.

A fact that is not known is None, and nothing is said of it. T17, the week that nobody handed in,
is told of weeks and not of hours: see `weeks.py`.
"""

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct

from process_apis.time_and_expense.records import HandedIn, PolicyFinding, Severity
from process_apis.time_and_expense.rules import periods
from process_apis.time_and_expense.rules.findings import in_order
from process_apis.time_and_expense.rules.terms import TimeAndExpenseTerms, TimeTerms
from system_apis.canonical.attendance import WorkCalendar
from system_apis.canonical.contracts import Contract
from system_apis.canonical.delivery import Project, ProjectStatus
from system_apis.canonical.money import Money
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.people import Employee
from system_apis.canonical.quality import people_time as quality
from system_apis.canonical.time import EntryStatus, TimeEntry

_WEEK = timedelta(days=7)
_SUNDAY = 7


class CapUse(Struct, frozen=True):
    """How much of a contract's cap is used by what came before, and what the hours add."""

    cap: Money
    used: Money
    adds: Money


class EntryCase(Struct, frozen=True, kw_only=True):
    """Hours as they are handed in, and all that is known beside them.

    `others` are the person's rows around that day which stand, on whatever project. `booked` are
    the hours that the person is booked for on the project in the month, and `worked` those that
    they have there. `stood` are the approved hours that these take the place of; `strikes_out`
    takes hours away again that stand, or wait for their approval.
    """

    entry: TimeEntry
    company: LegalEntity
    handed_in_at: datetime
    roles: frozenset[str] = frozenset()
    employee: Employee | None = None
    calendar: WorkCalendar | None = None
    others: tuple[TimeEntry, ...] = ()
    project: Project | None = None
    contract: Contract | None = None
    is_assigned: bool | None = None
    booked: Decimal | None = None
    worked: Decimal = Decimal(0)
    hours_off: Decimal = Decimal(0)
    cap: CapUse | None = None
    has_rate: bool | None = None
    stood: HandedIn | None = None
    strikes_out: bool = False

    @property
    def today(self) -> date:
        """The day on which it is handed in, where the person's company is."""
        return self.company.day_of(self.handed_in_at)

    @property
    def same_day(self) -> tuple[TimeEntry, ...]:
        """The person's other hours of the day."""
        return tuple(each for each in self.others if each.work_date == self.entry.work_date)

    @property
    def hours_of_day(self) -> Decimal:
        """The hours of the day, these included."""
        return sum((each.hours for each in self.same_day), self.entry.hours)

    @property
    def hours_of_week(self) -> Decimal:
        """The hours of the week that begins on Monday, these included."""
        week = monday(self.entry.work_date)
        rows = (each for each in self.others if monday(each.work_date) == week)
        return sum((each.hours for each in rows), self.entry.hours)

    def is_internal(self, terms: TimeTerms) -> bool:
        """Whether the hours are the firm's own, and no client's."""
        return self.entry.project_number in terms.internal_projects


Check = Callable[[EntryCase, TimeAndExpenseTerms], PolicyFinding | None]


def judge(case: EntryCase, terms: TimeAndExpenseTerms) -> tuple[PolicyFinding, ...]:
    """Return everything that is found about hours, the finding they are known by first."""
    checks = STRIKING_OUT if case.strikes_out else CHECKS
    found: Iterable[PolicyFinding | None] = (check(case, terms) for check in checks)
    return in_order(each for each in found if each is not None)


def monday(day: date) -> date:
    """Return the first day of a day's week."""
    return day - timedelta(days=day.weekday())


def due_at(day: date, company: LegalEntity, terms: TimeTerms) -> datetime:
    """Return when the hours of a day are late: on the Monday after, by the company's clock."""
    zone = ZoneInfo(company.timezone)
    return datetime.combine(monday(day) + _WEEK, terms.due_on_monday_at, zone)


def hours_range(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T01: hours are more than none, and a day has 24 (DQ-E4)."""
    told = "hours are not more than none" if case.entry.hours <= 0 else None
    reason = told or quality.too_many_hours(_facts(case, case.same_day))
    return _found("T01", "HOURS_RANGE", Severity.BLOCK, reason, "hand in the hours of one day")


def daily_limit(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T02: a day is no longer than the firm tolerates, or than a law allows (ArbZG 3 [K])."""
    hours, entry = case.hours_of_day, case.entry
    lawful = terms.time.lawful_hours_of_a_day.get(case.company.country)
    if lawful is not None and hours > lawful and not _exempt(case, "T02", terms.time):
        reason = f"{hours} h on {entry.work_date}: the law allows {lawful}"
        return _found("T02", "DAILY_LIMIT", Severity.BLOCK, reason, "ask for an exemption")
    if hours <= terms.time.hours_of_a_day:
        return None
    reason = f"{hours} h on {entry.work_date} are over {terms.time.hours_of_a_day}"
    return _found("T02", "DAILY_LIMIT", Severity.HOLD, reason, "say why it was so long")


def weekly_limit(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T03: a week is no longer than Directive 2003/88/EC has it on average [K]."""
    limit, hours = terms.time.hours_of_a_week, case.hours_of_week
    over = case.company.country in terms.time.weekly_limit_in and hours > limit
    reason = f"{hours} h in the week of {monday(case.entry.work_date)} are over {limit}"
    return _found(
        "T03", "WEEKLY_LIMIT", Severity.WARN, reason if over else None, "plan a shorter week"
    )


def rest_day(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T04: no work on Sundays and holidays, in Germany by law (ArbZG 9 [K])."""
    day = case.entry.work_date
    what = "a Sunday" if day.isoweekday() == _SUNDAY else "a holiday" if _holiday(case) else None
    if what is None:
        return None
    lawful = case.company.country in terms.time.days_of_rest_in
    severity = Severity.WARN
    if lawful and not _exempt(case, "T04", terms.time):
        severity = Severity.BLOCK
    return _found(
        "T04", "SUNDAY_HOLIDAY", severity, f"{day} is {what}", "work on another day, or be exempt"
    )


def late(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T05: hours are due on Monday noon; later than two weeks they wait for an approver."""
    day, today = case.entry.work_date, case.today
    days = (day, case.stood.wish.day if case.stood else day)
    closed = [each for each in days if not periods.takes(each, today, case.roles, terms.lock)]
    if closed:
        reason = f"the month of {closed[0]} is closed on {today}"
        return _found("T05", "LATE", Severity.BLOCK, reason, "hand in an adjustment instead")
    due = due_at(day, case.company, terms.time)
    if case.handed_in_at <= due:
        return None
    stale = (today - day).days > terms.time.stale_after_days
    reason = f"the hours of {day} were due on {due:%Y-%m-%d at %H:%M}"
    return _found(
        "T05", "LATE", Severity.HOLD if stale else Severity.WARN, reason, "hand in by Monday noon"
    )


def future_date(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T06: nobody has worked tomorrow."""
    ahead = case.entry.work_date > case.today
    reason = f"{case.entry.work_date} is after {case.today}" if ahead else None
    return _found("T06", "FUTURE_DATE", Severity.BLOCK, reason, "hand it in when it is done")


def duplicate(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T07: the same work is handed in once (DQ-E5); with other notes it may be another's."""
    of_task = tuple(each for each in case.same_day if each.task == case.entry.task)
    alike = tuple(each for each in of_task if _notes(each) == _notes(case.entry))
    remedy = "strike it out, or say what else it was"
    if twins := quality.entered_twice(_facts(case, alike)):
        return _found("T07", "DUPLICATE", Severity.BLOCK, twins, remedy)
    if case.hours_of_day <= terms.time.alike_above_hours:
        return None
    near = quality.entered_twice(_facts(case, of_task))
    return _found("T07", "DUPLICATE", Severity.HOLD, near, remedy)


def not_assigned(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T08: hours are on a project that the person is booked on (DQ-E6)."""
    if case.is_internal(terms.time):
        return None
    reason = quality.not_assigned(_facts(case, ()))
    return _found("T08", "NOT_ASSIGNED", Severity.HOLD, reason, "ask to be booked on the project")


def over_allocated(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T09: no more hours than the person is booked for, within a tenth; over a fifth held."""
    if not case.booked:
        return None
    hours = case.worked + case.entry.hours
    over = hours / case.booked - 1
    if over <= terms.time.warned_over_booking:
        return None
    severity = Severity.HOLD if over > terms.time.held_over_booking else Severity.WARN
    reason = f"{hours} h of the month, and {case.booked:.2f} h are booked"
    return _found("T09", "OVER_ALLOCATED", severity, reason, "have the booking raised")


def project_closed(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T10: hours are on a project that is known and open, while its contract runs (DQ-E7)."""
    if case.is_internal(terms.time):
        return None
    number, project = case.entry.project_number, case.project
    remedy = "name the right project"
    if project is None:
        return _found("T10", "PROJECT_UNKNOWN", Severity.BLOCK, f"there is no {number}", remedy)
    if project.status is not ProjectStatus.ACTIVE:
        reason = f"{number} is {project.status}"
        return _found("T10", "PROJECT_CLOSED", Severity.BLOCK, reason, remedy)
    outside = quality.outside_project(_facts(case, ()))
    return _found("T10", "CONTRACT_EXPIRED", Severity.BLOCK, outside, remedy)


def billable_mismatch(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T11: no client pays for the firm's own work."""
    wrong = case.entry.billable and case.is_internal(terms.time)
    reason = f"{case.entry.project_number} is the firm's own" if wrong else None
    return _found("T11", "BILLABLE_MISMATCH", Severity.HOLD, reason, "hand it in as not billable")


def notes_required(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T12: some contracts ask what was done."""
    if case.contract is None or case.contract.number not in terms.time.notes_for_contracts:
        return None
    short = len(_notes(case.entry)) < terms.time.letters_of_notes
    reason = f"{case.contract.number} asks for notes of {terms.time.letters_of_notes} letters"
    return _found(
        "T12", "NOTES_REQUIRED", Severity.HOLD, reason if short else None, "say what was done"
    )


def during_time_off(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T13: who is away does not work."""
    away = case.hours_off > 0
    reason = f"{case.hours_off} h of leave were approved for {case.entry.work_date}"
    return _found(
        "T13", "DURING_TIME_OFF", Severity.HOLD, reason if away else None, "take the leave back"
    )


def after_termination(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T14: no time is worked before the first day or after the last one."""
    day, person = case.entry.work_date, case.employee
    gone = person is not None and not person.works_on(day)
    reason = f"{case.entry.employee} is not with the firm on {day}" if gone else None
    return _found("T14", "AFTER_TERMINATION", Severity.BLOCK, reason, "ask the HR department")


def cap_near(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T15: when the contract's cap is nearly used up, or is, everybody is told."""
    use = case.cap
    if use is None or not use.cap or not case.entry.billable:
        return None
    share = (use.used + use.adds).value / use.cap.value
    reached = [each for each in terms.time.shares_of_cap if share >= each]
    if not reached:
        return None
    name = "NTE_EXCEEDED" if share > 1 else "NTE_NEAR"
    reason = f"{use.used + use.adds} of the cap of {use.cap}: {max(reached):.0%} are reached"
    return _found("T15", name, Severity.WARN, reason, "agree on a higher cap")


def rate_not_found(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """T16: billable hours have a rate; the bill waits for it (B07)."""
    missing = case.entry.billable and case.has_rate is False
    reason = f"{case.entry.project_number} has no rate for {case.entry.role}" if missing else None
    return _found("T16", "RATE_NOT_FOUND", Severity.WARN, reason, "have the rate agreed")


def off_grid(case: EntryCase, terms: TimeAndExpenseTerms) -> PolicyFinding | None:
    """DQ-E9: hours are told in quarters."""
    reason = quality.off_grid(_facts(case, ()))
    return _found("DQ-E9", "OFF_GRID", Severity.WARN, reason, "round to a quarter of an hour")


CHECKS: tuple[Check, ...] = (
    hours_range,
    daily_limit,
    weekly_limit,
    rest_day,
    late,
    future_date,
    duplicate,
    not_assigned,
    over_allocated,
    project_closed,
    billable_mismatch,
    notes_required,
    during_time_off,
    after_termination,
    cap_near,
    rate_not_found,
    off_grid,
)
# What is taken away is no work: it is asked only whether its month still takes anything.
STRIKING_OUT: tuple[Check, ...] = (late,)


def stands(row: TimeEntry) -> bool:
    """Whether a row counts beside another: a rejected one does not."""
    return row.status is not EntryStatus.REJECTED


def without_struck(rows: Collection[TimeEntry]) -> list[TimeEntry]:
    """Return hours without those that were struck out, and the rows that strike them out."""
    strikes = [each for each in rows if each.adjusts is not None and each.hours < 0]
    gone = {each.adjusts for each in strikes} | {each.id for each in strikes}
    return [each for each in rows if each.id not in gone]


def _facts(case: EntryCase, same_day: tuple[TimeEntry, ...]) -> quality.EntryFacts:
    project, contract = case.project, case.contract
    begins = (project and project.start, contract and contract.effective_from)
    ends = (project and project.end, contract and contract.effective_to)
    return quality.EntryFacts(
        entry=case.entry,
        same_day=same_day,
        is_assigned=case.is_assigned,
        project_begins=max((each for each in begins if each), default=None),
        project_ends=min((each for each in ends if each), default=None),
    )


def _holiday(case: EntryCase) -> bool:
    if case.calendar is None:
        return case.entry.work_date in case.company.holidays
    return case.entry.work_date in {each.date for each in case.calendar.holidays}


def _exempt(case: EntryCase, code: str, terms: TimeTerms) -> bool:
    person, day = case.entry.employee, case.entry.work_date
    return any(each.holds(person, code, day) for each in terms.exemptions)


def _notes(entry: TimeEntry) -> str:
    """Return what is said of hours, however it is spaced and in whatever case."""
    return " ".join((entry.notes or "").split()).casefold()


def _found(
    code: str, name: str, severity: Severity, reason: str | None, remedy: str
) -> PolicyFinding | None:
    if reason is None:
        return None
    return PolicyFinding(code=code, name=name, severity=severity, reason=reason, remedy=remedy)
