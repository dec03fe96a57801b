"""Corrections: an entry that was billed is never changed, but reversed and entered anew."""

from decimal import Decimal

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Kept, Shelf
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route
from system_apis.sandbox.psa.listing import listed
from system_apis.sandbox.psa.records import TimeEntry

_PATH = "/api/v1/time_entries/{id}/corrections"
_DAY = 24 * 60


class NewCorrection(Struct, frozen=True, forbid_unknown_fields=True):
    """How many minutes an entry should have had."""

    time_in_minutes: Decimal
    notes: str


class Corrections:
    """The corrections of one PSA; an entry is corrected once, and then its correction is."""

    def __init__(self, books: Books, hours: Shelf[TimeEntry]) -> None:
        self._books = books
        self._hours = hours

    def routes(self) -> list[Route]:
        """Return the address of corrections."""
        return [Route("correct_time", "POST", _PATH, self._correct)]

    def _correct(self, call: Call) -> Answer:
        kept = self._hours.get(call.path["id"])
        if kept is None:
            raise Refusal(404, "not_found", f"no time entry {call.path['id']}")
        there, wish = kept.record, call.read(NewCorrection)
        if not 0 <= wish.time_in_minutes <= _DAY:
            raise Refusal(422, "invalid", "a day has 24 hours")
        if there.approval != "approved" or there.time_in_minutes <= 0:
            raise Refusal(422, "not_approved", f"{there.reference} is no approved entry")
        made = self._made(there)
        if not made:
            made = self._write(there, wish, call)
        elif _minutes(made) != wish.time_in_minutes:
            raise Refusal(409, "corrected", f"{there.reference} is corrected already")
        return listed(call, "time_entries", [_shown(each) for each in made])

    def _made(self, there: TimeEntry) -> list[Kept[TimeEntry]]:
        return self._hours.find({"adjusts": there.id})

    def _write(self, there: TimeEntry, wish: NewCorrection, call: Call) -> list[Kept[TimeEntry]]:
        wanted = [(-there.time_in_minutes, "R"), (wish.time_in_minutes, "C")]
        return [self._put(there, minutes, mark, call) for minutes, mark in wanted if minutes]

    def _put(self, there: TimeEntry, minutes: Decimal, mark: str, call: Call) -> Kept[TimeEntry]:
        entry = structs.replace(
            there,
            id=str(self._books.next("correction", start=900_001)),
            time_in_minutes=minutes,
            reference=f"{there.reference}-{mark}",
            adjusts=there.id,
            lock_version=0,
            updated_at="",
        )
        return self._hours.put(entry.id, entry, call.now)


def _minutes(made: list[Kept[TimeEntry]]) -> Decimal:
    """Return what an entry was corrected to."""
    minutes = (each.record.time_in_minutes for each in made)
    return sum((each for each in minutes if each > 0), start=Decimal(0))


def _shown(kept: Kept[TimeEntry]) -> TimeEntry:
    return structs.replace(kept.record, lock_version=kept.version, updated_at=kept.updated_at)
