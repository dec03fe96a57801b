"""The sandbox firm's PSA, which speaks like Kantata, behind our interface.

Its workspaces have a unique `external_reference`: a create that is repeated answers the first.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

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
from system_apis.change_feed import identified
from system_apis.connector import Connection, References, Upstream
from system_apis.dedupe import DedupeMode, NativeKey
from system_apis.errors import NotFound, TryAgain, Unknown
from system_apis.psa import sandbox_company as company
from system_apis.psa import sandbox_hours as hours
from system_apis.psa import sandbox_records as records
from system_apis.psa import sandbox_wishes as wishes
from system_apis.psa.interface import Psa
from system_apis.psa.sandbox_judged import HandedIn
from system_apis.psa.sandbox_team import Team
from system_apis.psa.sandbox_wire import Wire

_WORKSPACES = "/workspaces"


class Config(Struct, frozen=True, forbid_unknown_fields=True):
    """Where the PSA is, and how many records a page asks for."""

    connection: Connection
    page_size: int = 200


def connect(config: Config, upstream: Upstream, references: References) -> Psa:
    """Return the PSA behind an upstream."""
    return SandboxPsa(config, upstream, references)


class SandboxPsa:
    """The sandbox firm's PSA as our processes see it."""

    writes: Mapping[str, DedupeMode] = {
        "create_project": NativeKey(),
        "set_budget": NativeKey(),
        "assign_rate_card": NativeKey(),
        "activate_project": NativeKey(),
        "archive_project": NativeKey(),
        "open_staffing_request": NativeKey(),
        "move_booking": NativeKey(),
        "book": NativeKey(),
        "cancel_booking": NativeKey(),
        "create_task": NativeKey(),
        "complete_task": NativeKey(),
        "correct_time": NativeKey(),
        "enter_time": NativeKey(),
        "decide_time": NativeKey(),
        "enter_expense": NativeKey(),
        "decide_expense": NativeKey(),
        "submit_week": NativeKey(),
    }

    def __init__(self, config: Config, upstream: Upstream, references: References) -> None:
        self.instance = upstream.instance
        self._wire = Wire(upstream, config.page_size)
        self._references = references
        self._team = Team(self._wire, references, upstream.instance)
        self._company = company.Company(self._wire, references, upstream.instance)
        self._handed_in = HandedIn(self._wire, references, upstream.instance, self._entries)

    async def project(self, project_id: str) -> Project:
        """Return one project, or raise `NotFound`."""
        record_id = await self._references.record_of("project", project_id)
        page = await self._wire.one("project", _WORKSPACES, record_id, records.Workspaces)
        return page.workspaces[record_id].canonical(project_id, self.instance)

    async def projects(
        self, *, number: str | None = None, cursor: str | None = None
    ) -> Page[Project]:
        """Return projects in the order they were created, a page at a time."""
        asked = {"project_number": number} if number is not None else {}
        page = await self._wire.page("projects", "/workspaces", asked, cursor, records.Workspaces)
        ids = await self._references.ids_of("project", page.ids)
        said = [page.workspaces[r].canonical(i, self.instance) for r, i in _pairs(page, ids)]
        return Page(said, page.next_cursor)

    async def project_by_key(self, key: str) -> Project | None:
        """Return the project that was created with this key, if any."""
        asked = {"external_reference": key}
        page = await self._wire.page("projects", "/workspaces", asked, None, records.Workspaces)
        if not page.ids:
            return None
        [project_id] = await self._references.ids_of("project", page.ids)
        return page.workspaces[page.ids[0]].canonical(project_id, self.instance)

    async def create_project(self, draft: ProjectDraft, *, key: str) -> Project:
        """Create a project in status `provisioning`; time entry stays closed.

        It is read again by its key, so that an answer that names another record is noticed.
        """
        wish = wishes.NewWorkspace.of(draft, key)
        await self._wire.create("create_project", _WORKSPACES, wish, records.Workspaces)
        try:
            made = await self.project_by_key(key)
        except TryAgain as lost:
            raise Unknown(self.instance, lost.reason) from lost
        if made is None:
            raise Unknown(self.instance, f"{key} was created and is not to be seen yet")
        return made

    async def set_budget(self, project_id: str, budget: BudgetDraft, *, key: str) -> Project:
        """Write the budget baseline of a project."""
        return await self._put("set_budget", project_id, "budget", wishes.NewBudget.of(budget))

    async def assign_rate_card(
        self, project_id: str, rates: tuple[RoleRate, ...], *, key: str
    ) -> Project:
        """Write the bill rates of a project, a role each."""
        wish = wishes.NewRateCard.of(rates)
        return await self._put("assign_rate_card", project_id, "rate_card", wish)

    async def activate_project(self, project_id: str, *, key: str) -> Project:
        """Open a project for time and expenses."""
        wish = wishes.NewStatus("Active")
        return await self._put("activate_project", project_id, "status", wish)

    async def archive_project(self, project_id: str, *, key: str) -> Project:
        """Take a project that never became active out of sight (compensation)."""
        wish = wishes.NewStatus("Archived")
        return await self._put("archive_project", project_id, "status", wish)

    async def templates(self) -> list[ProjectTemplate]:
        """Return the published project templates."""
        pages = await self._wire.all("templates", "/project_templates", {}, records.Templates)
        return [p.project_templates[each].canonical() for p in pages for each in p.ids]

    async def resources(self, *, legal_entity: str) -> list[Resource]:
        """Return the bookable people of a legal entity, with their cost rates."""
        asked = {"legal_entity": legal_entity}
        pages = await self._wire.all(
            "resources", "/account_memberships", asked, records.Memberships
        )
        return [p.account_memberships[each].canonical() for p in pages for each in p.ids]

    async def staffing_requests(
        self, *, project_number: str, cursor: str | None = None
    ) -> Page[StaffingRequest]:
        """Return the requests for people of a project, a page at a time."""
        return await self._team.roles(project_number, cursor)

    async def staffing_request(self, staffing_request_id: str) -> StaffingRequest:
        """Return one request for people, or raise `NotFound`."""
        return await self._team.role(staffing_request_id)

    async def open_staffing_request(
        self, draft: StaffingRequestDraft, *, key: str
    ) -> StaffingRequest:
        """Ask for a role in a window of time; a person who is named is soft-booked."""
        return await self._team.open_role(draft, key)

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
        return await self._team.bookings(project_number, employee_number, cursor)

    async def booking(self, booking_id: str) -> Booking:
        """Return one booking, or raise `NotFound`."""
        return await self._team.booking(booking_id)

    async def move_booking(self, booking_id: str, project_number: str, *, key: str) -> Booking:
        """Let a booking count for another project, or for an opportunity."""
        return await self._team.move(booking_id, project_number)

    async def book(self, draft: BookingDraft, *, key: str) -> Booking:
        """Book a person; the request that they fill is soft-booked, or filled, by it."""
        return await self._team.book(draft, key)

    async def cancel_booking(self, booking_id: str, *, key: str) -> Booking:
        """Take a booking back; the request that it filled is open again."""
        return await self._team.cancel(booking_id)

    async def tasks(self, *, project_number: str, cursor: str | None = None) -> Page[Task]:
        """Return what is to be done for a project, a page at a time."""
        return await self._team.tasks(project_number, cursor)

    async def task(self, task_id: str) -> Task:
        """Return one task, or raise `NotFound`."""
        return await self._team.task(task_id)

    async def create_task(self, draft: TaskDraft, *, key: str) -> Task:
        """Write down something to be done for a project."""
        return await self._team.create_task(draft, key)

    async def complete_task(self, task_id: str, *, key: str) -> Task:
        """Write down that a task is done."""
        return await self._team.complete_task(task_id)

    async def time_entries(
        self, *, project_number: str, start: date, end: date, cursor: str | None = None
    ) -> Page[TimeEntry]:
        """Return the time entries of a project with work dates in start..end, both included."""
        asked = _window(project_number, start, end)
        return await self._worked("time_entries", asked, cursor)

    async def correct_time(
        self, *, project_number: str, correction: TimeCorrection, key: str
    ) -> list[TimeEntry]:
        """Reverse an approved entry of a project and enter the right hours; done once.

        Returns the entries that were made. Raises `NotFound` for an entry that the project has
        not, and `Refused` with code `CORRECTED` when it was corrected to other hours before.
        """
        asked = {"workspace_number": project_number, "reference": correction.entry_number}
        found = await self._wire.page(
            "time_entries", "/time_entries", asked, None, hours.TimeEntries
        )
        if not found.ids:
            raise NotFound(self.instance, f"no entry {correction.entry_number}")
        path = f"/time_entries/{found.ids[0]}/corrections"
        wish = wishes.NewCorrection(correction.hours * 60, correction.reason)
        made = await self._wire.create("correct_time", path, wish, hours.TimeEntries)
        if any(each.adjusts != found.ids[0] for each in made.time_entries.values()):
            raise Unknown(self.instance, f"asked to correct {found.ids[0]}, did another")
        return await self._entries(made)

    async def expense_lines(
        self, *, project_number: str, start: date, end: date, cursor: str | None = None
    ) -> Page[ExpenseLine]:
        """Return the expenses of a project with dates in start..end, both included."""
        asked = _window(project_number, start, end)
        page = await self._wire.page("expense_lines", "/expenses", asked, cursor, hours.Expenses)
        ids = await self._references.ids_of("expense_line", page.ids)
        said = [page.expenses[r].canonical(i, self.instance) for r, i in _pairs(page, ids)]
        return Page(said, page.next_cursor)

    async def entries_of(self, *, employee_number: str, start: date, end: date) -> list[TimeEntry]:
        """Return a person's time entries of start..end, on whatever project, both included."""
        return await self._handed_in.entries_of(employee_number, start, end)

    async def expenses_of(
        self, *, employee_number: str, start: date, end: date
    ) -> list[ExpenseLine]:
        """Return a person's expenses of start..end, on whatever project, both included."""
        return await self._handed_in.expenses_of(employee_number, start, end)

    async def expenses_with(self, *, receipt_hash: str) -> list[ExpenseLine]:
        """Return the expenses that a receipt was handed in with, whoever's they are."""
        return await self._handed_in.expenses_with(receipt_hash)

    async def enter_time(self, draft: EntryDraft, *, key: str) -> TimeEntry:
        """Enter hours that wait for an approval; an entry of that number is not entered again."""
        return await self._handed_in.enter_time(draft)

    async def decide_time(self, entry_id: str, *, approved: bool, key: str) -> TimeEntry:
        """Write down that an entry is approved, or rejected."""
        return await self._handed_in.decide_time(entry_id, approved=approved)

    async def enter_expense(self, draft: ExpenseDraft, *, key: str) -> ExpenseLine:
        """Enter an expense that waits for an approval; one of that number is not entered again."""
        return await self._handed_in.enter_expense(draft)

    async def decide_expense(self, expense_id: str, *, approved: bool, key: str) -> ExpenseLine:
        """Write down that an expense is approved, or rejected."""
        return await self._handed_in.decide_expense(expense_id, approved=approved)

    async def timesheets(self, *, project_number: str, start: date, end: date) -> list[Timesheet]:
        """Return the weeks begun in start..end that people assigned to a project owe."""
        asked = _window(project_number, start, end)
        pages = await self._wire.all(
            "timesheets", "/timesheet_submissions", asked, hours.Submissions
        )
        return [p.timesheet_submissions[each].canonical() for p in pages for each in p.ids]

    async def submit_week(self, *, employee_number: str, week_start: date, key: str) -> Timesheet:
        """Write down that a person handed a week in; one that was handed in stays as it was."""
        return await self._handed_in.submit_week(employee_number, week_start)

    async def worked(
        self, *, legal_entity: str, start: date, end: date, cursor: str | None = None
    ) -> Page[TimeEntry]:
        """Return what a company's people worked in start..end, on whosever project."""
        return await self._worked("worked", company.window(legal_entity, start, end), cursor)

    async def entries_with(self, *, ids: Sequence[str]) -> list[TimeEntry]:
        """Return the entries with these ids of ours, at most 200, but for those that are gone."""
        known = (self._references.record_of("time_entry", each) for each in ids)
        asked = {"only": ",".join(await asyncio.gather(*known))}
        pages = await self._wire.all("entries_with", "/time_entries", asked, hours.TimeEntries)
        return [entry for page in pages for entry in await self._entries(page)]

    async def weeks(self, *, legal_entity: str, start: date, end: date) -> list[Timesheet]:
        """Return the weeks begun in start..end that a company's people owe."""
        return await self._company.weeks(legal_entity, start, end)

    async def forecasts(self, *, legal_entity: str, start: date, end: date) -> list[HoursForecast]:
        """Return every frozen forecast of a company's people whose span touches start..end."""
        return await self._company.forecasts(legal_entity, start, end)

    async def past_approvals(self, *, start: date, end: date) -> list[PastApproval]:
        """Return what the PSA itself asked people to approve on the days start..end, in UTC."""
        return await self._company.past_approvals(start, end)

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number; the last item's sequence is the next."""
        query = {"after": str(after)}
        page = await self._wire.read("changes", "/changes", query, hours.SubscribedEvents)
        lines = [page.subscribed_events[each].line() for each in page.ids]
        return Page(await identified(lines, self._references))

    async def _worked(
        self, operation: str, asked: dict[str, str], cursor: str | None
    ) -> Page[TimeEntry]:
        page = await self._wire.page(operation, "/time_entries", asked, cursor, hours.TimeEntries)
        return Page(await self._entries(page), page.next_cursor)

    async def _entries(self, page: hours.TimeEntries) -> list[TimeEntry]:
        """Say entries in our words, each with our id of the one that it adjusts."""
        rows = [page.time_entries[each] for each in page.ids]
        adjusted = sorted({each.adjusts for each in rows if each.adjusts})
        known = await self._references.ids_of("time_entry", [*page.ids, *adjusted])
        ids = dict(zip([*page.ids, *adjusted], known, strict=True))
        return [
            row.canonical(ids[row.id], ids[row.adjusts] if row.adjusts else None, self.instance)
            for row in rows
        ]

    async def _put(self, operation: str, project_id: str, part: str, wish: Struct) -> Project:
        record_id = await self._references.record_of("project", project_id)
        page = await self._wire.put(
            operation, _WORKSPACES, record_id, part, wish, records.Workspaces
        )
        return page.workspaces[record_id].canonical(project_id, self.instance)


def _pairs(page: records.Listing, ids: list[str]) -> list[tuple[str, str]]:
    return list(zip(page.ids, ids, strict=True))


def _window(project_number: str, start: date, end: date) -> dict[str, str]:
    return {
        "workspace_number": project_number,
        "from": start.isoformat(),
        "to": end.isoformat(),
    }
