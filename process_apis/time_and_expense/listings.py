"""The lists of what was handed in: hours or expenses, of everybody or of one person."""

from datetime import date
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import exists

from process_apis.listing import Listing, Whose, recorded
from process_apis.time_and_expense.records import HandedIn, RowStatus
from process_apis.time_and_expense.tables import handed_in
from system_apis.canonical.attendance import require_order

_rows = handed_in.c


class RowKind(StrEnum):
    """What is handed in."""

    ENTRY = "entry"
    EXPENSE = "expense"


class Asked(Struct, frozen=True, kw_only=True):
    """Which rows somebody wants to see; what is not said lets every one through.

    Raises `WrongField` for days that end before they start.
    """

    employee: str | None
    start: date | None
    end: date | None
    status: RowStatus | None

    def __post_init__(self) -> None:
        require_order(self.start, self.end)


def listing_of(kind: RowKind, asked: Asked) -> Listing[HandedIn]:
    """Return the list of the last versions of some rows, in the order of their days."""
    newer = handed_in.alias()
    followed = exists().where(newer.c.id == _rows.id, newer.c.version > _rows.version)
    found: Listing[HandedIn] = Listing(
        name=kind, order=(_rows.day, _rows.id), read=recorded(HandedIn), wanted=(~followed,)
    )
    if asked.employee is None:
        found = found.where(_rows.kind == kind)
    else:
        # One person's days are few: they are found by the person, and looked at for the rest.
        own = found.where(_rows.employee == asked.employee, _rows.kind + "" == kind)
        found = replace(own, whose=Whose.BESIDE)
    if asked.start is not None:
        found = found.where(_rows.day >= asked.start)
    if asked.end is not None:
        found = found.where(_rows.day <= asked.end)
    return found if asked.status is None else found.where(_rows.status == asked.status)
