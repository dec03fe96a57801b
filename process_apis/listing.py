"""Lists of what we keep, a page at a time: read by an index, in their order, and no further."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Generic, TypeVar  # Any: a row is of whatever table a list is of

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    Integer,
    Row,
    literal,
    select,
    true,
    tuple_,
)

from governance.pages import MomentPlace, Named, NoSuchPage, Place, page_of, place_at
from store.columns import Instant

PAGE = 200
R = TypeVar("R")
Key = tuple[date | datetime | int | str, ...]
_Number = Annotated[int, Meta(ge=0, le=2**63 - 1)]  # what a column of whole numbers can hold
Read = Callable[[Connection, Sequence[Row[Any]]], list[R]]


class Whose(StrEnum):
    """Whose rows a list has: each company's are read apart, where its index begins with them.

    Of a list of so few rows that no index needs it (one person's), the companies are looked at
    `beside`; what is nobody's own is `everybody`'s.
    """

    EACH = "each"
    EACH_AND_NONE = "each_and_none"
    BESIDE = "beside"
    EVERYBODY = "everybody"


class RowPlace(Place, frozen=True, tag="row"):
    """Where a page of a list of ours ends: what its last row is ordered by, as texts."""

    of: Named
    key: Annotated[tuple[Named, ...], Meta(max_length=4)]


class Listing(Struct, Generic[R], frozen=True, kw_only=True):
    """A list of a table's rows: which columns it is ordered by, and how a row is read.

    An index begins with what is `wanted`, the part and the company, and goes on as the list is
    ordered, so that a page costs the same however much there is by now.
    """

    name: str
    order: tuple[Column[Any], ...]
    read: Read[R]
    wanted: tuple[ColumnElement[bool], ...] = ()
    parts: tuple[ColumnElement[bool], ...] = (true(),)
    whose: Whose = Whose.EACH

    def where(self, *wanted: ColumnElement[bool]) -> "Listing[R]":
        """Return a part of the list, in the same order."""
        return replace(self, wanted=(*self.wanted, *wanted))

    def after(self, cursor: str | None) -> Key | None:
        """Return behind which row a page begins, or raise `NoSuchPage`."""
        place = place_at(cursor, RowPlace)
        if place is None:
            return None
        if place.of != self.name or len(place.key) != len(self.order):
            raise NoSuchPage
        return tuple(map(_value, self.order, place.key))

    def place(self, key: Key) -> RowPlace:
        """Return where a page ends whose last row has a key."""
        return RowPlace(self.name, tuple(map(_text, key)))

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
        whose = self._whose(sorted(companies))
        while len(found) <= most:
            rows = self._following(connection, whose, after, most + 1)
            read = zip(rows, self.read(connection, rows), strict=True)
            found += [(self._key(row), one) for row, one in read if sees(one)]
            if len(rows) <= most:
                break
            after = self._key(rows[-1])
        shown, cursor = page_of(found, most, lambda last: self.place(last[0]))
        return [record for _, record in shown], cursor

    def _whose(self, companies: Sequence[str]) -> list[ColumnElement[bool]]:
        """Return the companies that are asked for, each for itself where an index begins so."""
        if self.whose is Whose.EVERYBODY:
            return [true()]
        code = self.order[0].table.c.legal_entity
        if self.whose is Whose.BESIDE:
            return [(code + "").in_(companies)]
        none = [code.is_(None)] if self.whose is Whose.EACH_AND_NONE else []
        return [*(code == each for each in companies), *none]

    def _following(
        self,
        connection: Connection,
        whose: Sequence[ColumnElement[bool]],
        after: Key | None,
        most: int,
    ) -> list[Row[Any]]:
        """Return the rows that follow a place; of each company no more are read than are wanted."""
        query = select(self.order[0].table).where(*self.wanted).order_by(*self.order).limit(most)
        if after is not None:
            place = (literal(each, of.type) for each, of in zip(after, self.order, strict=True))
            query = query.where(tuple_(*self.order) > tuple_(*place))
        found = [
            row
            for part in self.parts
            for ours in whose
            for row in connection.execute(query.where(part, ours))
        ]
        return sorted(found, key=self._key)[:most]

    def _key(self, row: Row[Any]) -> Key:
        return tuple(row._mapping[each] for each in self.order)


def recorded(kind: type[R]) -> Read[R]:
    """Return how rows are read whose records are kept as they are."""

    def read(_: Connection, rows: Sequence[Row[Any]]) -> list[R]:
        return [msgspec.json.decode(row.record, type=kind) for row in rows]

    return read


def _text(value: date | datetime | int | str) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _value(column: Column[Any], text: str) -> date | datetime | int | str:
    """Return what a column has that was said as a text, or raise `NoSuchPage`."""
    try:
        match column.type:
            case Instant():
                return MomentPlace(datetime.fromisoformat(text)).at
            case Date():
                return date.fromisoformat(text)
            case Integer():
                return msgspec.convert(int(text), _Number)
            case _:
                return text
    except (ValueError, OverflowError) as error:
        raise NoSuchPage from error
