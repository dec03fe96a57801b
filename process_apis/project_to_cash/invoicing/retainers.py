"""The hours of a retainer: what a period includes, and what earlier ones left. Pure decisions.

Source: domain handbook 3(d): no rollover unless the contract says so, then with expiry. The
oldest hours are used first, so that as few as possible expire.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from process_apis.project_to_cash.invoicing.periods import hours_of, months
from process_apis.project_to_cash.invoicing.worked import COUNTED
from system_apis.canonical.contracts import Contract
from system_apis.canonical.time import TimeEntry


class RolloverTerms(Struct, frozen=True):
    """How long unused hours last where the contract does not say [P]."""

    months: int = 3
    version: int = 1


class PeriodHours(Struct, frozen=True):
    """What a period included, and what was worked in it."""

    start: date
    included: Decimal
    worked: Decimal


class Lot(Struct, frozen=True):
    """Hours that a period left unused; they expire together."""

    since: date
    hours: Decimal


def carried_into(start: date, earlier: Iterable[PeriodHours], for_months: int) -> tuple[Lot, ...]:
    """Return the unused hours of earlier periods that a period may still use, oldest first."""
    lots: list[Lot] = []
    for period in sorted(earlier, key=lambda each: each.start):
        usable = [each for each in lots if _lasts(each, period.start, for_months)]
        lots = _left([*usable, Lot(period.start, period.included)], period.worked)
    return tuple(each for each in lots if _lasts(each, start, for_months))


def _lasts(lot: Lot, start: date, for_months: int) -> bool:
    age = (start.year - lot.since.year) * 12 + start.month - lot.since.month
    return age <= for_months


def _left(lots: Sequence[Lot], worked: Decimal) -> list[Lot]:
    """Return what is left of lots when so many hours are taken from them, the first first."""
    left = []
    for lot in lots:
        taken = min(lot.hours, worked)
        worked -= taken
        if lot.hours > taken:
            left.append(Lot(lot.since, lot.hours - taken))
    return left


def carried(
    contract: Contract,
    start: date,
    entries: Sequence[TimeEntry],
    terms: RolloverTerms = RolloverTerms(),  # noqa: B008  a frozen default is no shared state
) -> Decimal:
    """Return the hours that a contract's period beginning at `start` has from earlier ones."""
    recurring = contract.recurring
    if recurring is None or not recurring.rollover or recurring.included_hours is None:
        return Decimal(0)
    earlier = [
        PeriodHours(
            first, hours_of(recurring.included_hours, first, last), _worked(entries, first, last)
        )
        for first, last in months(contract)
        if last < start
    ]
    lasting = terms.months if recurring.rollover_months is None else recurring.rollover_months
    lots = carried_into(start, earlier, lasting)
    return sum((each.hours for each in lots), start=Decimal(0))


def _worked(entries: Iterable[TimeEntry], first: date, last: date) -> Decimal:
    counted = (
        each.hours
        for each in entries
        if each.billable and each.status in COUNTED and first <= each.work_date <= last
    )
    return sum(counted, start=Decimal(0))
