"""Which months still take hours: until a day of the next one, and for some a while on.

A month is locked after the lock day of the next month; who may override hands in until the
override day. After that it is adjusted in an open month. Expenses come as late as their receipts
do, which E06 looks at.
"""

from collections.abc import Collection
from datetime import date
from enum import StrEnum

from process_apis.time_and_expense.rules.terms import LockTerms


class PeriodState(StrEnum):
    """Whether a month takes what is handed in."""

    OPEN = "open"
    GRACE = "grace"
    LOCKED = "locked"


def state_of(day: date, today: date, terms: LockTerms) -> PeriodState:
    """Return whether the month of a day takes what is handed in today."""
    if (day.year, day.month) >= (today.year, today.month):
        return PeriodState.OPEN
    month = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    if (today.year, today.month) != (month.year, month.month):
        return PeriodState.LOCKED
    if today.day <= terms.lock_day:
        return PeriodState.OPEN
    return PeriodState.GRACE if today.day <= terms.override_day else PeriodState.LOCKED


def takes(day: date, today: date, roles: Collection[str], terms: LockTerms) -> bool:
    """Whether somebody of these roles may hand in something of a day today."""
    state = state_of(day, today, terms)
    overrides = bool(terms.override_roles & set(roles))
    return state is PeriodState.OPEN or (state is PeriodState.GRACE and overrides)


def is_over(month: date, today: date, terms: LockTerms) -> bool:
    """Whether nothing of a month is handed in any more but as an adjustment."""
    return state_of(month, today, terms) is PeriodState.LOCKED
