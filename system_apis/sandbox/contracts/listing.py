"""How the contract system answers with a page of records, and tells one that it does not have."""

from typing import TypeVar

from msgspec import Struct

from system_apis.sandbox.books import Kept, Shelf
from system_apis.sandbox.exchange import Call, Refusal

R = TypeVar("R", bound=Struct)


def page_of(
    call: Call, shelf: Shelf[R], filters: dict[str, str]
) -> tuple[list[Kept[R]], str | None]:
    """Return the records that a call asks for by its filters, and the token of the next page."""
    equal = {own: call.query[name] for name, own in filters.items() if name in call.query}
    size, offset = call.number("pageSize", 50), call.number("pageToken", 0)
    found = shelf.find(equal, offset=offset, limit=size + 1)
    return found[:size], str(offset + size) if len(found) > size else None


def known(kept: Kept[R] | None, code: str, what: str) -> Kept[R]:
    """Return a record that is there, or refuse in the system's words."""
    if kept is None:
        raise Refusal(404, code, f"no {what}")
    return kept
