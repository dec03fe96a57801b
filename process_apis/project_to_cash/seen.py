"""The billing events and invoices that a caller may see."""

from governance.access import current_caller
from process_apis.engagements import Engagements
from process_apis.errors import NoSuchRecord
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice


async def event_seen(
    billing: BillingLedger, engagements: Engagements, billing_event_id: str
) -> BillingEvent:
    """Return a billing event that the caller may see, or raise `NoSuchRecord`."""
    event = await billing.event(billing_event_id)
    if not (await engagements.sight(current_caller())).sees(event):
        raise NoSuchRecord(f"there is no billing event {billing_event_id}")
    return event


async def invoice_seen(
    billing: BillingLedger, engagements: Engagements, invoice_id: str
) -> ClientInvoice:
    """Return an invoice that the caller may see, or raise `NoSuchRecord`."""
    invoice = await billing.invoice(invoice_id)
    if not (await engagements.sight(current_caller())).sees(invoice):
        raise NoSuchRecord(f"there is no invoice {invoice_id}")
    return invoice
