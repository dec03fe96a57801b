"""A case is shown to those of the business unit whose project it is about, and those above."""

from collections.abc import Mapping
from datetime import date
from functools import partial

import pytest
from msgspec import structs
from msgspec.structs import replace
from sqlalchemy import Connection, Table, insert

from governance.access import acting_as
from process_apis.change_requests.applications import change_applications
from process_apis.commands import Command, CommandStatus
from process_apis.durable.steps import Stopped
from process_apis.errors import NoSuchRecord
from process_apis.events.billing import (
    BillingFallenDue,
    CreditNoteApproved,
    InvoiceApproved,
    PaymentBooked,
    ReminderApproved,
)
from process_apis.events.changes import ChangeAsked
from process_apis.events.event import Event
from process_apis.events.mails import MailApproved
from process_apis.events.procurement import OrderRequested
from process_apis.events.set_up import ProjectActivated, SetUpGivenUp
from process_apis.events.staffing import BookingAsked
from process_apis.events.time_and_expense import WorkHandedIn
from process_apis.exceptions.cases import case_of
from process_apis.exceptions.queue import ExceptionStatus, OpenException
from process_apis.procure_to_pay.papers import purchase_papers
from process_apis.project_to_cash.collection.reminders import reminders
from process_apis.project_to_cash.ledger.tables import (
    billing_events,
    client_credit_notes,
    client_invoices,
)
from process_apis.project_to_cash.mailing.register import invoice_mails
from process_apis.resource_to_revenue.cases import staffing_cases
from process_apis.time_and_expense.tables import handed_in
from tests.process_apis.billing_facts import id_of
from tests.process_apis.test_engine import OPERATOR
from tests.process_apis.test_waiting import NOW, WAITS
from tests.process_apis.workshop import Workshop

TAX = replace(OPERATOR, units=frozenset({"TAX"}))
DATA = replace(OPERATOR, units=frozenset({"DATA"}))
ABOVE = replace(OPERATOR, units=frozenset({"US", "TAX", "DATA"}))
OPEN = ExceptionStatus.OPEN
RECORD = b'{"project_number":"P-1"}'
SUMS = {"currency": "USD", "net_units": 0, "fee_units": 0, "expense_units": 0}
KEPT: Mapping[Table, dict[str, object]] = {
    billing_events: {
        **{"id": id_of("bev", 1), "contract_number": "C-1", "planned_date": NOW.date()},
        **{"kind": "tm_period", "period_start": NOW.date(), "period_end": NOW.date()},
    },
    client_invoices: {
        **{"id": id_of("inv", 1), "contract_number": "C-1", "issue_date": NOW.date()},
        **{"billing_event_id": id_of("bev", 1), "due_date": date(2026, 12, 2)},
        **{"reference": "INV:1", **SUMS},
    },
    client_credit_notes: {
        **{"id": id_of("crn", 1), "invoice_id": id_of("inv", 1), "contract_number": "C-1"},
        **{"issue_date": NOW.date(), **SUMS},
    },
    reminders: {"id": id_of("rem", 1), "invoice_id": id_of("inv", 1)},
    invoice_mails: {"document_id": id_of("crn", 1), "invoice_id": id_of("inv", 1)},
    change_applications: {"id": "cra_1", "state": "applying"},
    staffing_cases: {"kind": "Booking", "id": "bkc_1", "opened_at": NOW},
    handed_in: {
        **{"id": id_of("row", 1), "version": 1, "kind": "entry", "number": "T-1", "employee": "E1"},
        **{"day": NOW.date(), "started": 1},
    },
    purchase_papers: {"kind": "OrderRequest", "id": "req_1", "vendor_id": "v", "opened_at": NOW},
}
SHARED: dict[str, object] = {
    **{"project_number": "P-1", "legal_entity": "US", "record": RECORD},
    **{"status": "s", "stage": "s", "client_number": "CL-1"},
    **{"is_over_cap": 0, "owed_units": 0, "credited_units": 0},
    **{"drafted_on": NOW.date(), "drafted_at": NOW, "asked_at": NOW},
}
OF_A_PROJECT: list[Event] = [
    ProjectActivated(project_number="P-1"),
    SetUpGivenUp(opportunity_id=id_of("opp", 1), contract_id=id_of("ct", 9)),
    BillingFallenDue(billing_event_id=id_of("bev", 1), occasion="day"),
    InvoiceApproved(invoice_id=id_of("inv", 1), version=1),
    CreditNoteApproved(credit_note_id=id_of("crn", 1), version=1),
    ReminderApproved(reminder_id=id_of("rem", 1), approval_id=id_of("apr", 1)),
    MailApproved(document_id=id_of("crn", 1), approval_id=id_of("apr", 1)),
    ChangeAsked(application_id="cra_1"),
    BookingAsked(booking_case_id="bkc_1"),
    WorkHandedIn(row_id=id_of("row", 1), version=1),
    OrderRequested(request_id="req_1"),
]
OF_NONE = PaymentBooked(instance="erp-a", payment_id=id_of("pay", 1))


