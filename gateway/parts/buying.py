"""Procure-to-pay put together: its records, its terms, and the process that works on them."""

from gateway.firm import Firm
from gateway.foundation import Foundation
from governance.editions import Editions
from process_apis.approvals.decisions import Approvals
from process_apis.engagements import Engagements
from process_apis.procure_to_pay.accruing import Accruing
from process_apis.procure_to_pay.bills.intake import Intake
from process_apis.procure_to_pay.bills.posting import BillPosting
from process_apis.procure_to_pay.buying import Buying
from process_apis.procure_to_pay.ordering.clearing import Clearing
from process_apis.procure_to_pay.ordering.requesting import Requesting
from process_apis.procure_to_pay.ordering.requests import OrderRequest, VendorFile
from process_apis.procure_to_pay.ordering.revising import Revising
from process_apis.procure_to_pay.orders import Orders
from process_apis.procure_to_pay.papers import PurchasePapers
from process_apis.procure_to_pay.process import ProcureToPay
from process_apis.procure_to_pay.questions import Questions
from process_apis.procure_to_pay.receiving import Receiving
from process_apis.procure_to_pay.records import AccrualJournal, BillCase, ReceiptCase
from process_apis.procure_to_pay.terms import Exchange, ProcureToPayTerms
from system_apis.systems import Systems


def make_buying(firm: Firm, base: Foundation, systems: Systems, engagements: Engagements) -> Buying:
    """Make the records of buying."""
    bills = PurchasePapers(base.store, base.audit, BillCase, "vendor_bill")
    terms, now = _terms(firm), base.clock.now
    exchange = Exchange(firm.reporting_currency, firm.fx_avg)
    return Buying(
        systems,
        engagements,
        Orders(systems, bills, terms, exchange, base.clock.now),
        Clearing(
            systems, PurchasePapers(base.store, base.audit, VendorFile, "vendor_file"), terms, now
        ),
        PurchasePapers(base.store, base.audit, OrderRequest, "order_request"),
        PurchasePapers(base.store, base.audit, ReceiptCase, "receipt_draft"),
        bills,
        PurchasePapers(base.store, base.audit, AccrualJournal, "accrual"),
    )


def make_process(
    firm: Firm, base: Foundation, buying: Buying, approvals: Approvals
) -> ProcureToPay:
    """Make the process of the same records."""
    now, entities = base.clock.now, firm.legal_entities()
    orders = buying.orders
    return ProcureToPay(
        requesting=Requesting(
            buying.systems,
            buying.requests,
            buying.engagements,
            buying.clearing,
            orders.terms,
            orders.exchange,
            now,
        ),
        revising=Revising(buying.systems, orders.terms, orders.exchange, now),
        receiving=Receiving(
            buying.systems, buying.receipts, buying.engagements, approvals, entities, now
        ),
        intake=Intake(
            buying.systems, buying.bills, buying.receipts, entities, buying.orders.terms, now
        ),
        posting=BillPosting(buying.systems, buying.bills, buying.clearing),
        accruing=Accruing(orders, buying.journals, entities, now),
        questions=Questions(buying.requests, buying.receipts, buying.bills, approvals, now),
    )


def _terms(firm: Firm) -> Editions[ProcureToPayTerms]:
    return Editions(firm.procure_to_pay_terms(), firm.terms.procure_to_pay)
