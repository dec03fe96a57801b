"""What staffing leaves behind, and what it tells."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.money import MaybeCost, MaybeCostShare, Money
from system_apis.canonical.record import Id
from system_apis.canonical.team import BookingKind


class Bar(StrEnum):
    """What rules a person out for a request."""

    NOT_EMPLOYED = "NOT_EMPLOYED"
    ROLE = "ROLE"
    SKILL = "SKILL"
    REGION = "REGION"
    UNAVAILABLE = "UNAVAILABLE"
    CONFLICT = "CONFLICT"
    OVER_ALLOCATED = "OVER_ALLOCATED"


class ScorePart(Struct, frozen=True):
    """One part of a score, from 0 to 1, and how much it counts."""

    name: str
    value: Decimal
    weight: Decimal


class Fitting(Struct, frozen=True, kw_only=True):
    """A person who would fit a request, and why.

    The score is from 0 to 1. Who may not see what people cost is told one without the part of
    the margin, and the order that follows from it.
    """

    employee: str
    name: str
    legal_entity: str
    role: str
    percent: Decimal
    free_hours: Decimal
    score: Decimal
    parts: tuple[ScorePart, ...]
    margin: MaybeCostShare = None
    reasons: tuple[str, ...]


class RuledOut(Struct, frozen=True, kw_only=True):
    """A person who does not fit a request, and what stands against them."""

    employee: str
    legal_entity: str
    bar: Bar
    reason: str


class Way(StrEnum):
    """What can be done about a gap in a project's staffing."""

    SHIFT_DATE = "shift_date"
    CROSS_TRAIN = "cross_train"
    CONTRACTOR = "contractor"
    DECLINE = "decline"


class GapOption(Struct, frozen=True, kw_only=True):
    """A way out of a gap, and who or what it rests on.

    `highest_rate` is what a contractor may cost an hour, the margin being at its floor.
    """

    way: Way
    reason: str
    employee: str | None = None
    start: date | None = None
    highest_rate: Money | None = None


class Caution(StrEnum):
    """What somebody should look at before a person is booked."""

    OVER_ALLOCATED = "OVER_ALLOCATED"
    WEEKLY_HOURS = "WEEKLY_HOURS"
    DAILY_REST = "DAILY_REST"
    TENURE = "TENURE"
    WORKER_STATUS = "WORKER_STATUS"


class Warned(Struct, frozen=True):
    """One thing that speaks against a booking without forbidding it."""

    code: Caution
    reason: str


class BookingStage(StrEnum):
    """Where a booking that somebody asked for stands."""

    ASKED = "asked"
    APPROVED = "approved"
    BOOKED = "booked"
    DECLINED = "declined"
    CANCELLED = "cancelled"


class BookingCase(Struct, frozen=True, kw_only=True):
    """A booking that somebody asked for, on its way to the PSA.

    `lender` is the company that the person works for; where it is another one than the
    project's, both sides approve, and the two bill each other.
    """

    id: str
    legal_entity: str
    lender: str
    project_number: str
    staffing_request_id: Id | None = None
    employee: str
    role: str
    kind: BookingKind
    percent: Decimal
    start: date
    end: date
    stage: BookingStage
    warned: tuple[Warned, ...] = ()
    terms_version: int | None = None
    requested_by: str
    opened_at: datetime
    booking_id: Id | None = None
    released: tuple[Id, ...] = ()

    @property
    def crosses(self) -> bool:
        """Whether a company lends somebody to another."""
        return self.lender != self.legal_entity


class OverAllocated(Struct, frozen=True, kw_only=True):
    """A person who is booked for more than there is of them, in days of one run.

    Of the percent, `hard_percent` is booked for good.
    """

    employee: str
    legal_entity: str
    percent: Decimal
    hard_percent: Decimal
    blocked: bool
    projects: tuple[str, ...]
    start: date
    end: date


class WeekOfPerson(Struct, frozen=True, kw_only=True):
    """What a person can work in a week, what of it is booked, and what is free."""

    employee: str
    legal_entity: str
    business_unit: str | None
    role: str
    region: str | None
    skills: tuple[str, ...]
    week: date
    available: Decimal
    hard: Decimal
    soft: Decimal
    free: Decimal


class WeekOfRole(Struct, frozen=True, kw_only=True):
    """The hours of a role that are needed in a week, for a project or a deal.

    Of a deal that is not won they are weighted by how probable it is.
    """

    legal_entity: str
    subject: str
    role: str
    week: date
    hours: Decimal
    probability: Decimal


class ForecastRow(Struct, frozen=True, kw_only=True):
    """What a person will work on a project in a week, and earn, as it was frozen on a day.

    What a fixed price earns follows from what its people cost, and is told to who may see that.
    `refused_by` names the rule that keeps the revenue from being foreseen.
    """

    frozen_on: date
    frozen_at: datetime
    legal_entity: str
    business_unit: str | None = None
    employee: str
    project_number: str
    week: date
    hours: Decimal
    billable: bool
    revenue: Money | None = None
    revenue_by_cost: MaybeCost = None
    refused_by: str | None = None
    terms_version: int = 1


class ReplanCause(StrEnum):
    """Why a project is to be planned again."""

    MILESTONE_CHANGED = "milestone_changed"
    CHANGE_APPLIED = "change_applied"
    TIME_OFF = "time_off"
    LEAVER = "leaver"
    OFF_PLAN = "off_plan"


class Replan(Struct, frozen=True, kw_only=True):
    """Something that happened to a plan, so that somebody plans again."""

    id: str
    legal_entity: str
    project_number: str
    cause: ReplanCause
    subject: str
    reason: str
    stage: str = "open"
    opened_at: datetime
