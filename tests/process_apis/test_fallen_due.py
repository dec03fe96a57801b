"""Which invoices are to be reminded of on a day."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from msgspec.structs import replace

from governance.access import Caller, acting_as
from observability.metrics import Metrics
from process_apis.approvals.decisions import Approvals
from process_apis.project_to_cash.collection.collecting import Collecting
from process_apis.project_to_cash.collection.disputes import Disputes
from process_apis.project_to_cash.collection.dunning import DunningTerms
from process_apis.project_to_cash.collection.reminders import Reminders
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from system_apis.canonical.party import LegalEntity
from tests.process_apis.owing_facts import DUE, posted
from tests.process_apis.workshop import Workshop

CALLER = Caller(subject="tests", client_id="tests", scopes=frozenset())
US = LegalEntity(
    code="US",
    name="US",
    country="US",
    currency="USD",
    timezone="UTC",
    hours_per_day=Decimal(8),
)
THIRD_DAY = datetime.combine(DUE + timedelta(days=3), datetime.min.time(), UTC)


class Desk:
    """Invoices that clients owe on, and what reminds of them."""

    def __init__(self, workshop: Workshop) -> None:
        store, audit = workshop.store, workshop.audit
        self.billing = BillingLedger(store, audit)
        self.reminders = Reminders(store, audit)
        self.collecting = Collecting(
            self.billing,
            Disputes(store, audit, self.billing),
            self.reminders,
            Approvals(store, audit, Metrics()),
            {"US": US},
            DunningTerms(),
            lambda: THIRD_DAY,
        )

    async def owed(self, number: str, due: date = DUE, paid: str = "0") -> ClientInvoice:
        """Write down an invoice that is in the books."""
        invoice = posted(number, "100", due=due, paid=paid)
        drafted = replace(invoice, stage=InvoiceStage.PENDING_APPROVAL)
        await self.billing.draft(drafted, "CT-1", [])
        return await self.billing.moved(invoice, seen=drafted)


@pytest.fixture
def desk(workshop: Workshop) -> Iterator[Desk]:
    with acting_as(CALLER):
        yield Desk(workshop)


async def test_only_what_is_overdue_and_not_reminded_of_yet_falls_due(desk: Desk) -> None:
    """The first letter goes three days after the due date; a draft of it waits for a person."""
    late = await desk.owed("I-1")
    await desk.owed("I-2", due=DUE + timedelta(days=1))
    drafted = await desk.owed("I-3")
    await desk.collecting.draft(drafted.id, 1)

    due = await desk.collecting.fallen_due(frozenset({"US"}))

    assert [(each.invoice_id, each.level, each.on) for each in due] == [
        (late.id, 1, THIRD_DAY.date())
    ]
