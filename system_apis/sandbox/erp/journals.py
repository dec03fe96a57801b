"""The ERP's journal entries: posted at once, each as much in debit as in credit.

`externalId` can be searched for and is not unique.
"""

from datetime import date
from decimal import Decimal

from msgspec import Struct

from system_apis.sandbox.books import Books, Shelf
from system_apis.sandbox.erp import listing
from system_apis.sandbox.erp.numbering import Numbering
from system_apis.sandbox.erp.periods import Periods
from system_apis.sandbox.erp.records import EntryLine, JournalEntry
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route

_FILTERS = {"externalId": "external_id", "subsidiary": "subsidiary"}


class NewEntry(Struct, frozen=True, rename="camel", kw_only=True):
    """What an entry is posted from."""

    external_id: str
    subsidiary: str
    currency: str
    tran_date: date
    memo: str
    lines: tuple[EntryLine, ...]


class Journals:
    """The journal entries of one ERP."""

    def __init__(self, books: Books, periods: Periods) -> None:
        self._books, self._periods = books, periods
        # A company is known by the numbers of its sales documents.
        self._companies = Numbering(books, "sequence")
        self._entries = Shelf(
            books, "journalEntry", JournalEntry, tuple(_FILTERS.values()), announced=False
        )

    def routes(self) -> list[Route]:
        """Return the addresses of entries."""
        path = "/record/v1/journalEntry"
        return [
            Route("journals", "GET", path, self._all),
            Route("journal", "GET", f"{path}/{{id}}", self._one),
            Route("record_journal", "POST", path, self._post),
        ]

    def _all(self, call: Call) -> Answer:
        return listing.page(call, self._entries, _FILTERS)

    def _one(self, call: Call) -> Answer:
        return listing.one(call, self._entries)

    def _post(self, call: Call) -> Answer:
        wish = call.read(NewEntry)
        self._companies.known(wish.subsidiary)
        off = sum((each.debit - each.credit for each in wish.lines), Decimal(0))
        if off or not wish.lines:
            raise Refusal(400, "OUT_OF_BALANCE", f"Debits are {off} more than credits.")
        if self._periods.closed(wish.subsidiary, wish.tran_date):
            raise Refusal(400, "PERIOD_CLOSED", f"The period of {wish.tran_date} is closed.")
        count = self._books.next("journalEntry", start=9501)
        made = JournalEntry(
            id=str(count),
            transaction_number=f"JE-{wish.subsidiary}-{count}",
            external_id=wish.external_id,
            subsidiary=wish.subsidiary,
            currency=wish.currency,
            tran_date=wish.tran_date,
            memo=wish.memo,
            lines=wish.lines,
        )
        return listing.answer(self._entries.put(made.id, made, call.now), status=201)
