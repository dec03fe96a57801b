"""What a project earned by a day, reckoned in fractions from the words of the firm's handbook.

Nothing of the product is used here. Amounts are rounded once, at the end, to the currency's
own digits: half-up, but for monthly fees, which round as the ledger does that posts them.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import NamedTuple

from tests.firms.amounts import DIGITS, halves

COST, HOURS, OUTPUT, DAYS, DELIVERY, INVOICE = "cost", "hours", "output", "days", "delivery", "tm"
CATCH_UP, PROSPECTIVE, SEPARATE = "catch_up", "prospective", "separate"
ZERO = Fraction(0)


class Row(NamedTuple):
    """Hours of a day: what an hour costs, lists at and is agreed at."""

    day: date
    hours: Fraction
    cost: Fraction
    listed: Fraction
    agreed: Fraction
    billable: bool


class Change(NamedTuple):
    """A change of the price and of the effort in the end, by the evening of a day."""

    day: date
    price: Fraction
    effort: Fraction
    how: str


class Story(NamedTuple):
    """All that happened on a project."""

    currency: str
    even: bool
    method: str
    start: date
    end: date
    price: Fraction | None = None
    fee: Fraction | None = None
    cap: Fraction | None = None
    estimate: Fraction | None = None
    hours_left: Fraction = ZERO
    rows: tuple[Row, ...] = ()
    changes: tuple[Change, ...] = ()
    lines: tuple[tuple[date, str, Fraction], ...] = ()
    billed: tuple[tuple[date, Fraction], ...] = ()
    accepted: tuple[tuple[date, Fraction], ...] = ()
    deliveries: int = 0
    given_back: tuple[tuple[date, Fraction], ...] = ()
    expenses_in_cap: bool = False
    rework_counts: bool = True

    def rounded(self, amount: Fraction) -> Fraction:
        """Round a figure of our own."""
        return halves(amount, self.currency, even=False)

    @property
    def smallest(self) -> Fraction:
        """The smallest amount of the currency."""
        return Fraction(1, 10 ** DIGITS.get(self.currency, 2))


def price_on(story: Story, day: date) -> Fraction:
    """The price as it is agreed on the evening of a day."""
    return (story.price or ZERO) + sum((c.price for c in story.changes if c.day <= day), ZERO)


def effort_done(story: Story, day: date) -> Fraction:
    """What was done until the evening of a day, in cost, hours or days of the term."""
    if story.method == DAYS:
        return Fraction(max(0, (min(day, story.end) - story.start).days + 1))
    rows = [r for r in story.rows if r.day <= day and (r.billable or story.rework_counts)]
    return sum((r.hours * (r.cost if story.method == COST else 1) for r in rows), ZERO)


def effort_in_the_end(story: Story, day: date) -> Fraction:
    """What the work takes in the end, as it is agreed on the evening of a day."""
    if story.method == DAYS:
        return Fraction((story.end - story.start).days + 1)
    agreed = sum((c.effort for c in story.changes if c.day <= day), ZERO)
    if story.method == COST:
        return (story.estimate or ZERO) + agreed
    every = sum((c.effort for c in story.changes), ZERO)
    return effort_done(story, date.max) + story.hours_left - every + agreed


def part_done(done: Fraction, whole: Fraction) -> Fraction:
    """Which part of an effort is done: all of it where nothing more is to be done."""
    if whole <= 0:
        return Fraction(done > 0)
    return max(ZERO, min(Fraction(1), done / whole))


def by_progress(story: Story, until: date) -> Fraction:
    """Earn the price by what is done, and treat each change as 606-10-25-12 and 25-13 say.

    A promise is (price, effort, done before it began, earned before it began). Not distinct: the
    price and effort are one with the old ones, from the first day on. Distinct: what is earned
    stays, the rest of both prices is earned by the rest of both efforts. A contract of its own:
    a promise beside the old one, which is fulfilled first where effort measures it, and over
    the days that are left where time does.
    """
    began = date.min
    price, whole = story.price or ZERO, effort_in_the_end(story, began)
    before, taken, apart = ZERO, ZERO, ZERO
    finished = ZERO
    over_days: list[tuple[date, Fraction]] = []

    def of_last(done: Fraction) -> Fraction:
        here = done - finished - taken
        if whole - taken <= 0:
            return price if done - finished > 0 else before
        share = max(ZERO, min(here, whole - taken)) / (whole - taken)
        return story.rounded(before + (price - before) * share)

    for change in story.changes:
        if change.day > until:
            continue
        done = effort_done(story, change.day)
        if change.how == SEPARATE and story.method == DAYS:
            over_days.append((change.day, change.price))
            continue
        if change.how == CATCH_UP:
            price, whole, before, taken = price + change.price, whole + change.effort, ZERO, ZERO
        elif change.how == PROSPECTIVE:
            before, taken = of_last(done), done - finished
            price, whole = price + change.price, whole + change.effort
        else:
            apart += of_last(effort_done(story, until))
            finished += whole
            price, whole, before, taken = change.price, change.effort, ZERO, ZERO
    own = sum((_spread(story, day, amount, until) for day, amount in over_days), ZERO)
    return apart + of_last(effort_done(story, until)) + own


def _spread(story: Story, day: date, amount: Fraction, until: date) -> Fraction:
    """Earn an amount over the days after a change, all at once when none are left."""
    left = (story.end - max(day, story.start - timedelta(days=1))).days
    gone = (min(until, story.end) - max(day, story.start - timedelta(days=1))).days
    return amount if left <= 0 else story.rounded(amount * max(0, gone) / left)


def fees(story: Story, first: date, last: date) -> Iterator[Fraction]:
    """Each month's fee between two days; a part of a month by its days."""
    day = story.start
    while day <= story.end:
        days = monthrange(day.year, day.month)[1]
        end = min(day.replace(day=days), story.end)

        def share(until: date, start: date = day, of: int = days) -> Fraction:
            part = (story.fee or ZERO) * ((until - start).days + 1) / of
            return halves(part, story.currency, even=story.even)

        if day <= last and first <= end:
            to = share(min(end, last))
            yield to - (share(first - timedelta(days=1)) if first > day else ZERO)
        day = end + timedelta(days=1)


