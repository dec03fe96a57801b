"""What the key figures of billing, the readiness board and a check cost, as history grows.

Two hundred projects are billed month by month, and paid; every invoice bills its share of the
time entries of its month (17,600, as 400 people write). The ledger is laid down as the gateway
writes it, and the read model of the books' documents is built as the gateway builds it. Each
thing is asked twice in turns: by reading all that there is and looking for what is wanted in it,
and as the gateway asks. The books answer at once, so only what the gateway itself does is timed,
and no network. The two must tell the same; a run in which they do not is void, and exits 1.
"""

import time
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from statistics import median

from billed.firm import (
    A_MONTH,
    CURRENCY,
    ENTITY,
    ERP,
    LAST,
    PROJECTS,
    Bill,
    Books,
    bills,
    lay_down,
)
from measuring.growing import growing
from msgspec import Struct

from experience_apis.executive.figures.receivable_days import Days, Rates, receivable_days
from experience_apis.executive.postings import documents, posted_sums
from experience_apis.finance import board as boards
from experience_apis.finance import views
from governance.access import Caller, acting_as
from governance.audit import Audit
from governance.pages import cursor_at
from governance.quality.findings import QualityFindings
from observability.metrics import Metrics
from process_apis.engagements import Engagements
from process_apis.listing import PAGE
from process_apis.lists import Lists
from process_apis.pages import every
from process_apis.project_to_cash.ledger import listings
from process_apis.project_to_cash.ledger.billed_events import BilledEvents
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.ledger.owing import Owing
from process_apis.project_to_cash.records import TO_BILL, BillingKind
from process_apis.read_models.asking import ReadModels
from process_apis.read_models.building import Building
from process_apis.read_models.documents.records import PostedSums, Wanted
from process_apis.read_models.documents.sources import DocumentsSource
from process_apis.read_models.feeding import Projection
from process_apis.read_models.states import ModelStates
from process_apis.sight import Sight
from store.clock import wall_clock
from store.database import Store
from store.migration import migrate
from system_apis.canonical.contracts import CapScope
from system_apis.canonical.money import Money

END = date(2026, 10, 31)
ENTITIES = frozenset({ENTITY})
WHO = Caller(subject="finance", client_id="bench", scopes=frozenset(), entities=ENTITIES)


class Cost(Struct, frozen=True, kw_only=True):
    """What one answer costs: medians of its CPU in milliseconds, reading all and as it is asked."""

    what: str
    all_ms: float
    now_ms: float


class Sized(Struct, frozen=True, kw_only=True):
    """What things cost at a size; `void` names what was not the same."""

    entries: int
    invoices: int
    file_mb: float
    built_each_us: float
    costs: list[Cost]
    void: list[str]


Ask = Callable[[], Awaitable[object]]


class Asked(Struct, frozen=True):
    """One thing, asked by reading all that there is, and as the gateway asks."""

    what: str
    all: Ask
    now: Ask


async def _measure(folder: Path, entries: int, rounds: int) -> Sized:
    store = Store(folder / "strata.sqlite")
    migrate(store)
    known = list(bills(entries))
    store.write_waiting(lambda connection: lay_down(connection, known))
    models, began = _models(store, folder, known), time.process_time()
    await models.building.whole()
    built = time.process_time() - began
    await models.states.read_up(ERP, wall_clock())
    costs, void = [], []
    asked = [*_of_page(store, folder, known, models), *_of_billing(store, folder, known)]
    for each in [*asked, *_of_lists(store, folder, known)]:
        if await each.all() != await each.now():
            void.append(each.what)
        costs.append(await _timed(each, rounds))
    return Sized(
        entries=len(known) * A_MONTH // PROJECTS,
        invoices=len(known),
        file_mb=(folder / "strata.sqlite").stat().st_size / 1e6,
        built_each_us=1e6 * built / len(known),
        costs=costs,
        void=void,
    )


def _models(store: Store, folder: Path, known: list[Bill]) -> ReadModels:
    audit, metrics = Audit(store, wall_clock, folder / "heads.jsonl"), Metrics()
    sources = {ERP: DocumentsSource(Books(known), ENTITIES)}
    states = ModelStates(store, audit, wall_clock, sources)
    quality = QualityFindings(store, audit, wall_clock, metrics)
    projection = Projection(sources, states, quality, metrics)
    return ReadModels(sources, states, projection, Building(sources, states))


def _of_page(store: Store, folder: Path, known: list[Bill], models: ReadModels) -> list[Asked]:
    """Return what the page of key figures asks of a month's billing."""
    ledger = BillingLedger(store, Audit(store, wall_clock, folder / "heads.jsonl"))
    billed, books = BilledEvents(store), Books(known)
    wanted = Wanted(entities=ENTITIES, start=LAST, end=END)

    async def all_events() -> tuple[object, object]:
        every_one = await ledger.events(entities=ENTITIES, planned_until=END)
        due = [each for each in every_one if each.planned_date >= LAST]
        ids = {each.id for each in due}
        invoices = await ledger.invoices(entities=ENTITIES)
        return due, [each for each in invoices if each.billing_event_id in ids]

    async def events() -> tuple[object, object]:
        due = await ledger.events(entities=ENTITIES, planned_from=LAST, planned_until=END)
        return due, await billed.invoices(each.id for each in due)

    async def all_deposits() -> list[object]:
        every_one = await ledger.events(entities=ENTITIES)
        ids = {each.id for each in every_one if each.kind is BillingKind.DOWN_PAYMENT}
        invoices = await ledger.invoices(entities=ENTITIES)
        return [each for each in invoices if each.billing_event_id in ids]

    async def live() -> object:
        invoices = await every(lambda at: books.invoices(legal_entity=ENTITY, cursor=at))
        payments = await every(lambda at: books.payments(cursor=at))
        return _owed(posted_sums(documents(ENTITY, invoices, [], payments), wanted))

    async def kept() -> object:
        return _owed(await models.posted(await models.states.of(ERP), wanted))

    return [
        Asked("events of a month and their invoices", all_events, events),
        Asked("deposits", all_deposits, lambda: billed.deposits(ENTITIES)),
        Asked("what clients owe", live, kept),
    ]


