"""Tryton's change feed: it has none, so its records are asked when they last changed.

A record's time is when its transaction began, so it may turn up after a later one did.
Every question reaches back by `OVERLAP`; what was told at or before the asked sequence is
left out while this program runs, and may be told again after a restart, same version.
"""

from datetime import UTC, datetime, timedelta
from typing import ClassVar

from msgspec import Struct

from system_apis.canonical.record import Change
from system_apis.tryton.books import Books
from system_apis.tryton.clients import Clients
from system_apis.tryton.on_account import held
from system_apis.tryton.postings import BILLS, CREDITS, OUTGOING
from system_apis.tryton.values import Moment, Told
from system_apis.tryton.wire import Domain

OVERLAP = timedelta(minutes=2)
PAGE = 200
_STAMPS = ("create_date", "write_date")


class _Client(Told, frozen=True, kw_only=True):
    model: ClassVar[str] = "party.party"
    fields: ClassVar[tuple[str, ...]] = _STAMPS


class _Invoice(Told, frozen=True, kw_only=True):
    model: ClassVar[str] = "account.invoice"
    fields: ClassVar[tuple[str, ...]] = _STAMPS


class _Payment(Told, frozen=True, kw_only=True):
    model: ClassVar[str] = "account.move"
    fields: ClassVar[tuple[str, ...]] = _STAMPS


Stamped = _Client | _Invoice | _Payment
Watched = tuple[str, type[Stamped], list[object]]
_FIRST = 86_400.0


class _Place(Struct, frozen=True):
    """Where in our sequence a record's change was told."""

    changed_at: datetime
    sequence: int


class Feed:
    """What changed in Tryton, told in the order of its own sequence numbers (microseconds)."""

    def __init__(self, books: Books, clients: Clients) -> None:
        self._books = books
        self._clients = clients
        self._told: dict[tuple[str, int], _Place] = {}

    async def after(self, sequence: int) -> list[Change]:
        """Return the changes after a sequence number, a page at most."""
        since = datetime.fromtimestamp(max(sequence / 1_000_000, _FIRST), UTC) - OVERLAP
        fresh: list[tuple[str, Stamped]] = []
        for watched in await self._watched():
            fresh += await self._fresh(watched, since, sequence)
        fresh.sort(key=lambda each: (each[1].changed_at, each[0], each[1].id))
        changes = []
        for kind, record in fresh[:PAGE]:
            sequence = max(sequence + 1, record.version)
            self._told[kind, record.id] = _Place(record.changed_at, sequence)
            (id_,) = await self._books.references.ids_of(kind, [str(record.id)])
            changes.append(Change(sequence, kind, id_, record.version, record.changed_at))
        self._forget()
        return changes

    async def _watched(self) -> list[Watched]:
        where = await held(self._books)
        return [
            ("client", _Client, await self._clients.domain()),
            ("invoice", _Invoice, self._books.own(OUTGOING, BILLS)),
            ("credit_note", _Invoice, self._books.own(OUTGOING, CREDITS)),
            ("payment", _Payment, self._books.own(*where.receipts())),
        ]

    async def _fresh(
        self, watched: Watched, since: datetime, sequence: int
    ) -> list[tuple[str, Stamped]]:
        kind, model, domain = watched
        stamp = Moment.of(since)
        written: Domain = [*domain, ["write_date", ">", stamp]]
        created: Domain = [*domain, ["write_date", "=", None], ["create_date", ">", stamp]]
        fresh: list[tuple[str, Stamped]] = []
        for wanted, order in ((written, "write_date"), (created, "create_date")):
            found, offset, full = 0, 0, True
            while full and found < PAGE:
                page = await self._books.wire.search(
                    model, wanted, order=order, limit=PAGE, offset=offset
                )
                new = [(kind, each) for each in page if not self._was_told(kind, each, sequence)]
                fresh += new
                found, offset, full = found + len(new), offset + PAGE, len(page) == PAGE
        return fresh

    def _was_told(self, kind: str, record: Stamped, sequence: int) -> bool:
        place = self._told.get((kind, record.id))
        return (
            place is not None
            and place.changed_at == record.changed_at
            and place.sequence <= sequence
        )

    def _forget(self) -> None:
        """Keep what the next questions reach back to, and no more."""
        newest = max((each.changed_at for each in self._told.values()), default=None)
        if newest:
            old = newest - 2 * OVERLAP
            self._told = {key: place for key, place in self._told.items() if place.changed_at > old}
