"""Procure-to-pay put together: its records, its terms, and the process that works on them."""

from gateway.firm import Firm
from gateway.foundation import Foundation
from governance.editions import Editions
from process_apis.approvals.decisions import Approvals
from process_apis.engagements import Engagements
from process_apis.procure_to_pay.buying import Buying
from process_apis.procure_to_pay.intake import Intake
from process_apis.procure_to_pay.orders import Orders
from process_apis.procure_to_pay.papers import Papers
from process_apis.procure_to_pay.process import ProcureToPay
from process_apis.procure_to_pay.questions import Questions
from process_apis.procure_to_pay.receiving import Receiving
from process_apis.procure_to_pay.records import BillCase, ReceiptCase
from process_apis.procure_to_pay.terms import Exchange, ProcureToPayTerms
from system_apis.systems import Systems


def make_buying(firm: Firm, base: Foundation, systems: Systems, engagements: Engagements) -> Buying:
    """Make the records of buying."""
    bills = Papers(base.store, base.audit, BillCase, "vendor_bill")
    exchange = Exchange(firm.reporting_currency, firm.fx_avg)
    return Buying(
        systems,
        engagements,
        Orders(systems, bills, _terms(firm), exchange, base.clock.now),
        Papers(base.store, base.audit, ReceiptCase, "receipt_draft"),
        bills,
    )


def make_process(
    firm: Firm, base: Foundation, buying: Buying, approvals: Approvals
) -> ProcureToPay:
    """Make the process of the same records."""
    now, entities = base.clock.now, firm.legal_entities()
    return ProcureToPay(
        receiving=Receiving(
            buying.systems, buying.receipts, buying.engagements, approvals, entities, now
        ),
        intake=Intake(
            buying.systems, buying.bills, buying.receipts, entities, buying.orders.terms, now
        ),
        questions=Questions(buying.receipts, buying.bills, approvals, now),
    )


def _terms(firm: Firm) -> Editions[ProcureToPayTerms]:
    return Editions(firm.procure_to_pay_terms(), firm.terms.procure_to_pay)
