"""Who a project asks for, who is booked on it, and what is to be done. Source: handbook, 1.4.

What a system may leave unsaid has a default, and is last.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.canonical.money import Price
from system_apis.canonical.record import Id, Source, Text

_MINUTES_OF_A_DAY = 24 * 60


class StaffingStatus(StrEnum):
    """How far a request for people has come."""

    OPEN = "open"
    PROPOSED = "proposed"
    SOFT_BOOKED = "soft_booked"
    CONFIRMED = "confirmed"
    FILLED = "filled"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class SkillNeed(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A skill that is looked for, and at which level of five at least."""

    skill: Text
    min_level: Annotated[int, Meta(ge=1, le=5)]
    required: bool = True


class Candidate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person who would fit, how well from 0 to 1, and why."""

    resource: Text
    score: Decimal
    reasons: tuple[Text, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.score <= 1:
            raise ValueError("a candidate's score is from 0 to 1")
        if not self.reasons:
            raise ValueError("a candidate is proposed for a reason")


class StaffingRequestDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A role that a project needs in a window of time, by hours or by percent of a week.

    A person who is named is wanted, and booked softly already.
    """

    project_number: Text
    legal_entity: Text
    role: Text
    start: date
    end: date
    hours: Decimal | None = None
    percent: Decimal | None = None
    person: Text | None = None

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("a window ends after it begins")
        if (self.hours is None) == (self.percent is None):
            raise ValueError("a request says hours or percent, and not both")
        if self.hours is not None and self.hours <= 0:
            raise ValueError("a request asks for more than no hours")
        if self.percent is not None and not 0 < self.percent <= 100:
            raise ValueError("a request asks for more than 0 and at most 100 percent")


class StaffingRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A request for people in the PSA."""

    id: Id
    project_number: str
    legal_entity: str
    role: str
    start: date
    end: date
    hours: Decimal | None
    percent: Decimal | None
    person: str | None
    status: StaffingStatus
    source: Source
    version: int = 1
    skills: tuple[SkillNeed, ...] = ()
    region: Text | None = None
    remote: bool | None = None
    priority: int | None = None
    rate_target: Price | None = None
    candidates: tuple[Candidate, ...] = ()


class BookingKind(StrEnum):
    """Whether a person may still be given to somebody else."""

    SOFT = "soft"
    HARD = "hard"


class DayAllocation(Struct, frozen=True, forbid_unknown_fields=True):
    """How many minutes of a day are booked."""

    day: date
    minutes: Annotated[int, Meta(ge=1, le=_MINUTES_OF_A_DAY)]


class BookingDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person who is to be booked; `legal_entity` is the company they work for.

    `staffing_request_id` is the request that they fill, if they fill one.
    """

    project_number: Text
    legal_entity: Text
    employee: Text
    role: Text
    percent: Decimal
    kind: BookingKind
    start: date
    end: date
    staffing_request_id: Id | None = None

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("a booking ends after it begins")
        if not 0 < self.percent <= 100:
            raise ValueError("a booking is for more than 0 and at most 100 percent")


class Booking(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person who is booked on a project; `legal_entity` is the company they work for.

    With `ends_with` it lasts until that milestone, whenever it is. One that is cancelled is
    found by its id alone.
    The handbook's assignment. What the person costs is HR's to say, and is not among it.
    """

    id: Id
    project_number: str
    legal_entity: str
    employee: str
    role: str
    percent: Decimal
    kind: BookingKind
    start: date
    end: date
    source: Source
    version: int = 1
    allocation: tuple[DayAllocation, ...] = ()
    bill_rate_override: Price | None = None
    billable: bool = True
    ends_with: Text | None = None
    is_cancelled: bool = False

    def __post_init__(self) -> None:
        days = [each.day for each in self.allocation]
        if len(set(days)) != len(days):
            raise ValueError("a booking allocates a day once")
        if any(not self.start <= day <= self.end for day in days):
            raise ValueError("a booking allocates days between its beginning and its end")
        if self.bill_rate_override is not None and self.bill_rate_override.value <= 0:
            raise ValueError("an override is more than nothing")

    @property
    def hours(self) -> Decimal:
        """How many hours are allocated to days."""
        return Decimal(sum(each.minutes for each in self.allocation)) / 60


class TaskStatus(StrEnum):
    """Whether a task is done."""

    OPEN = "open"
    DONE = "done"


class TaskDraft(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something to be done for a project; a mandatory one before the project is active."""

    project_number: Text
    legal_entity: Text
    name: Text
    owner: Text
    due: date
    is_mandatory: bool = False


class Task(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A task in the PSA; hours are booked on it."""

    id: Id
    project_number: str
    legal_entity: str
    name: str
    owner: str
    due: date
    is_mandatory: bool
    status: TaskStatus
    source: Source
    version: int = 1
    wbs_code: Text | None = None
    parent_id: Id | None = None
    start: date | None = None
    estimated_hours: Decimal | None = None
    remaining_hours: Decimal | None = None
    billable: bool = True
    at_risk: bool = False

    def __post_init__(self) -> None:
        hours = (self.estimated_hours, self.remaining_hours)
        if any(each is not None and each < 0 for each in hours):
            raise ValueError("the hours of a task are not less than nothing")
        if self.start is not None and self.due < self.start:
            raise ValueError("a task is due on the day it begins or later")
        if self.at_risk and self.billable:
            raise ValueError("work at risk is not billable before its change is applied")
