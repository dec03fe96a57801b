"""What people hand in, what is found about it, and what becomes of it."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct, structs

from system_apis.canonical.money import Money
from system_apis.canonical.record import Id, Text
from system_apis.canonical.time import Trip

_Day = date
_SMALLEST = Decimal("0.01")
Hours = Annotated[Decimal, Meta(description="Hours with at most two decimals.")]


class Severity(StrEnum):
    """What a finding does: it is told, an approver must judge it, or nothing is taken."""

    WARN = "warn"
    HOLD = "hold"
    BLOCK = "block"


class PolicyFinding(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Something that is not as the firm, or a law, wants it."""

    code: str
    name: str
    severity: Severity
    reason: str
    remedy: str
    excess: Money | None = None


class EntryWish(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag="entry"):
    """Hours that a person hands in; `follows` is the version that this one takes the place of."""

    number: Text
    employee: Text
    project_number: Text
    work_date: date
    hours: Hours
    billable: bool = True
    task: Text | None = None
    notes: Text | None = None
    follows: Annotated[int, Meta(ge=0, le=1000)] = 0

    def __post_init__(self) -> None:
        if not self.hours.is_finite() or abs(self.hours) >= 1000 or self.hours % _SMALLEST:
            raise ValueError("`hours` are a number with at most two decimals")

    @property
    def day(self) -> date:
        """The day it is about."""
        return self.work_date

    def is_of(self, other: "EntryWish | ExpenseWish") -> bool:
        """Whether both are about the same project and day."""
        named = (other.project_number, other.day)
        return (self.project_number, self.work_date) == named

    @property
    def strikes_out(self) -> bool:
        """Whether it takes the place of a version with nothing."""
        return self.follows > 0 and not self.hours

    def is_like(self, other: "EntryWish | ExpenseWish") -> bool:
        """Whether both say the same, whatever they are numbered; that a row goes says nothing."""
        return not self.strikes_out and structs.replace(
            self, number="", follows=0
        ) == structs.replace(other, number="", follows=0)


class PaidBy(StrEnum):
    """Whose money was spent."""

    PERSON = "personal"
    COMPANY_CARD = "company_card"


class ExpenseWish(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag="expense"):
    """An expense that a person hands in; `follows` is the version it takes the place of.

    `cap_per_night` is what the trip was approved for, `daily` the per diem of the place.
    """

    number: Text
    employee: Text
    project_number: Text
    date: date
    category: Text
    amount: Money
    merchant: Text | None = None
    billable: bool = True
    receipt_hash: Text | None = None
    paid_by: PaidBy = PaidBy.PERSON
    trip: Trip | None = None
    daily: Money | None = None
    nights: Annotated[int, Meta(ge=1, le=366)] | None = None
    cap_per_night: Money | None = None
    claimed_rate: Decimal | None = None
    tax: Money | None = None
    supplier_tax_id: Text | None = None
    follows: Annotated[int, Meta(ge=0, le=1000)] = 0

    def __post_init__(self) -> None:
        if self.amount.value <= 0:
            raise ValueError("an expense is more than nothing")
        told = (self.daily, self.cap_per_night, self.tax)
        if any(each is not None and each.currency != self.amount.currency for each in told):
            raise ValueError("an expense is told in one currency")
        if self.claimed_rate is not None and not (
            self.claimed_rate.is_finite() and self.claimed_rate > 0
        ):
            raise ValueError("a rate is more than nothing")

    @property
    def day(self) -> _Day:
        """The day it is about."""
        return self.date

    def is_like(self, other: "EntryWish | ExpenseWish") -> bool:
        """Whether both claim the same, by what they say or by their receipt."""
        if not isinstance(other, ExpenseWish):
            return False
        receipt = self.receipt_hash
        facts = (self.employee, self.date, self.merchant, self.amount)
        return facts == (other.employee, other.date, other.merchant, other.amount) or (
            receipt is not None and receipt == other.receipt_hash
        )


Wish = EntryWish | ExpenseWish


class RowStatus(StrEnum):
    """Where something that was handed in stands; only what is blocked never reaches the PSA."""

    BLOCKED = "blocked"
    HELD = "held"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    STRUCK_OUT = "struck_out"


WAITING = frozenset({RowStatus.HELD, RowStatus.SUBMITTED})
TAKEN = WAITING | {RowStatus.APPROVED}
# What the PSA hears of, and asks somebody about where it waits.
GOES_ON = WAITING | {RowStatus.STRUCK_OUT}
# What a person may hand in another version of, and what of a week may be corrected.
REPLACEABLE = frozenset({RowStatus.BLOCKED, RowStatus.REJECTED, RowStatus.STRUCK_OUT})
CORRECTABLE = REPLACEABLE | TAKEN


class HandedIn(Struct, frozen=True, kw_only=True):
    """One version of something that was handed in, and every finding about it.

    `terms_version` is the edition of the firm's terms that it was judged by. `record_id` is the
    PSA's record of it, by our id.
    """

    id: Id
    version: int
    wish: Wish
    legal_entity: str
    project_number: str
    status: RowStatus
    findings: tuple[PolicyFinding, ...]
    terms_version: int
    roles: tuple[str, ...] = ()
    assignee: str | None = None
    role: str
    handed_in_by: str
    handed_in_at: datetime
    record_id: Id | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    comment: str | None = None

    @property
    def named(self) -> PolicyFinding | None:
        """The finding that it is known by, if there is any."""
        return self.findings[0] if self.findings else None

    def as_judged(self) -> "HandedIn":
        """Return it as it was when it was handed in, whatever became of it since."""
        return structs.replace(
            self,
            status=self.status if self.status is RowStatus.STRUCK_OUT else status_of(self.findings),
            record_id=None,
            decided_by=None,
            decided_at=None,
            comment=None,
        )

    @property
    def reference(self) -> str:
        """What the PSA knows it by: its number, with the version from the second one on."""
        return self.wish.number if self.version == 1 else f"{self.wish.number}/{self.version}"


_WHEN_FOUND = {Severity.BLOCK: RowStatus.BLOCKED, Severity.HOLD: RowStatus.HELD}


def status_of(found: tuple[PolicyFinding, ...]) -> RowStatus:
    """Return where something stands when it was handed in with these findings, in order."""
    gravest = found[0].severity if found else Severity.WARN
    return _WHEN_FOUND.get(gravest, RowStatus.SUBMITTED)


class DelegationWish(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is to decide for the caller, from a day to another."""

    legal_entity: Text
    delegate: Text
    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("a delegation ends on the day it begins or later")


class Delegation(Struct, frozen=True, kw_only=True):
    """Somebody who decides for another about time and expenses, from a day to another."""

    id: Id
    legal_entity: str
    person: str
    delegate: str
    start: date
    end: date
