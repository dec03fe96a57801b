"""The sandbox PSA's open roles, bookings and stories, in Kantata's words and in ours.

A role and a story have an `external_reference` that is unique; what was created is read
from the answer, since asked for again the first one is answered.
"""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from system_apis.canonical.record import Page, Source
from system_apis.canonical.team import (
    Booking,
    BookingDraft,
    BookingKind,
    StaffingRequest,
    StaffingRequestDraft,
    StaffingStatus,
    Task,
    TaskDraft,
    TaskStatus,
)
from system_apis.connector import References, worded
from system_apis.psa.sandbox_records import Listing
from system_apis.psa.sandbox_wire import Wire

_STATES = {
    "requested": StaffingStatus.OPEN,
    "named": StaffingStatus.SOFT_BOOKED,
    "filled": StaffingStatus.FILLED,
    "cancelled": StaffingStatus.CANCELLED,
}
_CANCELLED = {"active": False, "cancelled": True}
_DONE = {"not started": TaskStatus.OPEN, "completed": TaskStatus.DONE}
_ROLES, _BOOKINGS, _STORIES = "/workspace_resources", "/assignments", "/stories"
_MINUTES = Decimal(60)
_MINUTE, _HUNDREDTH = Decimal(1), Decimal("0.01")


class OpenRole(Struct, frozen=True):
    """A role that a workspace has nobody for yet, or a person only by name."""

    id: str
    workspace_number: str
    legal_entity: str
    role_name: str
    user_number: str | None
    start_date: date
    end_date: date
    minutes: int | None
    percent: Decimal | None
    state: str
    lock_version: int
    updated_at: datetime

    def canonical(self, own: str, instance: str) -> StaffingRequest:
        """Say the same in our words."""
        return StaffingRequest(
            id=own,
            project_number=self.workspace_number,
            legal_entity=self.legal_entity,
            role=self.role_name,
            start=self.start_date,
            end=self.end_date,
            hours=None if self.minutes is None else _hours(self.minutes),
            percent=self.percent,
            person=self.user_number,
            status=worded(_STATES, self.state, field="state", system=instance),
            source=Source("psa", instance, "staffing_request", self.id, self.updated_at),
            version=self.lock_version,
        )


class OpenRoles(Listing, frozen=True, kw_only=True):
    """A page of roles."""

    workspace_resources: dict[str, OpenRole]


class Assignment(Struct, frozen=True):
    """A person's booking."""

    id: str
    user_number: str
    workspace_number: str
    percent: Decimal
    hard: bool
    start_date: date
    end_date: date
    role_name: str
    legal_entity: str
    lock_version: int
    updated_at: datetime
    ends_with: str | None = None
    state: str = "active"

    def canonical(self, own: str, instance: str) -> Booking:
        """Say the same in our words."""
        return Booking(
            id=own,
            project_number=self.workspace_number,
            legal_entity=self.legal_entity,
            employee=self.user_number,
            role=self.role_name,
            percent=self.percent,
            kind=BookingKind.HARD if self.hard else BookingKind.SOFT,
            start=self.start_date,
            end=self.end_date,
            ends_with=self.ends_with,
            is_cancelled=worded(_CANCELLED, self.state, field="state", system=instance),
            source=Source("psa", instance, "booking", self.id, self.updated_at),
            version=self.lock_version,
        )


class Assignments(Listing, frozen=True, kw_only=True):
    """A page of bookings."""

    assignments: dict[str, Assignment]


class Story(Struct, frozen=True):
    """Something to be done."""

    id: str
    workspace_number: str
    legal_entity: str
    title: str
    assignee: str
    due_date: date
    blocks_start: bool
    state: str
    lock_version: int
    updated_at: datetime

    def canonical(self, own: str, instance: str) -> Task:
        """Say the same in our words."""
        return Task(
            id=own,
            project_number=self.workspace_number,
            legal_entity=self.legal_entity,
            name=self.title,
            owner=self.assignee,
            due=self.due_date,
            is_mandatory=self.blocks_start,
            status=worded(_DONE, self.state, field="state", system=instance),
            source=Source("psa", instance, "task", self.id, self.updated_at),
            version=self.lock_version,
        )


class Stories(Listing, frozen=True, kw_only=True):
    """A page of stories."""

    stories: dict[str, Story]


class NewRole(Struct, frozen=True, kw_only=True):
    """What an open role is made from, its hours in minutes."""

    external_reference: str
    workspace_number: str
    legal_entity: str
    role_name: str
    user_number: str | None
    start_date: date
    end_date: date
    minutes: int | None
    percent: Decimal | None


class NewAssignment(Struct, frozen=True, kw_only=True):
    """What a booking is made from."""

    external_reference: str
    user_number: str
    workspace_number: str
    legal_entity: str
    role_name: str
    percent: Decimal
    hard: bool
    start_date: date
    end_date: date
    workspace_resource_id: str | None


class NewStory(Struct, frozen=True, kw_only=True):
    """What a story is made from."""

    external_reference: str
    workspace_number: str
    legal_entity: str
    title: str
    assignee: str
    due_date: date
    blocks_start: bool


class NewWorkspace(Struct, frozen=True):
    """Where a booking is to count."""

    workspace_number: str


class NewState(Struct, frozen=True):
    """Where a story or a booking is to stand."""

    state: str


