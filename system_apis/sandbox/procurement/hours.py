"""Contractors' hours as procurement is told of them: a batch of one number once."""

import msgspec
from msgspec import Struct

from system_apis.sandbox.books import Books, Shelf
from system_apis.sandbox.exchange import Answer, Call, Route, texts
from system_apis.sandbox.procurement.listing import wrong


class HoursLine(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """Hours of a contractor on a project."""

    supplier_number: str | None
    worker: str
    project: str
    hours: str


class HoursBatch(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """Contractors' hours of a month."""

    id: str
    account_type: str
    start_date: str
    end_date: str
    lines: tuple[HoursLine, ...]


class ContractorHours:
    """The batches of hours of one procurement system."""

    def __init__(self, books: Books) -> None:
        self._batches = Shelf(books, "contractor_hours", HoursBatch, (), announced=False)

    def routes(self) -> list[Route]:
        """Return the address of hours."""
        return [
            Route("record_contractor_hours", "POST", "/api/contractor_hours", self._record),
        ]

    def _record(self, call: Call) -> Answer:
        wish = call.read(HoursBatch)
        there = self._batches.get(wish.id)
        if there and msgspec.json.encode(there.record) != msgspec.json.encode(wish):
            raise wrong("batch-number", "has already been taken")
        if not there:
            self._batches.put(wish.id, wish, call.now)
        return Answer(body=texts(wish), status=200 if there else 201, record=wish.id)
