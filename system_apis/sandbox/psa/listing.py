"""How the PSA lists: references in order, the records by id beside them, pages by number."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from system_apis.sandbox.exchange import Answer, Call, Refusal, numbers

_LARGEST_PAGE = 200


class Listed(Protocol):
    """A record that has an id."""

    @property
    def id(self) -> str:
        """The PSA's id."""


class Reference(Struct, frozen=True):
    """Where in the reply a record stands."""

    key: str
    id: str


class Meta(Struct, frozen=True):
    """Which page this is, of how many."""

    count: int
    page_count: int
    page_number: int


class Error(Struct, frozen=True):
    """One reason why the PSA says no."""

    type: str
    message: str


class Errors(Struct, frozen=True):
    """Every reason why the PSA says no."""

    errors: tuple[Error, ...]


def listed(call: Call, key: str, records: Sequence[Listed]) -> Answer:
    """Return the page of records that was asked for, under their own key."""
    size = min(call.number("per_page", 20), _LARGEST_PAGE)
    page = call.number("page", 1)
    if size < 1 or page < 1:
        raise Refusal(422, "invalid", "pages begin at 1")
    meta = Meta(len(records), -(-len(records) // size), page)
    return Answer(body=listing(key, records[(page - 1) * size : page * size], meta))


def listing(key: str, records: Sequence[Listed], meta: Meta) -> bytes:
    """Return a reply with these records; the key of their place is their type's name."""
    return numbers(
        {
            "count": meta.count,
            "results": [Reference(key, each.id) for each in records],
            "meta": meta,
            key: {each.id: each for each in records},
        }
    )
