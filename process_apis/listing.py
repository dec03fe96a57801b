"""Lists of what we keep, a page at a time: read by an index, in their order, and no further."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Generic, TypeVar  # Any: a row is of whatever table a list is of

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Column, ColumnElement, Connection, Date, Row, Table, literal, select, tuple_

from governance.pages import MomentPlace, Named, NoSuchPage, Place, page_of, place_at

PAGE = 200
R = TypeVar("R")
Key = tuple[date | datetime, str]
Read = Callable[[Connection, Sequence[Row[Any]]], list[R]]


class DayPlace(Place, frozen=True, tag="day"):
    """Where a page of a list that is ordered by days ends: the day and id of its last record."""

    at: date
    id: Named
    of: Named


class InstantPlace(MomentPlace, frozen=True, tag="moment"):
    """Where a page of a list that is ordered by moments ends."""

    id: Named
    of: Named


class Listing(Struct, Generic[R], frozen=True, kw_only=True):
    """A list of a table's records, by a column that says when and by their ids.

    An index begins with what is `wanted` and the company and goes on as the list is ordered, so
    that a page costs the same however much there is by now. `of_none` lists what is of no
    company beside what is of some.
    """

    name: str
    table: Table
    by: Column[Any]
    key: Column[Any]
    read: Read[R]
    wanted: tuple[ColumnElement[bool], ...] = ()
    of_none: bool = False

    @property
    def is_of_days(self) -> bool:
        """Whether it is ordered by days, and not by moments."""
        return isinstance(self.by.type, Date)

    def where(self, *wanted: ColumnElement[bool]) -> "Listing[R]":
        """Return a part of the list, in the same order."""
        return replace(self, wanted=(*self.wanted, *wanted))

    def after(self, cursor: str | None) -> Key | None:
        """Return behind which record a page begins, or raise `NoSuchPage`."""
        place: DayPlace | InstantPlace | None
        place = place_at(cursor, DayPlace) if self.is_of_days else place_at(cursor, InstantPlace)
        if place is None:
            return None
        if place.of != self.name:
            raise NoSuchPage
        return place.at, place.id

    def page(
        self,
        connection: Connection,
        companies: Iterable[str],
        sees: Callable[[R], bool],
        *,
        after: Key | None = None,
        most: int = PAGE,
    ) -> tuple[list[R], str | None]:
        """Return what follows a place of what is to be seen of some companies, and its cursor."""
        found: list[tuple[Key, R]] = []
        codes = [*sorted(companies), *([None] if self.of_none else [])]
        while len(found) <= most:
            keys = self._following(connection, codes, after, most + 1)
            found += [(key, one) for key, one in self._records(connection, keys) if sees(one)]
            if len(keys) <= most:
                break
            after = keys[-1]
        shown, cursor = page_of(found, most, lambda last: self.place(last[0]))
        return [record for _, record in shown], cursor

    def place(self, key: Key) -> Place:
        """Return where a page ends whose last record has a key."""
        at, last = key
        if isinstance(at, datetime):
            return InstantPlace(at=at, id=last, of=self.name)
        return DayPlace(at=at, id=last, of=self.name)

    def _following(
        self, connection: Connection, companies: Sequence[str | None], after: Key | None, most: int
    ) -> list[Key]:
        """Return the keys that follow a place; of each company no more are read than are wanted."""
        order = (self.by, self.key)
        query = select(*order).where(*self.wanted).order_by(*order).limit(most)
        if after is not None:
            at, last = after
            query = query.where(tuple_(*order) > tuple_(literal(at, self.by.type), last))
        found: list[Key] = []
        for company in companies:
            code = self.table.c.legal_entity
            ours = code.is_(None) if company is None else code == company
            found += [(row[0], row[1]) for row in connection.execute(query.where(ours))]
        return sorted(found)[:most]

    def _records(self, connection: Connection, keys: Sequence[Key]) -> Iterator[tuple[Key, R]]:
        """Yield the records of some keys in their order, but for what has left the list."""
        if not keys:
            return
        ids = [key for _, key in keys]
        query = select(self.table).where(self.key.in_(ids), *self.wanted)
        rows = connection.execute(query).all()
        read = zip(rows, self.read(connection, rows), strict=True)
        records = {row._mapping[self.key]: record for row, record in read}
        yield from ((key, records[key[1]]) for key in keys if key[1] in records)


def recorded(kind: type[R]) -> Read[R]:
    """Return how rows are read whose records are kept as they are."""

    def read(_: Connection, rows: Sequence[Row[Any]]) -> list[R]:
        return [msgspec.json.decode(row.record, type=kind) for row in rows]

    return read
