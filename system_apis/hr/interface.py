"""What any HR system must answer, in our words."""

from collections.abc import Mapping
from datetime import date
from typing import Protocol, runtime_checkable

from system_apis.canonical.attendance import TimeOff, WorkCalendar
from system_apis.canonical.payroll import PayRun
from system_apis.canonical.people import Employee, EmployeeCost, EmployeeSkill
from system_apis.canonical.record import Change, Page
from system_apis.dedupe import DedupeMode


@runtime_checkable
class Hr(Protocol):
    """A human resources system: it owns people, their leave, their calendars and their cost."""

    instance: str
    writes: Mapping[str, DedupeMode]

    async def employee(self, employee_id: str) -> Employee:
        """Return one person, or raise `NotFound`."""

    async def employees(
        self,
        *,
        number: str | None = None,
        legal_entity: str | None = None,
        role: str | None = None,
        cursor: str | None = None,
    ) -> Page[Employee]:
        """Return people, who left included, in the order they were entered, a page at a time.

        `role` finds those who hold a role now.
        """

    async def cost_rates(
        self, *, legal_entity: str, employee_number: str | None = None
    ) -> list[EmployeeCost]:
        """Return what a company's people, or one of them, cost over time (restricted)."""

    async def skills(
        self, *, legal_entity: str, employee_number: str | None = None
    ) -> list[EmployeeSkill]:
        """Return what a company's people, or one of them, are good at."""

    async def time_off(
        self, *, legal_entity: str, start: date, end: date, employee_number: str | None = None
    ) -> list[TimeOff]:
        """Return the approved leave of a company's people that touches start..end."""

    async def work_calendar(self, *, legal_entity: str, start: date, end: date) -> WorkCalendar:
        """Return when a company works, with the holidays of start..end, or raise `NotFound`."""

    async def record_pay_run(self, run: PayRun, *, key: str) -> PayRun:
        """Record hours that are to be paid; a run of that number is not recorded again.

        Refused: `RUN_TAKEN` for a number that stands for other hours.
        """

    async def changes(self, *, after: int) -> Page[Change]:
        """Return what changed after a sequence number; the last item's sequence is the next."""
