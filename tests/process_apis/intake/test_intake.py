"""What a change feed tells is worked on, unless we did it ourselves."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from governance.access import Caller, acting_as
from governance.audit import AuditEntry
from observability.metrics import Metrics
from process_apis.engine import Engine, Process, step
from process_apis.events.seen import InvoiceSeen
from process_apis.intake.feeds import Changes, Feed, FeedReader
from process_apis.project_to_cash.ledger.billing import BillingLedger
from store.clock import wall_clock
from system_apis.canonical.record import Change, Page
from system_apis.effect_ledger import Effect, EffectLedger
from system_apis.errors import TryAgain
from tests.process_apis.billing_facts import id_of
from tests.process_apis.test_engine import until
from tests.process_apis.workshop import Workshop

CALLER = Caller(subject="tests", client_id="tests", scopes=frozenset())
OURS, FOREIGN = id_of("inv", 1), id_of("inv", 2)


async def _we_made(workshop: Workshop, invoice_id: str) -> None:
    """Write down that an invoice was created by one of us."""
    ledger = EffectLedger(workshop.store, wall_clock, workshop.audit)
    effect = Effect(
        system="erp", instance="erp-a", operation="create_invoice", key="INV:1", input_hash="h"
    )
    claim = await ledger.claim(effect, timedelta())
    await ledger.done(effect, claim, invoice_id, AuditEntry.by(CALLER, "made", invoice_id))


async def test_an_invoice_of_our_own_is_not_looked_at_as_another_hands(workshop: Workshop) -> None:
    """The ERP's feed tells of both; one of them we wrote."""
    looked: list[str] = []

    async def run(event: InvoiceSeen) -> None:
        async def look() -> None:
            looked.append(event.invoice_id)

        await step(look)

    async def changes(*, after: int) -> Page[Change]:
        told = [Change(n, "invoice", one, 1, wall_clock()) for n, one in enumerate((OURS, FOREIGN))]
        return Page([] if after else [each for each in told if each.sequence >= after])

    process = Process(name="look", on=InvoiceSeen, run=run, scopes=frozenset())
    async with workshop.engine(process) as engine:
        with acting_as(CALLER):
            await _we_made(workshop, OURS)
        billing = BillingLedger(workshop.store, workshop.audit)
        feed = Feed("erp-a", changes, frozenset({"US"}))
        reader = FeedReader(workshop.store, engine, billing, [feed], wall_clock, Metrics())
        await reader.read_all()

        async def seen() -> bool:
            return bool(looked)

        await until(seen)

    assert looked == [FOREIGN]


class Told:
    """Remembers what it was told to judge."""

    def __init__(self) -> None:
        self.records: list[str] = []
        self.feeds: list[tuple[str, timedelta]] = []

    async def changed(self, _: str, changes: Sequence[Change]) -> None:
        self.records += [each.id for each in changes]

    async def read_up(self, instance: str, read_up_at: datetime, now: datetime) -> None:
        self.feeds.append((instance, now - read_up_at))


async def test_our_own_records_are_judged_like_another_hands(workshop: Workshop) -> None:
    """What we expect of an invoice of ours is held against what the ERP has."""

    async def changes(*, after: int) -> Page[Change]:
        return Page([] if after else [Change(1, "invoice", OURS, 1, wall_clock())])

    async with workshop.engine() as engine:
        with acting_as(CALLER):
            await _we_made(workshop, OURS)
        told = Told()
        await _reader(workshop, engine, changes, wall_clock, told).read_all()

    assert told.records == [OURS]


async def test_how_late_a_feed_is_read_is_judged_also_when_its_system_is_away(
    workshop: Workshop,
) -> None:
    """Since it was read to its end the last time."""
    now = wall_clock()

    async def away(*, after: int) -> Page[Change]:
        raise TryAgain("erp-a", "away")

    async with workshop.engine() as engine:
        told = Told()
        reader = _reader(workshop, engine, away, lambda: now, told)
        now += timedelta(hours=1)
        await reader.read_all()

    assert told.feeds == [("erp-a", timedelta(hours=1))]


def _reader(
    workshop: Workshop, engine: Engine, changes: Changes, clock: Callable[[], datetime], told: Told
) -> FeedReader:
    billing = BillingLedger(workshop.store, workshop.audit)
    feed = Feed("erp-a", changes, frozenset({"US"}))
    return FeedReader(workshop.store, engine, billing, [feed], clock, Metrics(), told)
