"""What any PSA must answer, in our words."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Protocol, runtime_checkable

from system_apis.canonical.delivery import (
    BudgetDraft,
    Project,
    ProjectDraft,
    ProjectTemplate,
    Resource,
)
from system_apis.canonical.forecasts import HoursForecast
from system_apis.canonical.past_approvals import PastApproval
from system_apis.canonical.record import Change, Page
from system_apis.canonical.sales import RoleRate
from system_apis.canonical.team import (
    Booking,
    BookingDraft,
    StaffingRequest,
    StaffingRequestDraft,
    Task,
    TaskDraft,
)
from system_apis.canonical.time import (
    EntryDraft,
    ExpenseDraft,
    ExpenseLine,
    TimeCorrection,
    TimeEntry,
    Timesheet,
)
from system_apis.dedupe import DedupeMode


@runtime_checkable
class Psa(Protocol):
    """A professional services automation system: it owns projects, time and expenses."""

    instance: str
    writes: Mapping[str, DedupeMode]

    async def project(self, project_id: str) -> Project:
        """Return one project, or raise `NotFound`."""

    async def projects(
        self, *, number: str | None = None, cursor: str | None = None
    ) -> Page[Project]:
        """Return projects in the order they were created, a page at a time."""

    async def project_by_key(self, key: str) -> Project | None:
        """Return the project that was created with this key, if any."""

    async def create_project(self, draft: ProjectDraft, *, key: str) -> Project:
        """Create a project in status `provisioning`; time entry stays closed."""

    async def set_budget(self, project_id: str, budget: BudgetDraft, *, key: str) -> Project:
        """Write the budget baseline of a project."""

    async def assign_rate_card(
        self, project_id: str, rates: tuple[RoleRate, ...], *, key: str
    ) -> Project:
        """Write the bill rates of a project, a role each."""

    async def activate_project(self, project_id: str, *, key: str) -> Project:
        """Open a project for time and expenses."""

    async def archive_project(self, project_id: str, *, key: str) -> Project:
        """Take a project that never became active out of sight (compensation)."""

    async def templates(self) -> list[ProjectTemplate]:
        """Return the published project templates."""

    async def resources(self, *, legal_entity: str) -> list[Resource]:
        """Return the bookable people of a legal entity, with their cost rates."""

    async def staffing_requests(
        self, *, project_number: str, cursor: str | None = None
    ) -> Page[StaffingRequest]:
        """Return the requests for people of a project, a page at a time."""

    async def staffing_request(self, staffing_request_id: str) -> StaffingRequest:
        """Return one request for people, or raise `NotFound`."""

    async def open_staffing_request(
        self, draft: StaffingRequestDraft, *, key: str
    ) -> StaffingRequest:
        """Ask for a role in a window of time; a person who is named is soft-booked."""

    async def bookings(
        self,
        *,
        project_number: str | None = None,
        employee_number: str | None = None,
        cursor: str | None = None,
    ) -> Page[Booking]:
        """Return who is booked on what, of a project or of a person, a page at a time.

        The number is that of an opportunity before it is a project.
        """

    async def booking(self, booking_id: str) -> Booking:
        """Return one booking, or raise `NotFound`."""

    async def move_booking(self, booking_id: str, project_number: str, *, key: str) -> Booking:
        """Let a booking count for another project, or for an opportunity."""

    async def book(self, draft: BookingDraft, *, key: str) -> Booking:
        """Book a person; the request that they fill is soft-booked, or filled, by it."""

    async def cancel_booking(self, booking_id: str, *, key: str) -> Booking:
        """Take a booking back; the request that it filled is open again."""

    async def tasks(self, *, project_number: str, cursor: str | None = None) -> Page[Task]:
        """Return what is to be done for a project, a page at a time."""

    async def task(self, task_id: str) -> Task:
        """Return one task, or raise `NotFound`."""

    async def create_task(self, draft: TaskDraft, *, key: str) -> Task:
        """Write down something to be done for a project."""

    async def complete_task(self, task_id: str, *, key: str) -> Task:
        """Write down that a task is done."""

    async def time_entries(
        self, *, project_number: str, start: date, end: date, cursor: str | None = None
    ) -> Page[TimeEntry]:
        """Return the time entries of a project with work dates in start..end, both included."""

    async def correct_time(
        self, *, project_number: str, correction: TimeCorrection, key: str
    ) -> list[TimeEntry]:
        """Reverse an approved entry of a project and enter the right hours; done once.

        Returns the entries that were made. Raises `NotFound` for an entry that the project has
        not, and `Refused` with code `CORRECTED` when it was corrected to other hours before.
        """

    async def entries_of(self, *, employee_number: str, start: date, end: date) -> list[TimeEntry]:
        """Return a person's time entries of start..end, on whatever project, both included."""

    async def enter_time(self, draft: EntryDraft, *, key: str) -> TimeEntry:
        """Enter hours that wait for an approval; an entry of that number is not entered again.

        Refused: `NUMBER_TAKEN` for a number that stands for other hours.
        """

    async def decide_time(self, entry_id: str, *, approved: bool, key: str) -> TimeEntry:
        """Write down that an entry is approved, or rejected; refused: `DECIDED` otherwise."""

    async def expense_lines(
        self, *, project_number: str, start: date, end: date, cursor: str | None = None
    ) -> Page[ExpenseLine]:
        """Return the expenses of a project with dates in start..end, both included."""

    async def expenses_of(
        self, *, employee_number: str, start: date, end: date
    ) -> list[ExpenseLine]:
        """Return a person's expenses of start..end, on whatever project, both included."""

    async def expenses_with(self, *, receipt_hash: str) -> list[ExpenseLine]:
        """Return the expenses that a receipt was handed in with, whoever's they are."""

    async def enter_expense(self, draft: ExpenseDraft, *, key: str) -> ExpenseLine:
        """Enter an expense that waits for an approval; one of that number is not entered again.

        Refused: `NUMBER_TAKEN` for a number that stands for another expense.
        """

    async def decide_expense(self, expense_id: str, *, approved: bool, key: str) -> ExpenseLine:
        """Write down that an expense is approved, or rejected; refused: `DECIDED` otherwise."""

    async def timesheets(self, *, project_number: str, start: date, end: date) -> list[Timesheet]:
        """Return the weeks begun in start..end that people assigned to a project owe."""

    async def submit_week(self, *, employee_number: str, week_start: date, key: str) -> Timesheet:
        """Write down that a person handed a week in; one that was handed in stays as it was."""

    async def worked(
        self, *, legal_entity: str, start: date, end: date, cursor: str | None = None
    ) -> Page[TimeEntry]:
        """Return what a company's people worked in start..end, on whosever project."""

    async def entries_with(self, *, ids: Sequence[str]) -> list[TimeEntry]:
        """Return the entries with these ids of ours, at most 200, but for those that are gone."""

    async def weeks(self, *, legal_entity: str, start: date, end: date) -> list[Timesheet]:
        """Return the weeks begun in start..end that a company's people owe."""

    async def forecasts(self, *, legal_entity: str, start: date, end: date) -> list[HoursForecast]:
        """Return every frozen forecast of a company's people whose span touches start..end."""

    async def past_approvals(self, *, start: date, end: date) -> list[PastApproval]:
        """Return what the PSA itself asked people to approve on the days start..end, in UTC."""

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number; the last item's sequence is the next."""
