"""The lists that processes keep, each with the index that its pages are read by."""

from pathlib import Path
from typing import Any  # Any: lists of whatever records

from msgspec import Struct

from governance.audit import Audit
from process_apis.engagements import ENGAGEMENTS
from process_apis.listing import Listing
from process_apis.procure_to_pay.ordering.requests import OrderRequest
from process_apis.procure_to_pay.papers import PurchasePapers
from process_apis.project_to_cash.collection.disputes import DISPUTES
from process_apis.project_to_cash.collection.receipts import RECEIPTS, UNPLACED
from process_apis.project_to_cash.collection.reminders import REMINDERS
from process_apis.project_to_cash.ledger import listings
from process_apis.project_to_cash.mailing.register import MAILS
from process_apis.resource_to_revenue.cases import Cases
from process_apis.resource_to_revenue.records import BookingCase
from store.clock import wall_clock
from store.database import Store

NOWHERE = Store(Path("/nowhere"))
AUDIT = Audit(NOWHERE, wall_clock, Path("/nowhere"))
ORDERS = PurchasePapers(NOWHERE, AUDIT, OrderRequest, "order_request")
BOOKINGS = Cases(NOWHERE, AUDIT, BookingCase, "booking")


class Listed(Struct, frozen=True):
    """A list, and the index that begins with what it is found by and goes on in its order."""

    listing: Listing[Any]
    index: str


LISTED = {
    "billing events": Listed(listings.EVENTS, "billing_events_listed"),
    "work over caps": Listed(listings.OVER_CAP, "billing_events_over_cap"),
    "invoices": Listed(listings.INVOICES, "client_invoices_listed"),
    "invoices that stand": Listed(listings.STANDING_INVOICES, "client_invoices_listed"),
    "credit notes": Listed(listings.CREDIT_NOTES, "client_credit_notes_listed"),
    "credit notes that stand": Listed(listings.STANDING_CREDIT_NOTES, "client_credit_notes_listed"),
    "engagements": Listed(ENGAGEMENTS, "engagements_listed"),
    "purchases": Listed(ORDERS.listing(), "purchase_papers_listed"),
    "purchases of a vendor": Listed(ORDERS.listing(about="vn_1"), "purchase_papers_by_vendor"),
    "bookings": Listed(BOOKINGS.listing(), "staffing_cases_listed"),
    "disputes": Listed(DISPUTES, "disputes_listed"),
    "reminders": Listed(REMINDERS, "reminders_listed"),
    "mails": Listed(MAILS, "invoice_mails_listed"),
    "receipts": Listed(RECEIPTS, "receipts_listed"),
    "receipts to place": Listed(UNPLACED, "receipts_unplaced"),
}
