"""A small PSA whose hours change, and the read model of it on a database of its own."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace
from sqlalchemy import select

from process_apis.read_models.entries import HoursSource
from process_apis.read_models.hours import Span, WorkedLine, summed
from process_apis.read_models.keeping import Shelf
from process_apis.read_models.tables import known_hours, worked_hours
from system_apis.canonical.record import Change, Page, Source
from system_apis.canonical.time import EntryStatus, TimeEntry
from system_apis.errors import Refused, TryAgain
from tests.proof.reading.model_world import AT, ModelWorld

PSA = "psa-1"
PEOPLE = frozenset({"E1", "E2", "E3"})
FIRST = date(2026, 9, 20)
_PAGE = 3


class HoursPsa:
    """A PSA in memory: entries with versions, a feed of their changes, pages of three."""

    def __init__(self) -> None:
        self.entries: dict[str, TimeEntry] = {}
        self.feed: list[Change] = []
        self.unreadable: set[str] = set()
        self.hidden: set[str] = set()
        self.answers_left: int | None = None
        self.meanwhile: Callable[[str | None], Awaitable[None]] | None = None

    def put(self, entry: TimeEntry) -> TimeEntry:
        """Write an entry as its next version, and tell of it."""
        version = sum(1 for each in self.feed if each.id == entry.id) + 1
        self.entries[entry.id] = replace(entry, version=version)
        self._tell(entry.id, version)
        return self.entries[entry.id]

    def delete(self, entry_id: str) -> None:
        """Delete an entry, and tell of it."""
        del self.entries[entry_id]
        self._tell(entry_id, sum(1 for each in self.feed if each.id == entry_id) + 1)

    async def entries_with(self, *, ids: Sequence[str]) -> list[TimeEntry]:
        """Return the entries that are there."""
        self._answer()
        if self.unreadable & set(ids):
            raise Refused(PSA, "no word for an approval")
        return [self.entries[e] for e in ids if e in self.entries and e not in self.hidden]

    async def worked(
        self, *, legal_entity: str, start: date, end: date, cursor: str | None = None
    ) -> Page[TimeEntry]:
        """Return a page of all entries; what happens `meanwhile` happens before it."""
        self._answer()
        if self.meanwhile is not None:
            await self.meanwhile(cursor)
        first = int(cursor or 0)
        every = list(self.entries.values())
        more = str(first + _PAGE) if first + _PAGE < len(every) else None
        return Page(every[first : first + _PAGE], more)

    def _tell(self, entry_id: str, version: int) -> None:
        self.feed.append(Change(len(self.feed) + 1, "time_entry", entry_id, version, AT))

    def _answer(self) -> None:
        if self.answers_left is not None:
            if not self.answers_left:
                raise TryAgain(PSA, "away")
            self.answers_left -= 1


class Modelled(ModelWorld):
    """The read model of a PSA."""

    def __init__(self, path: Path, psa: HoursPsa) -> None:
        self.psa = psa
        super().__init__(path, PSA, HoursSource(psa, frozenset({"US"})))

    async def kept(self) -> tuple[list[object], list[object]]:
        """Return the entries and the sums that are read now."""
        state = await self.models.states.of(PSA)
        tables = []
        for table in (known_hours, worked_hours):
            mine = [each for each in table.columns if each.name not in {"generation", "version"}]
            query = select(*mine).where(table.c.generation == state.generation)
            rows = self.store.read_waiting(lambda c, query=query: c.execute(query).all())
            tables.append(sorted(tuple(row) for row in rows if not getattr(row, "gone", False)))
        return tables[0], tables[1]

    async def worked(self, span: Span) -> list[WorkedLine]:
        """Return the hours that count of some days, by the model."""
        state = await self.models.states.of(PSA)
        told = await self.models.worked(state, [span], PEOPLE)
        return sorted(told.lines[span], key=repr)

    def really_worked(self, span: Span) -> list[WorkedLine]:
        """Return the hours that count of some days, by the PSA's own entries."""
        told = summed(self.psa.entries.values(), [span], PEOPLE)
        return sorted(told.lines[span], key=repr)

    def shelf(self, generation: int = 0) -> Shelf:
        """Return where a generation is kept."""
        return Shelf(PSA, generation)


def hours(
    number: int,
    lasting: str = "8",
    *,
    on: int = 0,
    by: str = "E1",
    billable: bool = True,
    status: EntryStatus = EntryStatus.APPROVED,
    adjusts: str | None = None,
) -> TimeEntry:
    """Return an entry of some day."""
    return TimeEntry(
        id=f"te_{number}",
        number=f"T-{number}",
        employee=by,
        role="Consultant",
        project_number="P-1",
        work_date=FIRST + timedelta(days=on),
        hours=Decimal(lasting),
        billable=billable,
        status=status,
        adjusts=adjusts,
        source=Source("psa", PSA, "time_entry", str(number)),
    )


async def rebuilt(path: Path, psa: HoursPsa) -> tuple[list[object], list[object]]:
    """Return what a model holds that is built of a PSA from nothing."""
    anew = Modelled(path, psa)
    await anew.models.building.whole()
    found = await anew.kept()
    anew.store.close()
    return found
