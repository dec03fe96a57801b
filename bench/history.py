"""What the key figures of billing, the readiness board and a month's bills cost, as history grows.

Two hundred projects are billed month by month, and paid; every invoice bills its share of the
time entries of its month (17,600, as 400 people write). The ledger is laid down as the gateway
writes it. The books' documents are read from an ERP that answers at once, so only what the
gateway itself does is timed, and no network.
"""

import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median

import click
import msgspec
from billed.firm import ENTITY, LAST, Bill, Books, bills, lay_down
from msgspec import Struct

from experience_apis.executive.postings import documents
from experience_apis.finance import views
from governance.audit import Audit
from process_apis.pages import every
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import EventStatus
from store.clock import wall_clock
from store.database import Store
from store.migration import migrate
from system_apis.canonical.contracts import CapScope

ENTITIES = frozenset({ENTITY})


class Cost(Struct, frozen=True):
    """What one answer costs: the median of its CPU in milliseconds."""

    what: str
    cpu_ms: float


class Sized(Struct, frozen=True, kw_only=True):
    """What things cost at a size."""

    entries: int
    invoices: int
    file_mb: float
    costs: list[Cost]


@click.command()
@click.option("--sizes", default="100000,1000000", help="How many time entries, with commas.")
@click.option("--rounds", type=click.IntRange(3), default=5, help="How often each is asked.")
@click.option("--dir", "where", help="The directory on whose disk the databases are.")
@click.option("--json", "as_json", is_flag=True, help="Print what was measured as JSON.")
def main(sizes: str, rounds: int, where: str | None, *, as_json: bool) -> None:
    """Ask for the same at growing sizes."""
    found = []
    for size in sizes.split(","):
        with tempfile.TemporaryDirectory(dir=where) as folder:
            found.append(asyncio.run(_measure(Path(folder), int(size), rounds)))
        click.echo(_told(found[-1]), err=as_json)
    if as_json:
        click.echo(msgspec.json.encode(found))


async def _measure(folder: Path, entries: int, rounds: int) -> Sized:
    store = Store(folder / "strata.sqlite")
    migrate(store)
    known = list(bills(entries))
    store.write_waiting(lambda connection: lay_down(connection, known))
    asked = _asked(store, folder, known)
    return Sized(
        entries=len(known) * 88,
        invoices=len(known),
        file_mb=(folder / "strata.sqlite").stat().st_size / 1e6,
        costs=[Cost(what, await _timed(ask, rounds)) for what, ask in asked.items()],
    )


def _asked(
    store: Store, folder: Path, known: list[Bill]
) -> dict[str, Callable[[], Awaitable[object]]]:
    ledger = BillingLedger(store, Audit(store, wall_clock, folder / "heads.jsonl"))
    books, newest = Books(known), known[-1].event

    async def live_documents() -> object:
        return documents(
            ENTITY,
            await every(lambda cursor: books.invoices(legal_entity=ENTITY, cursor=cursor)),
            [],
            await every(lambda cursor: books.payments(cursor=cursor)),
        )

    async def board() -> object:
        return msgspec.json.encode(views.readiness(await ledger.events(entities=ENTITIES)))

    async def due() -> object:
        return await ledger.events(
            entities=ENTITIES, statuses=[EventStatus.PLANNED], planned_until=date(2026, 10, 31)
        )

    async def check() -> object:
        await ledger.billed_before(newest, CapScope.FEES)
        await ledger.billed_sources(f"{known[-1].invoice.id}.{each}" for each in range(88))
        await ledger.held(contract_number=newest.contract_number)
        return await ledger.claims(newest)

    return {
        "events due (key figures)": lambda: ledger.events(
            entities=ENTITIES, planned_until=LAST + timedelta(30)
        ),
        "invoices (key figures, twice)": lambda: ledger.invoices(entities=ENTITIES),
        "documents live": live_documents,
        "readiness board": board,
        "what falls due": due,
        "check of one event": check,
    }


async def _timed(ask: Callable[[], Awaitable[object]], rounds: int) -> float:
    cpu = []
    for _ in range(rounds):
        used = time.process_time()
        await ask()
        cpu.append(1000 * (time.process_time() - used))
    return median(cpu)


def _told(sized: Sized) -> str:
    costs = "".join(f"\n  {each.what}: {each.cpu_ms:.1f} ms" for each in sized.costs)
    return f"{sized.entries:,} entries, {sized.invoices:,} invoices, {sized.file_mb:.0f} MB{costs}"


if __name__ == "__main__":
    main()
