"""What was invoiced of billing events is found by the event, and deposits by their kind."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from governance.access import acting_as
from governance.audit import Audit
from process_apis.engagements import Engagements
from process_apis.project_to_cash.ledger.billed_events import BilledEvents
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import (
    BillingEvent,
    BillingKind,
    ClientInvoice,
)
from store.clock import wall_clock
from store.database import Store
from tests.process_apis.billing_facts import billing_event, id_of
from tests.process_apis.engaged import engagement
from tests.process_apis.ledger_house import CALLER
from tests.process_apis.owing_facts import posted
from tests.stores import empty_store

US = frozenset({"US"})
PLANNED = [("P-1", "CL-9"), ("P-2", "CL-8"), ("P-3", "CL-8")]


class Ledger:
    """A ledger with its invoices by their events."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self.billing, self.billed = BillingLedger(store, audit), BilledEvents(store)
        self.engagements = Engagements(store, audit)

    async def write(self, number: int, **changes: object) -> tuple[BillingEvent, ClientInvoice]:
        """Write an event and its invoice."""
        planned = replace(billing_event(), id=id_of("be", number), **changes)
        invoice = replace(posted(f"I-{number}", "100"), billing_event_id=planned.id)
        with acting_as(CALLER):
            await self.billing.plan([planned])
            return planned, await self.billing.draft(invoice, "CT-1", [])


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    """An empty ledger."""
    store = empty_store(tmp_path / "strata.sqlite")
    audit = Audit(store, wall_clock, tmp_path / "heads")
    yield Ledger(store, audit)
    store.close()


async def test_only_invoices_of_the_events_that_are_asked_for_are_read(ledger: Ledger) -> None:
    """Others are, and one that was rejected bills nothing."""
    first, invoice = await ledger.write(1)
    await ledger.write(2)
    third, sent_back = await ledger.write(3)
    with acting_as(CALLER):
        await ledger.billing.release(sent_back)

    assert await ledger.billed.invoices([first.id, third.id]) == [invoice]


async def test_the_deposits_of_a_company_are_its_down_payments(ledger: Ledger) -> None:
    """Whatever else it billed, and whatever others did."""
    await ledger.write(1)
    _, deposit = await ledger.write(2, kind=BillingKind.DOWN_PAYMENT)
    await ledger.write(3, kind=BillingKind.DOWN_PAYMENT, legal_entity="DE")

    assert await ledger.billed.deposits(US) == [deposit]


async def test_events_of_some_days_are_those_planned_on_them(ledger: Ledger) -> None:
    """The first and the last day count."""
    days = [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)]
    for number, day in enumerate(days, start=1):
        await ledger.write(number, planned_date=day)
    found = await ledger.billing.events(entities=US, planned_from=days[1], planned_until=days[2])

    assert [each.planned_date for each in found] == days[1:3]


async def test_a_client_is_ours_since_the_first_of_their_projects_was_opened(
    ledger: Ledger,
) -> None:
    """Other clients' projects, and another company's, say nothing of it."""
    for number, (project, client) in enumerate(PLANNED):
        await ledger.write(number, project_number=project, client_number=client)
    with acting_as(CALLER):
        for day, (project, _) in enumerate(PLANNED, start=1):
            opened = datetime(2026, 1, day, tzinfo=UTC)
            await ledger.engagements.open(engagement(project, opened))
    since = ledger.billed.taken_on

    assert await since("US", "CL-8") == datetime(2026, 1, 2, tzinfo=UTC)
    assert await since("US", "CL-9") == datetime(2026, 1, 1, tzinfo=UTC)
    assert await since("US", "CL-7") is None
    assert await since("UK", "CL-8") is None
