"""What the hours of the key figures cost out of the read model, as history grows.

Four hundred people write two entries a day. The model of the last five weeks is built by the code
that builds it in the gateway; the weeks before are copies of these, laid down by SQL, with their
sums. It is asked for a month, and for a month with the weeks in it, as the page of key figures
asks. Beside it stands the live reading of the same: every page of the month's entries from a PSA
that answers at once, so only what the gateway itself does is timed, and no network. The two must
tell the same hours; a run in which they do not is void, and exits 1.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median

import click
from measuring.growing import growing
from msgspec import Struct
from sqlalchemy import Connection, text

from governance.audit import Audit
from governance.quality.findings import QualityFindings
from observability.metrics import Metrics
from process_apis.pages import every
from process_apis.read_models.asking import ReadModels
from process_apis.read_models.building import Building
from process_apis.read_models.entries import HoursSource
from process_apis.read_models.feeding import Projection
from process_apis.read_models.hours import Span, WorkedHours, summed
from process_apis.read_models.states import ModelStates
from store.clock import wall_clock
from store.database import Store
from store.migration import migrate
from system_apis.canonical.record import Page, Source
from system_apis.canonical.time import EntryStatus, TimeEntry

PSA, PEOPLE, PROJECTS, PAGE = "psa", 400, 60, 200
MONTH = Span(date(2026, 10, 1), date(2026, 10, 31))
WEEKS = [
    Span(monday, monday + timedelta(days=6))
    for monday in (date(2026, 9, 28) + timedelta(days=7 * each) for each in range(5))
]
NAMES = frozenset(f"E{each:04}" for each in range(PEOPLE))


_COPY = """
INSERT INTO known_hours (instance, generation, id, version, employee, project_number, work_date,
    units, billable, approved, adjusts, gone)
SELECT instance, generation, id || :mark, version, employee, project_number,
    date(work_date, :back), units, billable, approved, adjusts, gone
FROM known_hours WHERE work_date >= '2026-09-28'
"""
_SUM = """
INSERT INTO worked_hours (instance, generation, grain, start, employee, project_number, billable,
    units, entries)
SELECT instance, generation, :grain, :start, employee, project_number, billable,
    sum(units), count(*)
