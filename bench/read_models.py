"""What the hours of the key figures cost out of the read model, as history grows.

Four hundred people write two entries a day. The model is built of all of them by the code that
builds it in the gateway, and asked for a month and the weeks in it, as the page of key figures
asks. Beside it stands the live reading of the same: every page of the month's entries from a PSA
that answers at once, so only what the gateway itself does is timed, and no network. The two must
tell the same hours; a run in which they do not is void, and exits 1.
"""

import asyncio
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import click
import msgspec
from msgspec import Struct

from governance.audit import Audit
from governance.quality.findings import QualityFindings
from observability.metrics import Metrics
from process_apis.pages import every
from process_apis.read_models.asking import ReadModels
from process_apis.read_models.building import Building
from process_apis.read_models.feeding import Projection
from process_apis.read_models.hours import Span, WorkedHours, summed
from process_apis.read_models.sources import HoursSource
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
_TOLD_EVERY = 5


class Sized(Struct, frozen=True, kw_only=True):
    """What the hours of a month cost at a size, in milliseconds, and what the building took."""

    entries: int
    of_the_month: int
    build_seconds: float
    file_mb: float
    model_p50_ms: float
    model_p95_ms: float
    live_p50_ms: float
    live_p95_ms: float
    void: bool


class Ideal:
    """A PSA that answers at once: entries by day, the newest day first to be written."""

    def __init__(self, count: int) -> None:
        self.days: dict[date, list[TimeEntry]] = defaultdict(list)
        day = MONTH.end
        made = 0
        while made < count:
            if day.weekday() < 5:
                for number in range(min(2 * PEOPLE, count - made)):
                    self.days[day].append(_entry(made + number, number % PEOPLE, day))
                made += len(self.days[day])
            day -= timedelta(days=1)

    async def entries_with(self, *, ids: Sequence[str]) -> list[TimeEntry]:
        """Return nothing: no entry goes, and none changes."""
        return []

    async def worked(
        self, *, legal_entity: str, start: date, end: date, cursor: str | None = None
    ) -> Page[TimeEntry]:
        """Return a page of 200 entries; the cursor is a day and a place in it."""
        at, _, place = (cursor or f"{min(self.days)}:0").partition(":")
        day, first = max(date.fromisoformat(at), start), int(place)
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


@click.command()
@click.option("--sizes", default="10000,100000,1000000", help="How many entries, with commas.")
@click.option("--rounds", type=click.IntRange(3), default=30, help="How often each side is asked.")
@click.option("--dir", "where", help="The directory on whose disk the databases are.")
@click.option("--json", "as_json", is_flag=True, help="Print what was measured as JSON.")
def main(sizes: str, rounds: int, where: str | None, *, as_json: bool) -> None:
    """Ask for the hours of a month at growing sizes, out of the read model and live."""
    found = []
    for size in sizes.split(","):
        with tempfile.TemporaryDirectory(dir=where) as folder:
            found.append(asyncio.run(_measure(Path(folder), int(size), rounds)))
        click.echo(_told(found[-1]), err=as_json)
    if as_json:
        click.echo(msgspec.json.encode(found))
    sys.exit(1 if any(each.void for each in found) else 0)


async def _measure(folder: Path, count: int, rounds: int) -> Sized:
    psa = Ideal(count)
    store = Store(folder / "strata.sqlite")
    migrate(store)
    models = _models(store, psa, folder)
    began = time.perf_counter()
    building = asyncio.create_task(models.building.whole())
    while not building.done():
        await asyncio.wait([building], timeout=_TOLD_EVERY)
        built = models.building.progress.get(PSA, 0)
        click.echo(f"  {count}: {built} built after {time.perf_counter() - began:.0f} s", err=True)
    await building
    build_seconds = time.perf_counter() - began
    await models.states.read_up(PSA, wall_clock())
    state, spans = await models.states.of(PSA), [MONTH, *WEEKS]

    async def kept() -> WorkedHours:
        return await models.worked(state, spans, NAMES)

    async def live() -> WorkedHours:
        first, last = spans[1].start, MONTH.end
        listed = await every(
            lambda cursor: psa.worked(legal_entity="US", start=first, end=last, cursor=cursor)
        )
        return summed(listed, spans, NAMES)

    same = _hours(await kept()) == _hours(await live())
    model_ms, live_ms = await _timed(kept, rounds), await _timed(live, max(3, rounds // 5))
    store.close()
    return Sized(
        entries=count,
        of_the_month=sum(len(rows) for day, rows in psa.days.items() if MONTH.has(day)),
        build_seconds=build_seconds,
        file_mb=(folder / "strata.sqlite").stat().st_size / 1e6,
        model_p50_ms=model_ms[len(model_ms) // 2],
        model_p95_ms=model_ms[len(model_ms) * 95 // 100],
        live_p50_ms=live_ms[len(live_ms) // 2],
        live_p95_ms=live_ms[len(live_ms) * 95 // 100],
        void=not same,
    )


def _models(store: Store, psa: Ideal, folder: Path) -> ReadModels:
    audit, metrics = Audit(store, wall_clock, folder / "heads.jsonl"), Metrics()
    states = ModelStates(store, audit, wall_clock)
    sources = {PSA: HoursSource(psa, frozenset({"US"}))}
    quality = QualityFindings(store, audit, wall_clock, metrics)
    projection = Projection(sources, states, quality, metrics)
    return ReadModels(sources, states, projection, Building(sources, states))


async def _timed(ask: Callable[[], Awaitable[WorkedHours]], rounds: int) -> list[float]:
    """Return how many milliseconds each answer took, the fastest first."""
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        await ask()
        found.append(1000 * (time.perf_counter() - began))
    return sorted(found)


def _hours(told: WorkedHours) -> dict[Span, dict[tuple[str, str, bool], Decimal]]:
    return {
        span: {(each.employee, each.project_number, each.billable): each.hours for each in lines}
        for span, lines in told.lines.items()
    }


def _told(sized: Sized) -> str:
    void = "  VOID: the two tell other hours" if sized.void else ""
    return (
        f"{sized.entries:>9,} entries, {sized.of_the_month:,} of the month:"
        f" model p50 {sized.model_p50_ms:.1f} ms, p95 {sized.model_p95_ms:.1f} ms;"
        f" live p50 {sized.live_p50_ms:.0f} ms, p95 {sized.live_p95_ms:.0f} ms;"
        f" built in {sized.build_seconds:.0f} s, {sized.file_mb:.0f} MB{void}"
    )


if __name__ == "__main__":
    main()
