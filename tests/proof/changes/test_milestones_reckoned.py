"""What hangs on a milestone's day, told day by day as a calendar shows it."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import NamedTuple

from msgspec.structs import replace

from process_apis.change_requests.consequences.facts import MilestoneFacts, Ordered
from process_apis.change_requests.consequences.milestone import milestone_plan
from process_apis.change_requests.records import Action, MilestonePlan
from system_apis.canonical.billing import PostingTerms
from system_apis.canonical.contracts import MilestoneTerms, TaxTerms
from system_apis.canonical.money import Money, Price, Rounding
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.team import Booking
from tests.firms.amounts import halves
from tests.process_apis.changing import COMPANY, JUDGED, booked, moved_to, ordered, period
from tests.proof.revenue.drawn import CURRENCIES, an_amount
from tests.proof.revenue.told import number
from tests.proof.seeds import Case, from_each_seed, holds

STARTS = ("01-01", "04-01", "07-01", "10-06")
DAY = timedelta(days=1)


class Hired(NamedTuple):
    """An order of a contractor's hours: how many, worked, at what, until when."""

    hours: int
    worked: int
    rate: Fraction
    total: Fraction
    end: date


class Booked(NamedTuple):
    """Somebody's share of each day."""

    who: str
    percent: int
    start: date
    end: date
    ours: bool


class Moved(NamedTuple):
    """A milestone that moves, and all that hangs on it."""

    currency: str
    even: bool
    amount: Fraction
    tax: Fraction
    before: date
    after: date
    terms: int
    year: str
    needed: int
    holidays: tuple[date, ...]
    orders: tuple[Hired, ...]
    bookings: tuple[Booked, ...]


def _drawn(chance: Random) -> Case:
    currency = chance.choice(CURRENCIES)
    before = date(2026, 11, 30) + timedelta(days=chance.randint(-60, 60))
    after = before + timedelta(days=chance.choice((chance.randint(-12, 12), chance.randint(1, 90))))

    def near(earliest: int, latest: int) -> date:
        return before + timedelta(days=chance.randint(earliest, latest))

    orders = []
    for _ in range(chance.randint(0, 3)):
        hours, rate = chance.randint(1, 200), Fraction(chance.randint(1, 20_000), 100)
        end = chance.choice((before, near(-10, 20)))
        own = halves(hours * rate, currency, even=chance.random() < 0.5)
        others = an_amount(chance, currency)
        orders.append(Hired(hours, chance.randint(0, 220), rate, own + others, end))
    bookings = []
    for at in range(chance.randint(0, 4)):
        start = near(-40, 10)
        end = chance.choice((before, start + timedelta(days=chance.randint(0, 60))))
        who, ours = f"E{at % 2}", chance.random() < 0.6
        bookings.append(Booked(who, chance.randint(1, 12) * 10, min(start, end), end, ours))
    moved = Moved(
        currency=currency,
        even=chance.random() < 0.5,
        amount=an_amount(chance, currency),
        tax=chance.choice((Fraction(0), Fraction(19, 100), Fraction(77, 1000), Fraction(1, 20))),
        before=before,
        after=after,
        terms=chance.choice((0, 14, 30, 45)),
        year=chance.choice(STARTS),
        needed=chance.randint(0, 400),
        holidays=tuple(sorted({near(-20, 90) for _ in range(chance.randint(0, 4))})),
        orders=tuple(orders),
        bookings=tuple(bookings),
    )
    return (moved,)


def _facts(moved: Moved) -> MilestoneFacts:
    told = moved_to(moved.after, hours=str(moved.needed))
    money = Money.of(number(moved.amount), moved.currency)
    agreed = replace(
        told.contract,
        currency=moved.currency,
        payment_terms_days=moved.terms,
        tax=TaxTerms("S", number(moved.tax)),
    )
    rounding = Rounding.HALF_EVEN if moved.even else Rounding.HALF_UP
    return replace(
        told,
        contract=agreed,
        milestone=MilestoneTerms("M2", money, moved.before),
        company=_company(moved),
        fiscal_year_start=moved.year,
        posting=PostingTerms(rounding),
        period_before=period(moved.before),
        period_after=period(moved.after),
        orders=tuple(_ordered(moved, each, at) for at, each in enumerate(moved.orders)),
        bookings=tuple(_booking(each, at) for at, each in enumerate(moved.bookings)),
    )


def _company(moved: Moved) -> LegalEntity:
    return replace(COMPANY, holidays=frozenset(moved.holidays))


def _ordered(moved: Moved, hired: Hired, at: int) -> Ordered:
    told = ordered()
    line = replace(
        told.line,
        quantity=Decimal(hired.hours),
        rate=Price(f"{number(hired.rate):f}", moved.currency),
        amount=Money.of(number(_own(moved, hired)), moved.currency),
        end=hired.end,
        start=None,
    )
    return replace(
        told,
        number=f"PO-{at}",
        total=Money.of(number(hired.total), moved.currency),
        line=line,
        worked=Decimal(hired.worked),
        rate_of_currency=Decimal(1),
    )


def _own(moved: Moved, hired: Hired) -> Fraction:
    return halves(hired.hours * hired.rate, moved.currency, even=moved.even)


def _booking(each: Booked, at: int) -> Booking:
    project = "" if each.ours else "P-OTHER"
    found = booked(each.who, str(each.percent), each.start, each.end, project=project)
    return replace(found, id=f"bk_{at}")


