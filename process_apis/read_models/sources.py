"""The systems that read models are of, as far as they are read for them."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from msgspec import Struct

from governance.access import Caller
from system_apis.canonical.record import Page
from system_apis.canonical.time import TimeEntry
from system_apis.errors import NotFound, Refused, Unreadable

NAME = "process:read-models"


class HoursTold(Protocol):
    """A system that has people's hours."""

    async def entries_with(self, *, ids: Sequence[str]) -> list[TimeEntry]:
        """Return the entries with these ids of ours, but for those that are gone."""

    async def worked(
        self, *, legal_entity: str, start: date, end: date, cursor: str | None = None
    ) -> Page[TimeEntry]:
        """Return what a company's people worked in start..end, a page at a time."""


class HoursSource(Struct, frozen=True):
    """A system that has the hours of some companies' people."""

    psa: HoursTold
    entities: frozenset[str]

    @property
    def reader(self) -> Caller:
        """Who reads it for the models: nobody who may see what people cost."""
        return Caller(
            subject=NAME,
            client_id=NAME,
            scopes=frozenset({"system:psa:read"}),
            entities=self.entities,
        )


class Looked(Struct, frozen=True):
    """What a system shows of records that were looked for."""

    found: tuple[TimeEntry, ...]
    unreadable: frozenset[str]


async def look(psa: HoursTold, ids: Sequence[str]) -> Looked:
    """Read entries at once; where one cannot be read, each by itself, so that it is only that."""
    try:
        return Looked(tuple(await psa.entries_with(ids=ids)), frozenset())
    except (Unreadable, Refused, NotFound):
        return await _one_by_one(psa, ids)


async def _one_by_one(psa: HoursTold, ids: Sequence[str]) -> Looked:
    found: list[TimeEntry] = []
    unreadable: set[str] = set()
    for one in ids:
        try:
            found += await psa.entries_with(ids=[one])
        except (Unreadable, Refused):
            unreadable.add(one)
        except NotFound:
            continue
    return Looked(tuple(found), frozenset(unreadable))
