"""The firm's people as its HR system knows them: who they are, and what an hour of them costs."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.canonical.money import Price
from system_apis.canonical.record import Id, Source


class EmploymentType(StrEnum):
    """Whose staff a person is: the firm's own, or a vendor's."""

    EMPLOYEE = "employee"
    CONTRACTOR = "contractor"


class EmployeeStatus(StrEnum):
    """Whether a person works for the firm."""

    ACTIVE = "active"
    TERMINATED = "terminated"


class Employee(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person of the firm. What an hour costs is not among it: see `EmployeeCost`.

    `fte` is the share of a full-time week, `utilization_target` that of the capacity which is to
    be billable. No time is worked after the termination date, the last day of work.
    """

    id: Id
    number: str
    name: str
    work_email: str
    legal_entity: str
    business_unit: str | None = None
    employment_type: EmploymentType
    status: EmployeeStatus
    hire_date: date
    termination_date: date | None = None
    manager_id: Id | None = None
    role: str
    work_location: str | None = None
    weekly_hours: Decimal
    fte: Decimal
    utilization_target: Decimal | None = None
    vendor_number: str | None = None
    source: Source
    version: int = 1

    def works_on(self, day: date) -> bool:
        """Whether the person is with the firm on a day, the first and the last one included."""
        return self.hire_date <= day and (
            self.termination_date is None or day <= self.termination_date
        )


class CostRate(Struct, frozen=True, forbid_unknown_fields=True):
    """What an hour of a person costs from a day on, until the day before `effective_to`."""

    rate: Price
    effective_from: date
    effective_to: date | None = None

    def __post_init__(self) -> None:
        if self.effective_to is not None and self.effective_to <= self.effective_from:
            raise ValueError("a cost rate ends after it begins")


class EmployeeCost(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a person costs over time (restricted); rates are in order and do not overlap."""

    employee_id: Id
    employee: str
    legal_entity: str
    business_unit: str | None = None
    cost_rates: Annotated[tuple[CostRate, ...], Meta(extra={"scope": "system:hr:read_cost"})]

    def __post_init__(self) -> None:
        for earlier, later in pairwise(self.cost_rates):
            if earlier.effective_to is None or later.effective_from < earlier.effective_to:
                raise ValueError(f"cost rates overlap on {later.effective_from}")

    def on(self, day: date) -> Price | None:
        """Return what an hour cost on a day, or nothing when no rate covers it."""
        for each in self.cost_rates:
            if each.effective_from <= day and (
                each.effective_to is None or day < each.effective_to
            ):
                return each.rate
        return None


class Skill(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that people can be good at."""

    code: str
    name: str
    category: str | None = None


class EmployeeSkill(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How good a person is at something, from 1 (has heard of it) to 5 (teaches it)."""

    employee_id: Id
    employee: str
    legal_entity: str
    business_unit: str | None = None
    skill: Skill
    level: int
    last_used: date | None = None
    certified_until: date | None = None
    evaluated_on: date | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.level <= 5:
            raise ValueError(f"a skill's level is 1 to 5, not {self.level}")
