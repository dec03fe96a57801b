"""The lists that processes keep, each with the index that its pages are read by."""

from pathlib import Path
from typing import Any  # Any: lists of whatever records

from msgspec import Struct
from msgspec.structs import replace

from governance.access import Caller
from governance.audit import Audit
from process_apis.adoption.findings import IN_SIGHT
from process_apis.adoption.findings import listing_of as listing_of_findings
from process_apis.adoption.records import FindingStatus
from process_apis.approvals.entitled import shown_to
from process_apis.approvals.requests import ApprovalStatus
from process_apis.change_requests.applications import APPLICATIONS
from process_apis.client_matching.merges import MERGES
from process_apis.client_matching.register import MATCHES
from process_apis.engagements import ENGAGEMENTS
from process_apis.exceptions.queue import ExceptionStatus, cases_of
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
from process_apis.revenue.books.entries import listing_of as listing_of_entries
from process_apis.revenue.books.periods import PERIODS
from process_apis.subscriptions.register import listing_of as listing_of_subscriptions
from process_apis.time_and_expense.listings import Asked, RowKind
from process_apis.time_and_expense.listings import listing_of as listing_of_rows
from process_apis.time_and_expense.pay_runs import PAY_RUNS
from store.clock import wall_clock
from store.database import Store

LEADER = Caller(
    subject="U-1",
    client_id="console",
    scopes=frozenset(),
    roles=frozenset({"finance", "project_manager"}),
)
OPERATOR = replace(LEADER, subject="U-OP", roles=frozenset({"operator"}))
EVERY_ROW = Asked(employee=None, start=None, end=None, status=None)
LAST_VERSION = "sqlite_autoindex_handed_in_1"
NOWHERE = Store(Path("/nowhere"))
AUDIT = Audit(NOWHERE, wall_clock, Path("/nowhere"))
ORDERS = PurchasePapers(NOWHERE, AUDIT, OrderRequest, "order_request")
BOOKINGS = Cases(NOWHERE, AUDIT, BookingCase, "booking")


class Listed(Struct, frozen=True):
    """A list, and the index that begins with what it is found by and goes on in its order."""

    listing: Listing[Any]
    index: str
    beside: str | None = None


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
    "approvals": Listed(shown_to(LEADER, ApprovalStatus.APPROVED), "approvals_listed"),
    "cases": Listed(cases_of(LEADER, ExceptionStatus.RESOLVED), "exceptions_listed"),
    "findings": Listed(listing_of_findings(LEADER, [FindingStatus.ADOPTED]), "findings_listed"),
    "findings in sight": Listed(listing_of_findings(OPERATOR, IN_SIGHT), "findings_listed"),
    "applications": Listed(APPLICATIONS, "change_applications_listed"),
    "revenue entries": Listed(listing_of_entries(None), "revenue_entries_listed"),
    "merges": Listed(MERGES, "client_merges_listed"),
    "matches": Listed(MATCHES, "sqlite_autoindex_client_matches_1"),
    "hours": Listed(listing_of_rows(RowKind.ENTRY, EVERY_ROW), "handed_in_listed", LAST_VERSION),
    "one's own hours": Listed(
        listing_of_rows(RowKind.ENTRY, replace(EVERY_ROW, employee="E1")),
        "handed_in_by_employee",
        LAST_VERSION,
    ),
    "pay runs": Listed(PAY_RUNS, "pay_runs_by_period"),
    "periods": Listed(PERIODS, "sqlite_autoindex_accounting_periods_1"),
    "bookings": Listed(BOOKINGS.listing(), "staffing_cases_listed"),
    "subscriptions": Listed(listing_of_subscriptions(OPERATOR), "subscriptions_listed"),
    "one's own subscriptions": Listed(listing_of_subscriptions(LEADER), "subscriptions_by_owner"),
    "disputes": Listed(DISPUTES, "disputes_listed"),
    "reminders": Listed(REMINDERS, "reminders_listed"),
    "mails": Listed(MAILS, "invoice_mails_listed"),
    "receipts": Listed(RECEIPTS, "receipts_listed"),
    "receipts to place": Listed(UNPLACED, "receipts_unplaced"),
}
