"""Which days can be meant by what is handed in: no rule is asked about others."""

from datetime import date

from governance.wrong_field import WrongField
from process_apis.time_and_expense.records import EntryWish, Wish

FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)
LONGEST_TRIP = 366


def require_days(wish: Wish) -> None:
    """Raise `WrongField` for a day, or a trip, that cannot be meant."""
    if isinstance(wish, EntryWish):
        require_day("work_date", wish.work_date)
        return
    require_day("date", wish.date)
    if wish.trip is not None and (wish.trip.end - wish.trip.start).days >= LONGEST_TRIP:
        raise WrongField("trip", f"a trip is of {LONGEST_TRIP} days at most; hand in each part")


def require_day(field: str, day: date) -> None:
    """Raise `WrongField` for a day that nobody works or spends on."""
    if not FIRST <= day <= LAST:
        raise WrongField(field, f"name a day from {FIRST} to {LAST}")


def require_come(field: str, day: date, today: date) -> None:
    """Raise `WrongField` for a day that has not come where the company is."""
    if day > today:
        raise WrongField(field, f"{day} has not come: claim it once it is spent")
