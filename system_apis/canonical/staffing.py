"""Who is to work on what: requests for people, and their bookings. Source: handbook, 1.4."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from system_apis.canonical.money import Price
from system_apis.canonical.record import Id, Text

_MINUTES_OF_A_DAY = 24 * 60


class StaffingStatus(StrEnum):
    """How far the search for a person has come."""

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


class StaffingRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A role that a project needs somebody for, from when to when and how much."""

    id: Id
    project_number: Text
    legal_entity: Text
    role: Text
    start: date
    end: date
    status: StaffingStatus
    hours: Decimal | None = None
    share: Decimal | None = None
    skills: tuple[SkillNeed, ...] = ()
    region: Text | None = None
    remote: bool = True
    priority: int = 0
    rate_target: Price | None = None
    candidates: tuple[Candidate, ...] = ()

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("a staffing request ends on the day it begins or later")
        if (self.hours is None) == (self.share is None):
            raise ValueError("a staffing request asks for hours or for a share of a person")
        if self.hours is not None and self.hours <= 0:
            raise ValueError("a staffing request asks for more than no hours")
        if self.share is not None and not 0 < self.share <= 1:
            raise ValueError("a share of a person is more than 0 and 1 at most")


class Booking(StrEnum):
    """Whether a person is reserved or promised."""

    SOFT = "soft"
    HARD = "hard"


class AssignmentStatus(StrEnum):
    """Whether a booking holds."""

    PLANNED = "planned"
    ACTIVE = "active"
    ENDED = "ended"
    CANCELLED = "cancelled"


class DayAllocation(Struct, frozen=True, forbid_unknown_fields=True):
    """How many minutes of a day are booked."""

    day: date
    minutes: Annotated[int, Meta(ge=1, le=_MINUTES_OF_A_DAY)]


class Assignment(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person's booking on a project, day by day; the cost rate is a restricted field."""

    id: Id
    project_number: Text
    legal_entity: Text
    resource: Text
    role: Text
    start: date
    end: date
    booking: Booking
    status: AssignmentStatus
    allocation: tuple[DayAllocation, ...] = ()
    bill_rate_override: Price | None = None
    cost_rate_override: Price | None = None
    billable: bool = True

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("an assignment ends on the day it begins or later")
        days = [each.day for each in self.allocation]
        if len(set(days)) != len(days):
            raise ValueError("an assignment books a day once")
        if any(not self.start <= day <= self.end for day in days):
            raise ValueError("an assignment books days between its beginning and its end")
        overrides = (self.bill_rate_override, self.cost_rate_override)
        if any(each is not None and each.value <= 0 for each in overrides):
            raise ValueError("an override is more than nothing")

    @property
    def hours(self) -> Decimal:
        """How many hours are booked."""
        return Decimal(sum(each.minutes for each in self.allocation)) / 60
