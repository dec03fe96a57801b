"""The lists of the billing ledger: by planned date, or by the date of issue."""

from process_apis.listing import Listing, recorded
from process_apis.project_to_cash.credit_records import ClientCreditNote
from process_apis.project_to_cash.ledger.tables import (
    billing_events,
    client_credit_notes,
    client_invoices,
)
from process_apis.project_to_cash.records import BillingEvent, ClientInvoice, InvoiceStage

EVENTS = Listing(
    name="billing_events",
    order=(billing_events.c.planned_date, billing_events.c.id),
    read=recorded(BillingEvent),
)
OVER_CAP = EVENTS.where(billing_events.c.is_over_cap == 1)
INVOICES = Listing(
    name="invoices",
    order=(client_invoices.c.issue_date, client_invoices.c.id),
    read=recorded(ClientInvoice),
)
STANDING_INVOICES = INVOICES.where(client_invoices.c.stage != InvoiceStage.REJECTED)
CREDIT_NOTES = Listing(
    name="credit_notes",
    order=(client_credit_notes.c.issue_date, client_credit_notes.c.id),
    read=recorded(ClientCreditNote),
)
STANDING_CREDIT_NOTES = CREDIT_NOTES.where(client_credit_notes.c.stage != InvoiceStage.REJECTED)
