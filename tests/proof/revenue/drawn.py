"""Projects of firms that nobody thought up: drawn by chance, in three kinds of currencies."""

from datetime import date, timedelta
from fractions import Fraction
from random import Random

from tests.firms.amounts import DIGITS
from tests.proof.revenue.reckoned import (
    CATCH_UP,
    COST,
    DAYS,
    DELIVERY,
    HOURS,
    INVOICE,
    OUTPUT,
    PROSPECTIVE,
    SEPARATE,
    Change,
    Row,
    Story,
    effort_done,
)

FIRST = date(2026, 9, 1)
CURRENCIES = ("EUR", "USD", "JPY", "KWD")
FEES = "fees"
FIXED = (COST, HOURS, OUTPUT, DAYS, DELIVERY)
_LINES = ("time", "overage", "expenses", "nte_adjustment", "down_payment", "retainer")


def a_day(chance: Random, first: int = 0, last: int = 180) -> date:
    """Draw a day, counted from the first of September."""
    return FIRST + timedelta(days=chance.randint(first, last))


def an_amount(chance: Random, currency: str, least: int = 0) -> Fraction:
    """Draw an amount of whole minor units; small ones, where a half weighs most, are as likely."""
    units = chance.randint(least, chance.choice((12, 200, 1_000_000)))
    return Fraction(units, 10 ** DIGITS.get(currency, 2))


def a_story(chance: Random, methods: tuple[str, ...] = (*FIXED, INVOICE, FEES)) -> Story:
    """Draw a project of one of some methods."""
    currency, method = chance.choice(CURRENCIES), chance.choice(methods)
    start = a_day(chance, 0, 40)
    story = Story(
        currency=currency,
        even=chance.random() < 0.5,
        method=DAYS if method == FEES else method,
        start=start,
        end=start + timedelta(days=chance.choice((0, chance.randint(0, 30), 149))),
        rows=tuple(_row(chance) for _ in range(chance.randint(0, 5))),
        billed=_dated(chance, currency, 3),
        lines=tuple(_line(chance, currency) for _ in range(chance.randint(0, 4))),
        expenses_in_cap=chance.random() < 0.5,
        rework_counts=chance.random() < 0.5,
    )
    if method == INVOICE:
        return story._replace(cap=chance.choice((None, an_amount(chance, currency))))
    if method == FEES:
        back = _dated(chance, currency, 2)
        return story._replace(fee=an_amount(chance, currency, 1), given_back=back)
    parts = _dated(chance, currency, 3)
    return _measured(
        chance,
        story._replace(
            price=an_amount(chance, currency, 1),
            accepted=parts,
            deliveries=len(parts) + chance.randint(0, 1),
        ),
    )


def _measured(chance: Random, story: Story) -> Story:
    """Give a fixed price its changes and its estimate."""
    story = story._replace(changes=_changes(chance, story))
    more = Fraction(chance.randint(0, 400), 4)
    spent = effort_done(story._replace(method=COST), date.max) + more
    free = chance.choice((Fraction(chance.randint(1, 40_000), 4), Fraction(chance.randint(1, 24))))
    return story._replace(estimate=chance.choice((spent, free)) or free, hours_left=more)


def _changes(chance: Random, story: Story) -> tuple[Change, ...]:
    """Draw changes, at most one a day, which always leave a price."""
    price, found = story.price or Fraction(0), []
    for day in sorted({a_day(chance, 0, 160) for _ in range(chance.randint(0, 3))}):
        how = chance.choice((CATCH_UP, PROSPECTIVE, SEPARATE))
        delta = an_amount(chance, story.currency)
        if how != SEPARATE and delta < price and chance.random() < 0.5:
            delta = -delta
        effort = Fraction(chance.randint(0, chance.choice((0, 24, 2000))), 4)
        price += delta
        found.append(Change(day, delta, Fraction(0) if story.method == DAYS else effort, how))
    return tuple(found)


def _row(chance: Random) -> Row:
    """Draw somebody's hours of a day."""
    cost, listed, agreed = (Fraction(chance.randint(1, 30_000), 100) for _ in range(3))
    simple = chance.choice((cost, Fraction(1), Fraction(1, 4)))
    hours = chance.choice((Fraction(chance.randint(1, 40), 4), Fraction(1)))
    return Row(a_day(chance), hours, simple, listed, agreed, chance.random() < 0.7)


def _dated(chance: Random, currency: str, most: int) -> tuple[tuple[date, Fraction], ...]:
    count = chance.randint(0, most)
    return tuple((a_day(chance), an_amount(chance, currency)) for _ in range(count))


def _line(chance: Random, currency: str) -> tuple[date, str, Fraction]:
    kind, amount = chance.choice(_LINES), an_amount(chance, currency)
    return a_day(chance), kind, -amount if kind == "nte_adjustment" else amount
