"""A small PSA whose hours change, and the read model of it on a database of its own."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from msgspec.structs import replace
from sqlalchemy import select

from governance.access import Caller, acting_as
from governance.audit import Audit
from governance.quality.findings import QualityFindings
from observability.metrics import Metrics
from process_apis.read_models.asking import ReadModels
from process_apis.read_models.building import Building
from process_apis.read_models.entries import HoursSource
from process_apis.read_models.feeding import Projection
from process_apis.read_models.hours import Span, WorkedLine, summed
from process_apis.read_models.keeping import Shelf
from process_apis.read_models.states import ModelStates
from process_apis.read_models.tables import known_hours, worked_hours
from store.clock import wall_clock
from system_apis.canonical.record import Change, Page, Source
from system_apis.canonical.time import EntryStatus, TimeEntry
from system_apis.errors import Refused, TryAgain
from tests.stores import empty_store

PSA = "psa-1"
PEOPLE = frozenset({"E1", "E2", "E3"})
FIRST = date(2026, 9, 20)
AT = datetime(2026, 11, 1, 12, tzinfo=wall_clock().tzinfo)
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


class Modelled:
    """The read model of a PSA; a process that dies is followed by another on the same database."""

    def __init__(self, path: Path, psa: HoursPsa) -> None:
        self.store, self.psa, self.now = empty_store(path), psa, AT
        self.audit = Audit(self.store, self.wall, path.with_suffix(".heads"))
        self.begin()

    def begin(self) -> None:
        """Begin anew, as a process does that knows nothing but what is in the database."""
        audit, metrics = self.audit, Metrics()
        quality = QualityFindings(self.store, audit, self.wall, metrics)
        sources = {PSA: HoursSource(self.psa, frozenset({"US"}))}
        states = ModelStates(self.store, audit, self.wall, sources)
        self.metrics = metrics
        self.models = ReadModels(
            sources,
            states,
            Projection(sources, states, quality, metrics),
            Building(sources, states),
        )

    def wall(self) -> datetime:
        """Return the time."""
        return self.now

    async def tell(self, *changes: Change) -> None:
        """Hand a page of the feed on."""
        await self.models.projection.changed(PSA, changes)

    async def reach(self) -> None:
        """Say that the feed was read to its end, a minute later."""
        self.now += timedelta(minutes=2)
        await self.models.projection.changed(PSA, [])

    async def ask(self, request: str | None = None) -> None:
        """Ask for a model that is built anew."""
        self.now += timedelta(minutes=1)
        with acting_as(Caller(subject="U-1", client_id="tests", scopes=frozenset())):
            await self.models.states.ask(PSA, request or str(self.now))
        self.now += timedelta(minutes=1)

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
