"""The parts of revenue put together: the reading of facts, the ledger, the close of months."""

from msgspec import Struct

from gateway.firm import Firm
from gateway.foundation import Foundation
from governance.editions import Editions
from process_apis.approvals.decisions import Approvals
from process_apis.engagements import Engagements
from process_apis.exceptions.queue import ExceptionQueue
from process_apis.procure_to_pay.buying import Buying
from process_apis.project_to_cash.checks import Checks
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.write_offs.ledger import WriteOffLedger
from process_apis.revenue.books.entries import RevenueLedger
from process_apis.revenue.books.periods import Periods
from process_apis.revenue.closing import Closing
from process_apis.revenue.questions import Questions
from process_apis.revenue.reading import Reading
from process_apis.revenue.recognizing import Recognizing
from process_apis.revenue.terms import RevenueTerms
from system_apis.systems import Systems


class Books(Struct, frozen=True):
    """Our own records that revenue is worked out from."""

    engagements: Engagements
    billing: BillingLedger
    exceptions: ExceptionQueue
    approvals: Approvals
    checks: Checks


def closing_of(
    firm: Firm, base: Foundation, systems: Systems, books: Books, buying: Buying
) -> Closing:
    """Make what recognizes revenue and closes months."""
    now, exchange = base.clock.now, firm.exchange()
    recognizing = Recognizing(
        books.engagements,
        Reading(
            systems,
            books.billing,
            books.checks,
            exchange,
            firm.legal_entities(),
            WriteOffLedger(base.store, base.audit),
        ),
        RevenueLedger(base.store, base.audit, now),
        exchange,
        firm.legal_entities(),
        Editions(RevenueTerms(), firm.terms.revenue),
        now,
    )
    return Closing(
        systems,
        recognizing,
        books.billing,
        books.exceptions,
        Periods(base.store, base.audit, now),
        Questions(books.approvals, now),
        buying.unbooked,
    )
