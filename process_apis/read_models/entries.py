"""The systems that have people's hours, as far as they are read for the models."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from typing import Protocol

from msgspec import Struct
from sqlalchemy import Connection

from governance.access import Caller
from process_apis.read_models import rules
from process_apis.read_models.heard import Heard
from process_apis.read_models.keeping import Shelf
from process_apis.read_models.rules import Hours
from process_apis.read_models.sources import NAME, Looked
from system_apis.canonical.record import Page
from system_apis.canonical.time import TimeEntry
from system_apis.errors import NotFound, Refused, Unreadable

HOURS = "time_entry"
_EARLIEST = date(2000, 1, 1)  # nothing is recorded of days before


class HoursTold(Protocol):
    """A system that has people's hours."""

    async def entries_with(self, *, ids: Sequence[str]) -> list[TimeEntry]:
        """Return the entries with these ids of ours, but for those that are gone."""

    async def worked(
        self, *, legal_entity: str, start: date, end: date, cursor: str | None = None
    ) -> Page[TimeEntry]:
        """Return what a company's people worked in start..end, a page at a time."""


class Entries(Struct, frozen=True):
    """Some entries as their system shows them."""

    hours: tuple[Hours, ...]

    @property
    def versions(self) -> Mapping[str, int]:
        """The versions that they are of, by their ids."""
        return {each.id: each.version for each in self.hours}

    def apply(self, connection: Connection, instance: str, generation: int) -> None:
        """Keep what is news of what was told, in a generation."""
        Shelf(instance, generation).apply(connection, self.hours)

    def fill(self, connection: Connection, instance: str, generation: int) -> None:
        """Keep what was listed, unless something as new was told since."""
        Shelf(instance, generation).fill(connection, self.hours)


class HoursSource(Struct, frozen=True):
    """A system that has the hours of some companies' people."""

    psa: HoursTold
    entities: frozenset[str]

    @property
    def model(self) -> str:
        """What is kept of it."""
        return HOURS

    @property
    def record_types(self) -> frozenset[str]:
        """Of which of its records."""
        return frozenset({HOURS})

    @property
    def reader(self) -> Caller:
        """Who reads it for the models: nobody who may see what people cost."""
        return Caller(
            subject=NAME,
            client_id=NAME,
            scopes=frozenset({"system:psa:read"}),
            entities=self.entities,
        )

    def shelf(self, instance: str, generation: int) -> Shelf:
        """Return where a generation is kept."""
        return Shelf(instance, generation)

    async def look(self, heard: Mapping[str, Heard]) -> Looked:
        """Read entries at once; where one cannot be read, each by itself, so that it is only that.

        What is not to be seen is missing.
        """
        ids = sorted(heard)
        try:
            return Looked(_batch(await self.psa.entries_with(ids=ids)), frozenset())
        except (Unreadable, Refused, NotFound):
            return await self._one_by_one(ids)

    async def listed(self) -> AsyncIterator[Entries]:
        """Yield all entries there are, a page of a company at a time."""
        for entity in sorted(self.entities):
            page = Page[TimeEntry]([], "")
            cursor: str | None = None
            while page.next_cursor is not None:
                page = await self.psa.worked(
                    legal_entity=entity, start=_EARLIEST, end=date.max, cursor=cursor
                )
                cursor = page.next_cursor
                yield _batch(page.items)

    async def _one_by_one(self, ids: Sequence[str]) -> Looked:
        found: list[TimeEntry] = []
        unreadable: set[str] = set()
        for one in ids:
            try:
                found += await self.psa.entries_with(ids=[one])
            except (Unreadable, Refused):
                unreadable.add(one)
            except NotFound:
                continue
        return Looked(_batch(found), frozenset(unreadable))


def _batch(entries: Sequence[TimeEntry]) -> Entries:
    return Entries(tuple(rules.kept(each) for each in entries))
