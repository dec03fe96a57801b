"""Fiscal periods in Tryton: the months of a company's books."""

from datetime import date
from typing import ClassVar

from msgspec import Struct

from system_apis.canonical.billing import FiscalPeriod
from system_apis.tryton.books import Books
from system_apis.tryton.values import Day
from system_apis.tryton.wire import Wire


class Period(Struct, frozen=True):
    """A month of a company's books."""

    model: ClassVar[str] = "account.period"
    fields: ClassVar[tuple[str, ...]] = ("state", "start_date", "end_date", "fiscalyear")

    id: int
    state: str
    start_date: Day
    end_date: Day
    fiscalyear: int

    @property
    def is_open(self) -> bool:
        """Whether documents may be posted in it."""
        return self.state == "open"

    def canonical(self, legal_entity: str) -> FiscalPeriod:
        """Say the same in our words."""
        return FiscalPeriod(legal_entity, self.start_date.value, self.end_date.value, self.is_open)


async def open_period(books: Books, company: int, on: date) -> Period:
    """Return the period that a date falls in, or raise `Refused` when none is open."""
    found = [each for each in await periods(books.wire, company, on) if each.is_open]
    if not found:
        raise books.refusal(f"no open period on {on}", "PERIOD_CLOSED")
    return found[0]


async def periods(wire: Wire, company: int, on: date) -> list[Period]:
    """Return the period that a date falls in, if the company's books have one."""
    day = Day.of(on)
    within = ["start_date", "<=", day], ["end_date", ">=", day]
    domain = [["company", "=", company], ["type", "=", "standard"], *within]
    return await wire.search(Period, domain)
