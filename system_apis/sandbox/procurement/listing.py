"""How the procurement system lists and says no: bare arrays of at most 50, errors by field."""

from collections.abc import Sequence
from typing import TypeVar

from msgspec import Struct, structs

from system_apis.sandbox.books import Kept, Shelf
from system_apis.sandbox.exchange import Answer, Call, Refusal, texts
from system_apis.sandbox.procurement.records import (
    Invoice,
    PurchaseOrder,
    Receiving,
    Supplier,
)

R = TypeVar("R", Supplier, PurchaseOrder, Receiving, Invoice)
_LARGEST_PAGE = 50


class FieldErrors(Struct, frozen=True):
    """What is wrong, under the name of the field that it is wrong with."""

    errors: dict[str, list[str]]


def wrong(field: str, said: str, *, status: int = 422) -> Refusal:
    """Return a refusal that blames one field."""
    return Refusal(status, field, said)


def page(call: Call, shelf: Shelf[R], filters: dict[str, str]) -> Answer:
    """Return the page of a shelf that was asked for; `filters` name the query's parameters."""
    size, offset = _window(call)
    found = shelf.find(_equal(call, filters), offset=offset, limit=size)
    return Answer(body=texts([shown(each) for each in found]))


def page_of(call: Call, found: Sequence[Kept[R]]) -> Answer:
    """Return the page that was asked for of what was found."""
    size, offset = _window(call)
    return Answer(body=texts([shown(each) for each in found[offset : offset + size]]))


def filtered(call: Call, shelf: Shelf[R], filters: dict[str, str]) -> list[Kept[R]]:
    """Return everything that the filters leave."""
    return shelf.find(_equal(call, filters))


def one(call: Call, shelf: Shelf[R]) -> Answer:
    """Return one record, or refuse."""
    return answer(known(call, shelf))


def known(call: Call, shelf: Shelf[R]) -> Kept[R]:
    """Return the record that the address names, or refuse."""
    kept = shelf.get(call.path["id"])
    if kept is None:
        raise wrong("id", "could not be found", status=404)
    return kept


def answer(kept: Kept[R], *, status: int = 200) -> Answer:
    """Return one record as the system shows it."""
    return Answer(body=texts(shown(kept)), status=status, record=kept.record.id)


def shown(kept: Kept[R]) -> R:
    """Return a record with its version and the time of its last change."""
    return structs.replace(kept.record, row_version=kept.version, updated_at=kept.updated_at)


def _window(call: Call) -> tuple[int, int]:
    return min(call.number("limit", _LARGEST_PAGE), _LARGEST_PAGE), call.number("offset", 0)


def _equal(call: Call, filters: dict[str, str]) -> dict[str, str]:
    return {own: call.query[name] for name, own in filters.items() if name in call.query}
