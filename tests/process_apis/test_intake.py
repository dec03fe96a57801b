"""What a change feed tells is worked on, unless we did it ourselves."""

from datetime import timedelta

from governance.access import Caller, acting_as
from governance.audit import AuditEntry
from observability.metrics import Metrics
from process_apis.engine import Process, step
from process_apis.events import InvoiceSeen
from process_apis.intake.feeds import Feed, FeedReader
from process_apis.project_to_cash.ledger.billing import BillingLedger
from store.clock import wall_clock
from system_apis.canonical.record import Change, Page
from system_apis.effect_ledger import Effect, EffectLedger
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