FROM known_hours GROUP BY 1, 2, 4, 5, 6, 7
"""
_STARTS = {
    "month": "date(work_date, 'start of month')",
    "week": "date(work_date, '-6 days', 'weekday 1')",
}


class Asked(Struct, frozen=True):
    """What one answer costs in milliseconds: the median of the CPU, and of the wall clock."""

    cpu_ms: float
    wall_ms: float

    def __str__(self) -> str:
        """Show the CPU first: the wall clock is that of a machine with other work."""
        return f"{self.cpu_ms:.1f} ms of CPU ({self.wall_ms:.0f} ms on the wall)"


class Sized(Struct, frozen=True, kw_only=True):
    """What the hours of a month cost at a size; `built_each_us` is the CPU of one built entry."""

    entries: int
    built_each_us: float
    file_mb: float
    month: Asked
    with_weeks: Asked
    live: Asked
    void: bool


class Ideal:
    """A PSA that answers at once, with the entries of the last five weeks by day."""

    def __init__(self) -> None:
        self.days: dict[date, list[TimeEntry]] = {}
        day = WEEKS[0].start
        while day <= MONTH.end:
            count = 2 * PEOPLE if day.weekday() < 5 else 0
            first = day.toordinal() * 2 * PEOPLE
            self.days[day] = [_entry(first + each, each % PEOPLE, day) for each in range(count)]
            day += timedelta(days=1)

    async def entries_with(self, *, ids: Sequence[str]) -> list[TimeEntry]:
        """Return nothing: no entry goes, and none changes."""
        return []

    async def worked(
        self, *, legal_entity: str, start: date, end: date, cursor: str | None = None
    ) -> Page[TimeEntry]:
        """Return a page of 200 entries; the cursor is a day and a place in it."""
        at, _, place = (cursor or f"{min(self.days)}:0").partition(":")
        day, first = date.fromisoformat(at), int(place)
        last = min(end, MONTH.end)
        found = self.days.get(day, [])[first : first + PAGE]
        following = first + PAGE
        if following >= len(self.days.get(day, [])):
            day, following = day + timedelta(days=1), 0
        return Page(found, f"{day}:{following}" if day <= last else None)


def _entry(number: int, person: int, day: date) -> TimeEntry:
    return TimeEntry(
        id=f"te_{number:026}",
        number=f"T-{number}",
        employee=f"E{person:04}",
        role="Consultant",
        project_number=f"P-{number * 7 % PROJECTS:03}",
        work_date=day,
        hours=Decimal(4) - Decimal(number % 4) / 4,
        billable=number % 5 > 0,
        status=EntryStatus.APPROVED,
        source=Source("psa", PSA, "time_entry", str(number)),
    )


async def _measure(folder: Path, count: int, rounds: int) -> Sized:
    psa, store = Ideal(), Store(folder / "strata.sqlite")
    migrate(store)
    models = _models(store, psa, folder)
    began = time.process_time()
    await models.building.whole()
    of_weeks = sum(len(each) for each in psa.days.values())
    built_each_us = 1e6 * (time.process_time() - began) / of_weeks
    click.echo(f"  {of_weeks:,} built, {built_each_us:.0f} us of CPU each", err=True)
    copies = count // of_weeks - 1
    store.write_waiting(lambda connection: _lengthen(connection, copies))
    click.echo(f"  {copies} copies laid down before them", err=True)
    await models.states.read_up(PSA, wall_clock())
    state, spans = await models.states.of(PSA), [MONTH, *WEEKS]

    async def month() -> WorkedHours:
        return await models.worked(state, [MONTH], NAMES)

    async def with_weeks() -> WorkedHours:
        return await models.worked(state, spans, NAMES)

    async def live() -> WorkedHours:
        listed = await every(
            lambda cursor: psa.worked(
                legal_entity="US", start=WEEKS[0].start, end=MONTH.end, cursor=cursor
            )
        )
        return summed(listed, spans, NAMES)

    same = _hours(await with_weeks()) == _hours(await live())
    return Sized(
        entries=of_weeks * (copies + 1),
        built_each_us=built_each_us,
        file_mb=(folder / "strata.sqlite").stat().st_size / 1e6,
        month=await _timed(month, rounds),
        with_weeks=await _timed(with_weeks, rounds),
        live=await _timed(live, max(3, rounds // 5)),
        void=not same,
    )


def _lengthen(connection: Connection, copies: int) -> None:
    """Lay copies of five weeks down before them, and sum all of them anew."""
    for each in range(1, copies + 1):
        connection.execute(text(_COPY), {"mark": f".{each}", "back": f"-{35 * each} days"})
    connection.execute(text("DELETE FROM worked_hours"))
    for grain, start in _STARTS.items():
        connection.execute(text(_SUM.replace(":start", start)), {"grain": grain})
    connection.execute(text("ANALYZE"))


def _models(store: Store, psa: Ideal, folder: Path) -> ReadModels:
    audit, metrics = Audit(store, wall_clock, folder / "heads.jsonl"), Metrics()
    sources = {PSA: HoursSource(psa, frozenset({"US"}))}
    states = ModelStates(store, audit, wall_clock, sources)
    quality = QualityFindings(store, audit, wall_clock, metrics)
    projection = Projection(sources, states, quality, metrics)
    return ReadModels(sources, states, projection, Building(sources, states))


async def _timed(ask: Callable[[], Awaitable[WorkedHours]], rounds: int) -> Asked:
    cpu, wall = [], []
    for _ in range(rounds):
        began, used = time.perf_counter(), time.process_time()
        await ask()
        cpu.append(1000 * (time.process_time() - used))
        wall.append(1000 * (time.perf_counter() - began))
    return Asked(median(cpu), median(wall))


def _hours(told: WorkedHours) -> dict[Span, dict[tuple[str, str, bool], Decimal]]:
    return {
        span: {(each.employee, each.project_number, each.billable): each.hours for each in lines}
        for span, lines in told.lines.items()
    }


def _told(sized: Sized) -> str:
    void = "  VOID: the two tell other hours" if sized.void else ""
    return (
        f"{sized.entries:>9,} entries, {sized.file_mb:.0f} MB: month {sized.month},"
        f" with its weeks {sized.with_weeks}, live {sized.live}{void}"
    )


main = growing(_measure, _told, sizes="20000,200000,1000000", rounds=30)

if __name__ == "__main__":
    main()