def _plan(moved: Moved) -> MilestonePlan:
    return milestone_plan(_facts(moved), JUDGED)


def _works(moved: Moved, day: date) -> bool:
    return day.isoweekday() < 6 and day not in moved.holidays


def _year(day: date, starts: str) -> int:
    """Count fiscal years by walking back to the last first day of one."""
    while f"{day:%m-%d}" != starts:
        day -= DAY
    return day.year


def _quarter(day: date, starts: str) -> tuple[int, int]:
    """Count a fiscal year's quarters by walking back to its first day, month by month."""
    firsts, month = 0, starts[3:]
    year = _year(day, starts)
    while f"{day:%m-%d}" != starts:
        firsts += f"{day:%d}" == month
        day -= DAY
    return year, firsts // 3


@from_each_seed
def test_days_cash_and_notice_are_as_the_calendar_shows(seed: int) -> None:
    """With tax, on its terms, over years and quarters of the firm's own, in working days."""

    def promise(moved: Moved) -> None:
        found = _plan(moved).figures
        tax = halves(moved.amount * moved.tax, moved.currency, even=moved.even)
        due = [day + timedelta(days=moved.terms) for day in (moved.before, moved.after)]
        way = -1 if moved.after < moved.before else 1
        first, last = sorted((moved.before, moved.after))
        between = [first + n * DAY for n in range(1, (last - first).days + 1)]
        told_by, left = first, 5
        while left:
            told_by -= DAY
            left -= _works(moved, told_by)

        assert Fraction(found.gross.amount) == moved.amount + tax
        assert [found.due_before, found.due_after] == due
        assert found.cash_crosses_month == (f"{due[0]:%Y-%m}" != f"{due[1]:%Y-%m}")
        years = [_year(each, moved.year) for each in due]
        assert found.cash_crosses_fiscal_year == (years[0] != years[1])
        quarters = [_quarter(each, moved.year) for each in due]
        assert found.cash_crosses_quarter == (quarters[0] != quarters[1])
        assert found.working_days_added == way * sum(_works(moved, each) for each in between)
        assert found.client_notice_by == told_by

    holds(promise, _drawn, seed=seed, times=600)


@from_each_seed
def test_orders_take_the_hours_that_are_needed(seed: int) -> None:
    """First what is left of each, the rest on the last; above a tenth they are approved anew."""

    def promise(moved: Moved) -> None:
        found = {each.number: each for each in _plan(moved).figures.orders}
        going = [(at, each) for at, each in enumerate(moved.orders) if each.end >= moved.before]
        room = sum(max(0, each.hours - each.worked) for _, each in going)
        short = max(0, moved.needed - room)
        for place, (at, each) in enumerate(going):
            hours = short if place == len(going) - 1 else 0
            change = found.pop(f"PO-{at}", None)
            if not hours and each.end >= moved.after:
                assert change is None
                continue
            assert change is not None
            more = halves((each.hours + hours) * each.rate, moved.currency, even=moved.even)
            more -= _own(moved, each)
            assert Fraction(change.amount_added.amount) == more
            assert Fraction(change.total_after.amount) == each.total + more
            tiers = [_tier(each.total), _tier(each.total + more)]
            above = each.total > 0 and more / each.total > Fraction(1, 10)
            assert change.needs_reapproval == (tiers[0] != tiers[1] or above)
            assert len(change.approvers) == tiers[1]
            assert change.end_after == max(each.end, moved.after)
        assert not found

    holds(promise, _drawn, seed=seed, times=600)


def _tier(amount: Fraction) -> int:
    """Count who approves an order: the project manager, procurement, finance, the CFO."""
    return 1 + (amount > 5_000) + (amount > 25_000) + (amount > 100_000)


@from_each_seed
def test_who_is_booked_too_much_is_told_day_by_day(seed: int) -> None:
    """Everybody whose work ends with the milestone goes on until the new day."""

    def promise(moved: Moved) -> None:
        found = {
            (each.employee, day): int(each.percent)
            for each in _plan(moved).figures.over_allocated
            for day in _days(each.start, each.end)
            if _works(moved, day)
        }
        assert found == _too_much(moved)

    holds(promise, _drawn, seed=seed, times=600)


def _too_much(moved: Moved) -> dict[tuple[str, date], int]:
    going = [b for b in moved.bookings if b.ours and b.end == moved.before]
    if moved.after <= moved.before:
        return {}
    told: dict[tuple[str, date], int] = {}
    for who in {each.who for each in going}:
        for day in _days(moved.before + DAY, moved.after):
            mine = [b for b in moved.bookings if b.who == who]
            held = sum(
                b.percent for b in mine if b.start <= day <= (moved.after if b in going else b.end)
            )
            if _works(moved, day) and held > 100:
                told[who, day] = held
    return told


def _days(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


@from_each_seed
def test_only_what_is_near_and_within_its_period_moves_by_itself(seed: int) -> None:
    """Ten days in the same month, with nobody and no order in the way; else people decide."""

    def promise(moved: Moved) -> None:
        plan = _plan(moved)
        near = abs((moved.after - moved.before).days) <= 10
        near = near and f"{moved.before:%Y-%m}" == f"{moved.after:%Y-%m}"
        money = [each for each in plan.consequences if each.code == "EVENT_MOVES"]

        assert [each.action is Action.AUTO for each in money] == [near]
        assert not plan.applies_by_itself or (near and not plan.figures.orders)

    holds(promise, _drawn, seed=seed, times=300)