@pytest.mark.parametrize("event", OF_A_PROJECT, ids=lambda each: type(each).__name__)
async def test_a_case_is_there_for_its_own_unit_and_those_above(
    workshop: Workshop, event: Event
) -> None:
    """Whatever the work names; for another unit it is not there, and is not set going again."""
    await _keep(workshop)
    case = await _stopped(workshop, event)
    payment = await _stopped(workshop, OF_NONE)
    cases = workshop.seen_cases

    pages = [await cases.page(who, OPEN, None) for who in (DATA, ABOVE, OPERATOR, TAX)]
    first, following = await cases.page(DATA, OPEN, None, most=1)
    second, _ = await cases.page(DATA, OPEN, following, most=1)
    alone, last = await cases.page(TAX, OPEN, None, most=1)
    replayed = await cases.replay("erp-a", note="back", by=TAX, at=NOW)

    assert [{each.id for each in some} for some, _ in pages] == [{case.id, payment.id}] * 3 + [
        {payment.id}
    ]
    assert {each.id for each in (*first, *second)} == {case.id, payment.id}
    assert ([each.id for each in alone], last) == ([payment.id], None)
    assert replayed.replayed == [payment.id]
    assert (await cases.get(case.id, DATA)).status is OPEN
    with pytest.raises(NoSuchRecord):
        await cases.get(case.id, TAX)


async def test_a_case_says_whose_work_stopped(workshop: Workshop) -> None:
    """By the client and the project; what is of a whole company is of nobody's."""
    await _keep(workshop)
    bill = await _stopped(workshop, InvoiceApproved(invoice_id=id_of("inv", 1), version=1))
    payment = await _stopped(workshop, OF_NONE)

    works = await workshop.seen_cases.called([bill, payment])

    assert works == {bill.command_key: "A client, P-1"}


async def _keep(workshop: Workshop) -> None:
    """Write a project of the unit DATA down, and a record of every kind that is of it."""
    with acting_as(OPERATOR):
        await workshop.engagements.open(replace(WAITS, business_unit="DATA"))
    for table, row in KEPT.items():
        shared = {name: said for name, said in SHARED.items() if name in table.c}
        written = insert(table).values(**shared, **row)
        await workshop.store.write(partial(Connection.execute, statement=written))


async def _stopped(workshop: Workshop, event: Event) -> OpenException:
    key = event.business_key
    run = Command(
        key=key, process="p", started_by="U-9", status=CommandStatus.PARKED, accepted_at=NOW
    )
    await workshop.commands.accept(event, run)
    stopped = Stopped(1, "act", "TRY_LATER", "away", NOW, system="erp-a")
    event = structs.replace(event, legal_entity="US")
    case = case_of(stopped, event, process="p", command_key=key, on_behalf_of="U-9")
    with acting_as(OPERATOR):
        return await workshop.exceptions.open(case)
