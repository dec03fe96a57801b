"""Which rate an hour is billed at: the first that holds, in an order that never varies.

Source: domain handbook, 1.3, rate resolution: assignment override, then the contract's rate
(person, then role with grade and region, then role), then the project's card, the client's,
the entity's standard card.
"""

from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.contracts import Contract
from system_apis.canonical.money import Money, Price, Rounding
from system_apis.canonical.rate_cards import CardOwner, CardStatus, RateCard, RateLine, RateUnit

_ORDER = (CardOwner.CONTRACT, CardOwner.PROJECT, CardOwner.CLIENT, CardOwner.ENTITY)


class RateSource(StrEnum):
    """Where a rate was found; it is kept on every billed line."""

    ASSIGNMENT = "assignment"
    CONTRACT = "contract"
    PROJECT = "project"
    CLIENT = "client"
    ENTITY = "entity"


class Work(Struct, frozen=True, kw_only=True):
    """What is to be billed: who worked as what, and when; `currency` is the contract's."""

    role: str
    work_date: date
    currency: str
    person: str | None = None
    grade: str | None = None
    region: str | None = None
    skills: frozenset[str] = frozenset()


class RateOverride(Struct, frozen=True, kw_only=True):
    """A rate that an assignment names for itself, from `start` on and no more on `end`."""

    rate: Price
    unit: RateUnit = RateUnit.HOUR
    start: date
    end: date | None = None


class ResolvedRate(Struct, frozen=True, kw_only=True):
    """The rate of some work, where it is from, and which version of which card."""

    rate: Price
    unit: RateUnit
    source: RateSource
    card_code: str | None = None
    card_version: int | None = None

    def amount(self, hours: Decimal, *, hours_per_day: Decimal, rounding: Rounding) -> Money:
        """Return the price of hours; a day has the hours of the deliverer's own entity."""
        quantity = hours / hours_per_day if self.unit is RateUnit.DAY else hours
        return self.rate.times(quantity, rounding)


def resolve_rate(
    work: Work, cards: tuple[RateCard, ...], *, override: RateOverride | None = None
) -> ResolvedRate | None:
    """Return the rate of some work, or nothing: then billing stops, and nothing is billed at 0.

    A candidate holds on the work's date and is in the contract's currency.
    """
    if override is not None and _overrides(override, work):
        return ResolvedRate(rate=override.rate, unit=override.unit, source=RateSource.ASSIGNMENT)
    for owner in _ORDER:
        found = _best(work, [card for card in cards if card.owner is owner])
        if found is not None:
            card, line = found
            return ResolvedRate(
                rate=line.bill_rate,
                unit=line.unit,
                source=RateSource(owner),
                card_code=card.code,
                card_version=card.version,
            )
    return None


def contract_card(contract: Contract) -> RateCard:
    """Return a contract's rates as the card that wins over every other."""
    after = contract.effective_to + timedelta(days=1)
    return RateCard(
        code=contract.number,
        version=contract.version,
        owner=CardOwner.CONTRACT,
        owner_number=contract.number,
        currency=contract.currency,
        status=CardStatus.PUBLISHED,
        lines=tuple(
            RateLine(role=each.role, bill_rate=each.rate, start=contract.effective_from, end=after)
            for each in contract.rates
        ),
    )


def _overrides(override: RateOverride, work: Work) -> bool:
    begun = override.start <= work.work_date
    ended = override.end is not None and override.end <= work.work_date
    return (
        begun and not ended and override.rate.currency == work.currency and override.rate.value > 0
    )


def _best(work: Work, cards: list[RateCard]) -> tuple[RateCard, RateLine] | None:
    """Return the line that says most about the work; of equal ones, that of the newest card."""
    candidates = [
        (card, line)
        for card in cards
        if card.status is CardStatus.PUBLISHED and card.currency == work.currency
        for line in card.lines
        if line.holds_on(work.work_date) and _fits(line, work)
    ]
    return max(
        candidates,
        key=lambda found: (*_rank(found[1]), found[0].version, found[0].code),
        default=None,
    )


def _fits(line: RateLine, work: Work) -> bool:
    """Whether all that a line asks for is so."""
    asked = (
        (line.role, {work.role}),
        (line.person, {work.person}),
        (line.grade, {work.grade}),
        (line.region, {work.region}),
        (line.skill, work.skills),
    )
    return all(said is None or said in there for said, there in asked)


def _rank(line: RateLine) -> tuple[bool, int, bool, bool]:
    """Return how much a line says: a person, then how many attributes, grade before region."""
    told = (line.grade, line.region, line.skill)
    count = sum(each is not None for each in told)
    return line.person is not None, count, line.grade is not None, line.region is not None