BESIDE_A_PRICE = ("time", "overage", "expenses", "nte_adjustment")
PREPAID = ("down_payment", "down_payment_applied")


def recognized(story: Story, until: date) -> Fraction:
    """Everything that was earned until the evening of a day."""
    told = [(kind, amount) for day, kind, amount in story.lines if day <= until]
    if story.method == INVOICE:
        beside = sum((amount for kind, amount in told if kind not in PREPAID), ZERO)
    else:
        beside = sum((amount for kind, amount in told if kind in BESIDE_A_PRICE), ZERO)
    back = sum((a for day, a in story.given_back if day <= until), ZERO)
    return promised(story, until) + beside - back


def promised(story: Story, until: date) -> Fraction:
    """What is earned of a fixed promise itself; never more than its price."""
    if story.method == INVOICE:
        return ZERO
    if story.fee is not None:
        return sum(fees(story, date.min, until), ZERO)
    price = price_on(story, until)
    done = [amount for day, amount in story.accepted if day <= until]
    if story.method == OUTPUT:
        return min(price, sum(done, ZERO))
    if story.method == DELIVERY:
        return price if story.deliveries and len(done) == story.deliveries else ZERO
    return min(price, by_progress(story, until))


def loss_to_come(story: Story, until: date) -> Fraction:
    """What of the loss of the whole contract is not borne yet, whatever measures its revenue."""
    if story.price is None:
        return ZERO
    price, cost = price_on(story, until), story.estimate or ZERO
    if story.method != HOURS:
        cost += sum((c.effort for c in story.changes if c.day <= until), ZERO)
    done, whole = promised(story, until), price
    if story.method in (COST, HOURS):
        done, whole = effort_done(story, until), effort_in_the_end(story, until)
    left = 1 - min(Fraction(1), done / whole) if whole > 0 else Fraction(1)
    return story.rounded(max(ZERO, cost - price) * left)


def billed(story: Story, until: date) -> Fraction:
    """What was invoiced less what was credited."""
    return sum((a for day, a in story.billed if day <= until), ZERO)


def backlog(story: Story, until: date) -> Fraction | None:
    """What is signed and in force and not earned yet."""
    if story.start > until:
        return ZERO
    if story.fee is not None:
        return sum(fees(story, until + timedelta(days=1), date.max), ZERO)
    spent = sum((a for day, kind, a in story.lines if day <= until and kind == "expenses"), ZERO)
    counted = recognized(story, until) - (ZERO if story.expenses_in_cap else spent)
    most = story.cap if story.method == INVOICE else price_on(story, until)
    return None if most is None else max(ZERO, most - counted)