def _owed(told: PostedSums) -> tuple[object, object]:
    """Return the figure, and the records behind it."""
    rates = Rates(currency=CURRENCY, average={}, closing={})
    days = Days(LAST, END)
    return receivable_days(told.sums, {ENTITY: CURRENCY}, rates, days), told.traces


def _of_billing(store: Store, folder: Path, known: list[Bill]) -> list[Asked]:
    """Return what the readiness board, the check of an event and money that came in ask."""
    ledger = BillingLedger(store, Audit(store, wall_clock, folder / "heads.jsonl"))
    newest, since = known[-1], boards.settled_since(END)

    async def whole_board() -> object:
        page = views.readiness(await ledger.events(entities=ENTITIES))
        return [each for each in page.items if each.status in TO_BILL or each.planned_date >= since]

    async def board() -> object:
        return views.readiness(
            await boards.on_board(ledger, ENTITIES, boards.Days(None, None), END)
        ).items

    async def all_billed() -> object:
        invoices = await ledger.invoices(contract_number=newest.event.contract_number)
        others = [each.draft for each in invoices if each.id != newest.invoice.id]
        return Money.total((each.net for each in others), CURRENCY)

    async def billed() -> object:
        return (await ledger.so_far.before(newest.event, CapScope.FEES)).counted

    async def all_ours() -> object:
        ours = await ledger.invoices(entities=ENTITIES)
        return [each for each in ours if each.reference == newest.invoice.reference]

    async def ours() -> object:
        return await ledger.invoices(entities=ENTITIES, references=[newest.invoice.reference])

    async def check() -> object:
        await billed()
        entries = [f"{newest.invoice.id}.{each}" for each in range(88)]
        await ledger.so_far.sources(entries)
        await ledger.so_far.adopted_sources(f"new.{each}" for each in entries)
        await ledger.so_far.held(contract_number=newest.event.contract_number)
        return await ledger.so_far.claims(newest.event)

    return [
        Asked("the readiness board", whole_board, board),
        Asked("what a contract was billed before", all_billed, billed),
        Asked("whether an invoice in the books is ours", all_ours, ours),
        Asked("what the check of an event asks the ledger", check, check),
    ]


def _of_lists(store: Store, folder: Path, known: list[Bill]) -> list[Asked]:
    """Return what finance lists: a page of invoices, the first and a late one, and what is owed."""
    audit = Audit(store, wall_clock, folder / "heads.jsonl")
    ledger, owing = BillingLedger(store, audit), Owing(store)
    lists, listing = Lists(store, Engagements(store, audit)), listings.STANDING_INVOICES
    late = len(known) * 9 // 10
    before = known[late - 1].invoice
    cursor = cursor_at(listing.place((before.draft.issue_date, before.id)))

    async def whole_list(start: int) -> object:
        invoices = await ledger.invoices(entities=ENTITIES)
        return [views.invoice(each) for each in invoices[start : start + PAGE]]

    async def page(at: str | None) -> object:
        with acting_as(WHO):
            found, _ = await lists.page(listing, at)
        return [views.invoice(each) for each in found]

    async def all_owed() -> object:
        invoices = await ledger.invoices(entities=ENTITIES)
        owed: dict[str, Money] = {}
        for each in (one for one in invoices if one.owed):
            client = each.draft.client_number
            owed[client] = owed.get(client, Money.zero(CURRENCY)) + each.owed
        late = [each for each in invoices if each.owed and each.draft.due_date < END]
        return owed, [each.id for each in late]

    async def owed() -> object:
        balances = await owing.balances(Sight(WHO, frozenset()))
        overdue = await owing.overdue(ENTITIES, END)
        told = {each.client_number: balance for each, balance in balances.items()}
        return told, [each.id for each in overdue]

    return [
        Asked("the first page of invoices", lambda: whole_list(0), lambda: page(None)),
        Asked("a late page of invoices", lambda: whole_list(late), lambda: page(cursor)),
        Asked("what finance has to collect", all_owed, owed),
    ]


async def _timed(asked: Asked, rounds: int) -> Cost:
    """Ask in turns, so that what else the machine does is told of both alike."""
    sides: dict[Ask, list[float]] = {asked.all: [], asked.now: []}
    for _ in range(rounds):
        for ask, cpu in sides.items():
            await ask()  # what the other side left behind is not this one's to clear
            used = time.process_time()
            await ask()
            cpu.append(1000 * (time.process_time() - used))
    return Cost(what=asked.what, all_ms=median(sides[asked.all]), now_ms=median(sides[asked.now]))


def _told(sized: Sized) -> str:
    costs = "".join(
        f"\n  {each.what}: {each.all_ms:.1f} ms reading all, {each.now_ms:.1f} ms now"
        for each in sized.costs
    )
    void = "".join(f"\n  VOID: {each} is not the same" for each in sized.void)
    return (
        f"{sized.entries:,} entries, {sized.invoices:,} invoices, {sized.file_mb:.0f} MB;"
        f" the model: {sized.built_each_us:.0f} us of CPU a bill{costs}{void}"
    )


main = growing(_measure, _told, sizes="100000,1000000", rounds=5)

if __name__ == "__main__":
    main()
