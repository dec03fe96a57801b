"""Numbers without gaps: each subsidiary's documents of a kind, in the order of their dates."""

from datetime import date, datetime

from msgspec import structs

from system_apis.sandbox.books import Books, Shelf
from system_apis.sandbox.erp.records import Sequence
from system_apis.sandbox.exchange import Refusal


class Numbering:
    """The numbers of one kind of document."""

    def __init__(self, books: Books, name: str) -> None:
        self._sequences = Shelf(books, name, Sequence, (), announced=False)

    def has(self, subsidiary: str) -> bool:
        """Whether a subsidiary's documents are numbered here."""
        return self._sequences.get(subsidiary) is not None

    def known(self, subsidiary: str) -> Sequence:
        """Return a subsidiary's sequence, or refuse one that is not here."""
        kept = self._sequences.get(subsidiary)
        if kept is None:
            raise Refusal(400, "INVALID_SUBSIDIARY", f"There is no {subsidiary} here.")
        return kept.record

    def take(self, subsidiary: str, day: date, now: datetime) -> str:
        """Return the subsidiary's next number, or refuse a day before the last document's."""
        sequence = self.known(subsidiary)
        last = sequence.last_date
        if last is not None and day < last:
            raise Refusal(400, "TRANDATE_BEFORE_LAST", f"{day} is before {last}, posted last.")
        moved = structs.replace(sequence, next=sequence.next + 1, last_date=day)
        self._sequences.put(subsidiary, moved, now)
        return f"{sequence.prefix}{sequence.next:04d}"
