"""The ERP's months: each is open in each subsidiary until somebody closes it."""

from calendar import monthrange
from datetime import date, datetime

import msgspec
from msgspec import Struct

from system_apis.sandbox.books import Books, Shelf
from system_apis.sandbox.erp.records import AccountingPeriod
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route


class PeriodList(Struct, frozen=True):
    """The periods that a date falls in: one, or none for a subsidiary that is not here."""

    items: list[AccountingPeriod]


class Periods:
    """The accounting periods of one ERP."""

    def __init__(self, books: Books, entities: frozenset[str]) -> None:
        self._entities = entities
        self._shelf = Shelf(books, "accountingPeriod", AccountingPeriod, (), announced=False)

    def routes(self) -> list[Route]:
        """Return the address of periods."""
        return [Route("fiscal_period", "GET", "/record/v1/accountingPeriod", self._on)]

    def closed(self, subsidiary: str, day: date) -> bool:
        """Whether a day's month is closed."""
        return self._period(subsidiary, day).closed

    def set(self, subsidiary: str, day: date, *, closed: bool, now: datetime) -> None:
        """Close a day's month, or open it again."""
        first, last = _month(day)
        period = AccountingPeriod(subsidiary, first, last, closed)
        self._shelf.put(f"{subsidiary}/{first:%Y-%m}", period, now)

    def _on(self, call: Call) -> Answer:
        subsidiary = call.query.get("subsidiary", "")
        try:
            day = date.fromisoformat(call.query.get("date", ""))
        except ValueError as error:
            raise Refusal(400, "INVALID_DATE", "date is no date") from error
        found = [self._period(subsidiary, day)] if subsidiary in self._entities else []
        return Answer(body=msgspec.json.encode(PeriodList(found)))

    def _period(self, subsidiary: str, day: date) -> AccountingPeriod:
        first, last = _month(day)
        kept = self._shelf.get(f"{subsidiary}/{first:%Y-%m}")
        return kept.record if kept else AccountingPeriod(subsidiary, first, last, closed=False)


def _month(day: date) -> tuple[date, date]:
    return day.replace(day=1), day.replace(day=monthrange(day.year, day.month)[1])
