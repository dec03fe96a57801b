"""The sandbox HR system's records, in BambooHR's words, and how they say the same in ours.

BambooHR's words: https://documentation.bamboohr.com/reference
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal

from msgspec import Meta, Struct

from system_apis.canonical.money import Price
from system_apis.canonical.people import (
    CostRate,
    Employee,
    EmployeeCost,
    EmployeeSkill,
    EmployeeStatus,
    EmploymentType,
    Skill,
)
from system_apis.canonical.record import Source
from system_apis.change_feed import FeedLine

NO_DATE = "0000-00-00"
Day = Annotated[str, Meta(pattern=r"\A[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]


class Status(StrEnum):
    """Whether a person works for the firm."""

    ACTIVE = "Active"
    INACTIVE = "Inactive"


class History(StrEnum):
    """How a person is employed."""

    FULL_TIME = "Full-Time"
    PART_TIME = "Part-Time"
    CONTRACTOR = "Contractor"


class Table(StrEnum):
    """A kind of record that changes are told of."""

    EMPLOYEE = "employee"
    TIME_OFF_REQUEST = "timeOffRequest"
    WORK_SCHEDULE = "workSchedule"


_STATUSES = {Status.ACTIVE: EmployeeStatus.ACTIVE, Status.INACTIVE: EmployeeStatus.TERMINATED}
_TYPES = {
    History.FULL_TIME: EmploymentType.EMPLOYEE,
    History.PART_TIME: EmploymentType.EMPLOYEE,
    History.CONTRACTOR: EmploymentType.CONTRACTOR,
}
RECORD_TYPES = {
    Table.EMPLOYEE: "employee",
    Table.TIME_OFF_REQUEST: "time_off",
    Table.WORK_SCHEDULE: "work_calendar",
}


class Person(Struct, frozen=True, rename="camel", kw_only=True):
    """An employee; `division` is the legal entity."""

    id: str
    employee_number: str
    display_name: str
    work_email: str
    status: Status
    hire_date: Day
    termination_date: Day
    division: str
    department: str | None
    location: str | None
    job_title: str
    supervisor_e_id: str | None
    employment_history_status: History
    standard_hours_per_week: Decimal
    custom_fte: Decimal
    custom_billable_target: Decimal | None
    custom_vendor_number: str | None
    version: int
    last_changed: datetime

    @property
    def left(self) -> bool:
        """Whether the person left; the job title then says `Other`, whatever it was."""
        return self.status is Status.INACTIVE

    def canonical(self, role: str, ids: Mapping[str, str], instance: str) -> Employee:
        """Say the same in our words; `ids` has our id of the person and of the manager."""
        return Employee(
            id=ids[self.id],
            number=self.employee_number,
            name=self.display_name,
            work_email=self.work_email,
            legal_entity=self.division,
            business_unit=self.department,
            employment_type=_TYPES[self.employment_history_status],
            status=_STATUSES[self.status],
            hire_date=date.fromisoformat(self.hire_date),
            termination_date=day_of(self.termination_date),
            manager_id=ids[self.supervisor_e_id] if self.supervisor_e_id else None,
            role=role,
            work_location=self.location,
            weekly_hours=self.standard_hours_per_week,
            fte=self.custom_fte,
            utilization_target=self.custom_billable_target,
            vendor_number=self.custom_vendor_number,
            source=Source("hr", instance, "employee", self.id, self.last_changed),
            version=self.version,
        )


class PageOf(Struct, frozen=True, rename="camel"):
    """Which page this is, of how many."""

    page: int
    total_pages: int


class People(Struct, frozen=True):
    """A page of employees."""

    employees: list[Person]
    meta: PageOf

    @property
    def next_cursor(self) -> str | None:
        """The number of the next page, if there is one."""
        return str(self.meta.page + 1) if self.meta.page < self.meta.total_pages else None


class Row(Struct, frozen=True, rename="camel"):
    """A row of a table, and whose it is."""

    employee_id: str


class JobRow(Row, frozen=True, rename="camel"):
    """What a person's job is from a day on."""

    date: Day
    job_title: str


class Rate(Struct, frozen=True):
    """An amount of pay."""

    value: Decimal
    currency: str


class CompensationRow(Row, frozen=True, rename="camel"):
    """What an hour of a person costs from a day on, until the next row's day."""

    start_date: Day
    rate: Rate
    type: Literal["Hourly"]


class SkillRow(Row, frozen=True, rename="camel"):
    """What a person is good at."""

    skill_code: str
    skill_name: str
    category: str | None
    proficiency: Annotated[int, Meta(ge=1, le=5)]
    last_used: Day
    certified_until: Day
    evaluated_on: Day

    def canonical(self, employee: Employee) -> EmployeeSkill:
        """Say the same in our words."""
        return EmployeeSkill(
            employee_id=employee.id,
            employee=employee.number,
            legal_entity=employee.legal_entity,
            business_unit=employee.business_unit,
            skill=Skill(self.skill_code, self.skill_name, self.category),
            level=self.proficiency,
            last_used=day_of(self.last_used),
            certified_until=day_of(self.certified_until),
            evaluated_on=day_of(self.evaluated_on),
        )


class ChangedRecord(Struct, frozen=True, rename="camel"):
    """A record that changed."""

    sequence: int
    table: Table
    id: str
    version: int
    last_changed: datetime

    def line(self) -> FeedLine:
        """Return the line of the change feed that says it in our word for the record."""
        return FeedLine(
            self.sequence, RECORD_TYPES[self.table], self.id, self.version, self.last_changed
        )


class ChangedRecords(Struct, frozen=True):
    """What changed next, oldest first."""

    changed: list[ChangedRecord]


def day_of(text: Day) -> date | None:
    """Return a day; zeros are none."""
    return None if text == NO_DATE else date.fromisoformat(text)


def last_job(rows: Sequence[JobRow]) -> str | None:
    """Return the title of the last job of a person, if there is any."""
    return max(rows, key=lambda row: row.date).job_title if rows else None


def cost_of(employee: Employee, rows: Sequence[CompensationRow]) -> EmployeeCost:
    """Return what a person costs: each row holds until the next one begins.

    Raises `ValueError` when two begin on one day.
    """
    ordered = sorted(rows, key=lambda row: row.start_date)
    ends = [later.start_date for _, later in pairwise(ordered)]
    return EmployeeCost(
        employee_id=employee.id,
        employee=employee.number,
        legal_entity=employee.legal_entity,
        business_unit=employee.business_unit,
        cost_rates=tuple(
            CostRate(
                Price(f"{row.rate.value:f}", row.rate.currency),
                date.fromisoformat(row.start_date),
                date.fromisoformat(end) if end else None,
            )
            for row, end in zip(ordered, [*ends, None], strict=False)
        ),
    )