class Team:
    """The people and tasks of one PSA's projects."""

    def __init__(self, wire: Wire, references: References, instance: str) -> None:
        self._wire, self._references, self._instance = wire, references, instance

    async def roles(self, project_number: str, cursor: str | None) -> Page[StaffingRequest]:
        """Return the requests for people of a project, a page at a time."""
        asked = {"workspace_number": project_number}
        page = await self._wire.page("staffing_requests", _ROLES, asked, cursor, OpenRoles)
        return Page(await self._requests(page), page.next_cursor)

    async def role(self, request_id: str) -> StaffingRequest:
        """Return one request for people, or raise `NotFound`."""
        record = await self._record("staffing_request", request_id)
        page = await self._wire.one("staffing_request", _ROLES, record, OpenRoles)
        return page.workspace_resources[record].canonical(request_id, self._instance)

    async def open_role(self, draft: StaffingRequestDraft, key: str) -> StaffingRequest:
        """Ask for a role."""
        minutes = None if draft.hours is None else _minutes(draft.hours)
        wish = NewRole(
            external_reference=key,
            workspace_number=draft.project_number,
            legal_entity=draft.legal_entity,
            role_name=draft.role,
            user_number=draft.person,
            start_date=draft.start,
            end_date=draft.end,
            minutes=minutes,
            percent=draft.percent,
        )
        page = await self._wire.create("open_staffing_request", _ROLES, wish, OpenRoles)
        [made] = await self._requests(page)
        return made

    async def bookings(
        self, project_number: str | None, employee_number: str | None, cursor: str | None
    ) -> Page[Booking]:
        """Return who is booked, a page at a time."""
        numbers = {"workspace_number": project_number, "user_number": employee_number}
        asked = {name: number for name, number in numbers.items() if number is not None}
        page = await self._wire.page("bookings", _BOOKINGS, asked, cursor, Assignments)
        return Page(await self._booked(page), page.next_cursor)

    async def booking(self, booking_id: str) -> Booking:
        """Return one booking, or raise `NotFound`."""
        record = await self._record("booking", booking_id)
        page = await self._wire.one("booking", _BOOKINGS, record, Assignments)
        return page.assignments[record].canonical(booking_id, self._instance)

    async def move(self, booking_id: str, project_number: str) -> Booking:
        """Let a booking count elsewhere."""
        record, wish = await self._record("booking", booking_id), NewWorkspace(project_number)
        page = await self._wire.put(
            "move_booking", _BOOKINGS, record, "workspace", wish, Assignments
        )
        return page.assignments[record].canonical(booking_id, self._instance)

    async def book(self, draft: BookingDraft, key: str) -> Booking:
        """Book a person."""
        role = draft.staffing_request_id
        wish = NewAssignment(
            external_reference=key,
            user_number=draft.employee,
            workspace_number=draft.project_number,
            legal_entity=draft.legal_entity,
            role_name=draft.role,
            percent=draft.percent,
            hard=draft.kind is BookingKind.HARD,
            start_date=draft.start,
            end_date=draft.end,
            workspace_resource_id=await self._record("staffing_request", role) if role else None,
        )
        page = await self._wire.create("book", _BOOKINGS, wish, Assignments)
        [made] = await self._booked(page)
        return made

    async def cancel(self, booking_id: str) -> Booking:
        """Take a booking back."""
        record, wish = await self._record("booking", booking_id), NewState("cancelled")
        page = await self._wire.put("cancel_booking", _BOOKINGS, record, "state", wish, Assignments)
        return page.assignments[record].canonical(booking_id, self._instance)

    async def tasks(self, project_number: str, cursor: str | None) -> Page[Task]:
        """Return what is to be done, a page at a time."""
        asked = {"workspace_number": project_number}
        page = await self._wire.page("tasks", _STORIES, asked, cursor, Stories)
        return Page(await self._tasks(page), page.next_cursor)

    async def task(self, task_id: str) -> Task:
        """Return one task, or raise `NotFound`."""
        record = await self._record("task", task_id)
        page = await self._wire.one("task", _STORIES, record, Stories)
        return page.stories[record].canonical(task_id, self._instance)

    async def create_task(self, draft: TaskDraft, key: str) -> Task:
        """Write a task down."""
        wish = NewStory(
            external_reference=key,
            workspace_number=draft.project_number,
            legal_entity=draft.legal_entity,
            title=draft.name,
            assignee=draft.owner,
            due_date=draft.due,
            blocks_start=draft.is_mandatory,
        )
        page = await self._wire.create("create_task", _STORIES, wish, Stories)
        [made] = await self._tasks(page)
        return made

    async def complete_task(self, task_id: str) -> Task:
        """Write down that a task is done."""
        record, wish = await self._record("task", task_id), NewState("completed")
        page = await self._wire.put("complete_task", _STORIES, record, "state", wish, Stories)
        return page.stories[record].canonical(task_id, self._instance)

    async def _record(self, record_type: str, own: str) -> str:
        return await self._references.record_of(record_type, own)

    async def _requests(self, page: OpenRoles) -> list[StaffingRequest]:
        ids = await self._references.ids_of("staffing_request", page.ids)
        found = [page.workspace_resources[each] for each in page.ids]
        return [r.canonical(i, self._instance) for r, i in zip(found, ids, strict=True)]

    async def _booked(self, page: Assignments) -> list[Booking]:
        ids = await self._references.ids_of("booking", page.ids)
        found = [page.assignments[each] for each in page.ids]
        return [r.canonical(i, self._instance) for r, i in zip(found, ids, strict=True)]

    async def _tasks(self, page: Stories) -> list[Task]:
        ids = await self._references.ids_of("task", page.ids)
        found = [page.stories[each] for each in page.ids]
        return [r.canonical(i, self._instance) for r, i in zip(found, ids, strict=True)]


def _hours(minutes: int) -> Decimal:
    """Return hours as they are asked for: to the hundredth, which is finer than a minute."""
    return (minutes / _MINUTES).quantize(_HUNDREDTH, ROUND_HALF_UP)


def _minutes(hours: Decimal) -> int:
    return int((hours * _MINUTES).quantize(_MINUTE, ROUND_HALF_UP))
