"""What becomes of people's expenses, reckoned in fractions from the words of the handbook, 3(c).

Nothing of the product is used here. The company is German: every expense has a receipt.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from tests.proof.working.reckoned import (
    APPROVED,
    BLOCKED,
    HELD,
    LEADS,
    REJECTED,
    SUBMITTED,
    WAITING,
    business_hours,
)

LINE, PROJECT, FINANCE = "line_manager", "project_manager", "finance"
HOLDERS = {LINE: {"U-LM1", "U-LM2"}, PROJECT: {"U-PM2", "U-PM9"}, FINANCE: {"U-FI1"}}
# What an amount is worth in the dollars in which tiers are told; of francs nobody knows it.
DOLLARS = {"EUR": Fraction(11, 10), "USD": Fraction(1)}
WITHIN = Fraction(48)


class Spent(NamedTuple):
    """An expense as a person says it; the days of a per diem's trip begin with its own."""

    who: str
    day: date
    category: str
    amount: Fraction
    currency: str = "EUR"
    merchant: str | None = None
    receipt: str | None = None
    billable: bool = False
    on_card: bool = False
    days: int = 1
    daily: Fraction | None = None
    nights: int = 1
    cap: Fraction | None = None
    rate: Fraction | None = None


class Claim(NamedTuple):
    """What was said, how it stands, who is still to agree, and who of the line is named."""

    said: Spent
    wrong: frozenset[str]
    status: str
    left: tuple[str, ...]
    named: str | None
    since: date
    reached: int = 0


class Spending:
    """The expenses of a month: every version of every number."""

    def __init__(self) -> None:
        self.claims: dict[str, list[Claim]] = {}

    def judged(self, number: str, said: Spent, today: date) -> Claim:
        """Return an expense as it is handed in today."""
        others = list(self._others(number))
        block, hold = _blocked(said, others), _held(said, others, today)
        status = BLOCKED if block else HELD if hold else SUBMITTED
        left = () if block else _roles(said)
        named = LEADS[said.who] if left else None
        return Claim(said, frozenset(block | hold), status, left, named, today)

    def take(self, number: str, claim: Claim) -> None:
        """Write a version down."""
        self.claims.setdefault(number, []).append(claim)

    def answer(self, number: str, *, agreed: bool) -> str:
        """Let the first who is asked answer, and return who that is."""
        last = self.claims[number][-1]
        role, *others = last.left
        who = last.named if role == LINE and last.named else min(HOLDERS[role])
        if not agreed:
            last = last._replace(status=REJECTED, left=())
        elif others:
            last = last._replace(left=tuple(others))
        else:
            last = last._replace(status=APPROVED, left=())
        self.claims[number][-1] = last
        return who

    def look(self, today: date) -> None:
        """Who has waited long enough is asked elsewhere, and nobody is asked for two roles."""
        for versions in self.claims.values():
            versions[-1] = _gone_on(versions[-1], today)

    def in_books(self) -> dict[str, tuple[Fraction, str]]:
        """Return what the time system holds."""
        return {
            number if at == 1 else f"{number}/{at}": (each.said.amount, each.status)
            for number, versions in self.claims.items()
            for at, each in enumerate(versions, start=1)
            if each.status != BLOCKED
        }

    def asked(self) -> dict[str, set[str]]:
        """Return which numbers each person is asked about."""
        found: dict[str, set[str]] = {}
        for number, versions in self.claims.items():
            last = versions[-1]
            for role in last.left:
                named = {last.named} if role == LINE and last.named else HOLDERS[role]
                for person in named:
                    found.setdefault(person, set()).add(number)
        return found

    def _others(self, number: str) -> Iterator[Spent]:
        """Yield what stands under other numbers."""
        for other, versions in self.claims.items():
            if other != number and versions[-1].status in {*WAITING, APPROVED}:
                yield versions[-1].said


def _blocked(said: Spent, others: list[Spent]) -> set[str]:
    own = [each for each in others if each.who == said.who]
    tells = {
        "E03": any(_is_same(each, said) for each in own)
        or any(said.receipt and each.receipt == said.receipt for each in others),
        "E04": any(_pays_twice(one, other) for e in own for one, other in ((e, said), (said, e))),
        "E05": said.category == "per_diem" and said.amount != _due(said),
        "E08": said.billable and said.category in {"alcohol", "fines"},
    }
    return {code for code, is_so in tells.items() if is_so}


def _held(said: Spent, others: list[Spent], today: date) -> set[str]:
    cap = said.cap if said.category == "hotel" else None
    # What an amount of the expense's currency is in the project's euros.
    dollars = DOLLARS.get(said.currency)
    told = dollars / DOLLARS["EUR"] if dollars else None
    off = told and said.rate and abs(said.rate / told - 1) > Fraction(3, 100)
    tells = {
        "E01": said.category != "per_diem" and said.receipt is None,
        "E02": cap is not None and said.amount > cap * said.nights,
        "E06": (today - said.day).days > 60,
        "E07": told is None or bool(off),
        "E10": not said.on_card and any(_is_on_card(each, said) for each in others),
    }
    return {code for code, is_so in tells.items() if is_so}


def _is_same(one: Spent, other: Spent) -> bool:
    facts = [(e.day, e.merchant, e.amount, e.currency) for e in (one, other)]
    return facts[0] == facts[1]


def _pays_twice(meal: Spent, trip: Spent) -> bool:
    """Whether a meal, or another per diem, is of a day for which a per diem pays."""
    if trip.category != "per_diem" or meal.category not in {"meal", "per_diem"}:
        return False
    paid, asked = _days(trip), _days(meal) if meal.category == "per_diem" else {meal.day}
    return bool(paid & asked)


def _days(trip: Spent) -> set[date]:
    return {trip.day + timedelta(days=each) for each in range(trip.days)}


def _due(said: Spent) -> Fraction | None:
    """Return what a trip's days come to: three quarters for the first and for the last."""
    if said.daily is None:
        return None
    return sum(
        (
            said.daily * (Fraction(3, 4) if at in {0, said.days - 1} else 1)
            for at in range(said.days)
        ),
        Fraction(0),
    )


def _is_on_card(card: Spent, said: Spent) -> bool:
    """Whether the company's card paid as much for the same person, by a day more or less."""
    facts = [(e.who, e.amount, e.currency) for e in (card, said)]
    return card.on_card and facts[0] == facts[1] and abs(card.day - said.day).days <= 1


def _roles(said: Spent) -> tuple[str, ...]:
    """Return who must agree: the more it is worth, the more; of unknown worth, everybody."""
    rate = DOLLARS.get(said.currency)
    if rate is not None and said.amount * rate <= 500:
        return (LINE,)
    if rate is not None and said.amount * rate <= 5000:
        return (LINE, PROJECT)
    return (LINE, PROJECT, FINANCE)


def _gone_on(claim: Claim, today: date) -> Claim:
    if not claim.left:
        return claim
    share = business_hours(claim.since, today) / WITHIN
    reached = 3 if share >= 2 else 2 if share >= 1 else 1 if share >= Fraction(1, 2) else 0
    if reached <= claim.reached:
        return claim
    claim = claim._replace(reached=reached)
    if reached == 2:
        return claim._replace(named=LEADS.get(LEADS[claim.said.who]) or claim.named)
    if reached == 3:
        # Finance is asked in the place of the first who is silent, and nobody by name any more.
        left = claim.left if FINANCE in claim.left else (FINANCE, *claim.left[1:])
        return claim._replace(left=left, named=None)
    return claim
