"""Pages of a list: a cursor says where one ends, and fits no other list."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from governance.compact_token import decoded, encoded

Named = Annotated[str, Meta(pattern=r"\A[\x20-\x7e]{0,255}\Z")]
T = TypeVar("T")


class NoSuchPage(Exception):
    """A cursor leads to no page of the list that is asked for."""


class Place(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a list is ordered by, as the last item of a page has it; its tag names the list."""


class MomentPlace(Place, frozen=True):
    """A place in a list that is ordered by time."""

    at: datetime

    def __post_init__(self) -> None:
        if self.at.utcoffset() != timedelta(0):
            raise ValueError("a place is in UTC")


P = TypeVar("P", bound=Place)


def page_of(
    found: Sequence[T], most: int, place: Callable[[T], Place]
) -> tuple[list[T], str | None]:
    """Return a page of what was found, and its cursor if more than fits was found."""
    shown = list(found[:most])
    return shown, cursor_at(place(shown[-1])) if len(found) > most else None


def cursor_at(place: Place) -> str:
    """Return the cursor that asks for what follows a place."""
    return encoded(msgspec.json.encode(place))


def place_at(cursor: str | None, kind: type[P]) -> P | None:
    """Return where a page begins, nothing for the first, or raise `NoSuchPage`."""
    if cursor is None:
        return None
    try:
        return msgspec.json.decode(decoded(cursor), type=kind)
    except (ValueError, msgspec.MsgspecError) as error:
        raise NoSuchPage from error
