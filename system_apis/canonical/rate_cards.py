"""Rate cards: what an hour or a day of a role costs, for whom and from when to when.

Source: domain handbook, 1.3.
"""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.money import CostPrice, Currency, Price, minor_unit
from system_apis.canonical.record import Text


class RateUnit(StrEnum):
    """What a rate is the price of."""

    HOUR = "hour"
    DAY = "day"


class CardOwner(StrEnum):
    """Whose rate card it is; the contract's own wins, the entity's is asked last."""

    CONTRACT = "contract"
    PROJECT = "project"
    CLIENT = "client"
    ENTITY = "entity"


class CardStatus(StrEnum):
    """Whether a card holds; a published version is never changed."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class RateLine(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The rate of a role, or of it in a grade, region or skill, or of one person.

    It holds from `start` on, and no more on `end`.
    """

    role: Text
    grade: Text | None = None
    region: Text | None = None
    skill: Text | None = None
    person: Text | None = None
    unit: RateUnit = RateUnit.HOUR
    bill_rate: Price
    min_rate: Price | None = None
    standard_cost: CostPrice = None
    start: date
    end: date | None = None

    def __post_init__(self) -> None:
        if self.bill_rate.value <= 0:
            raise ValueError("a rate is more than nothing")
        if self.end is not None and self.end <= self.start:
            raise ValueError("a rate ends after it begins")
        prices = (self.min_rate, self.standard_cost)
        if any(each and each.currency != self.bill_rate.currency for each in prices):
            raise ValueError("the prices of a rate line are in one currency")
        if self.min_rate is not None and self.min_rate.value > self.bill_rate.value:
            raise ValueError("a rate is not less than its minimum")

    def holds_on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.start <= day and (self.end is None or day < self.end)

    @property
    def whose(self) -> tuple[str | None, ...]:
        """Whom it is the rate of."""
        return self.role, self.grade, self.region, self.skill, self.person


class RateCard(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One version of a rate card, in one currency."""

    code: Text
    version: int
    owner: CardOwner
    owner_number: Text
    currency: Currency
    status: CardStatus
    lines: tuple[RateLine, ...]

    def __post_init__(self) -> None:
        minor_unit(self.currency)
        if any(each.bill_rate.currency != self.currency for each in self.lines):
            raise ValueError("the rates of a card are in its currency")
        lines = sorted(self.lines, key=lambda each: each.start)
        for place, one in enumerate(lines):
            later = [each for each in lines[place + 1 :] if each.whose == one.whose]
            if any(one.end is None or each.start < one.end for each in later):
                raise ValueError("two rates of the same role and person do not overlap in time")
