"""The HR system's records, in BambooHR's words: texts throughout, and a date of zeros for none."""

from decimal import Decimal

from msgspec import Struct

NO_DATE = "0000-00-00"


class Employee(Struct, frozen=True, rename="camel", kw_only=True):
    """A person; `division` is the company, `supervisorEId` the record of the manager."""

    id: str
    employee_number: str
    first_name: str
    last_name: str
    display_name: str
    work_email: str
    status: str = "Active"
    hire_date: str
    termination_date: str = NO_DATE
    division: str
    department: str | None = None
    location: str | None = None
    job_title: str
    supervisor_e_id: str | None = None
    employment_history_status: str
    standard_hours_per_week: Decimal
    custom_fte: Decimal
    custom_billable_target: Decimal | None = None
    custom_vendor_number: str | None = None
    version: int = 0
    last_changed: str = ""


class JobRow(Struct, frozen=True, rename="camel"):
    """What a person's job is from a day on."""

    id: str
    employee_id: str
    date: str
    job_title: str
    division: str


class Rate(Struct, frozen=True):
    """An amount of pay."""

    value: Decimal
    currency: str


class CompensationRow(Struct, frozen=True, rename="camel"):
    """What an hour of a person costs from a day on, until the next row's day."""

    id: str
    employee_id: str
    start_date: str
    rate: Rate
    type: str = "Hourly"


class SkillRow(Struct, frozen=True, rename="camel"):
    """What a person is good at, from 1 to 5."""

    id: str
    employee_id: str
    skill_code: str
    skill_name: str
    category: str | None
    proficiency: int
    last_used: str
    certified_until: str
    evaluated_on: str


class EmployeeFile(Employee, frozen=True, rename="camel", kw_only=True):
    """A person with the tables of their file, each of which has an address of its own."""

    job_info: tuple[JobRow, ...] = ()
    compensation: tuple[CompensationRow, ...] = ()
    custom_skills: tuple[SkillRow, ...] = ()


class LeaveType(Struct, frozen=True):
    """Why a person is away."""

    id: str
    name: str


class Amount(Struct, frozen=True):
    """How much leave a request takes."""

    unit: str
    amount: Decimal


class TimeOffRequest(Struct, frozen=True, rename="camel", kw_only=True):
    """A request for leave, with the hours of each of its days."""

    id: str
    employee_id: str
    name: str
    status: str
    status_changed: str
    start: str
    end: str
    created: str
    type: LeaveType
    amount: Amount
    dates: dict[str, Decimal]
    version: int = 0


class Holiday(Struct, frozen=True):
    """A day on which a division does not work."""

    date: str
    name: str


class WorkSchedule(Struct, frozen=True, rename="camel", kw_only=True):
    """When a division works."""

    id: str
    division: str
    hours_per_day: Decimal
    work_days: tuple[str, ...]
    holidays: tuple[Holiday, ...]
    version: int = 0
    last_changed: str = ""
