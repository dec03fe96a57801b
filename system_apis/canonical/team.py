"""Who a project asks for, who is booked on it, and what is to be done before it begins."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.record import Id, Source, Text


class StaffingStatus(StrEnum):
    """How far a request for people has come."""

    OPEN = "open"
    SOFT_BOOKED = "soft_booked"
    CANCELLED = "cancelled"


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


class BookingKind(StrEnum):
    """Whether a person may still be given to somebody else."""

    SOFT = "soft"
    HARD = "hard"


class Booking(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A person who is booked on a project; `legal_entity` is the company they work for."""

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
    """A task in the PSA."""

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
