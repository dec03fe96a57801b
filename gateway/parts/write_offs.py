"""The parts of write-offs put together: what asks for them, and what carries them out."""

from gateway.firm import Firm
from gateway.foundation import Foundation
from governance.editions import Editions
from process_apis.approvals.decisions import Approvals
from process_apis.project_to_cash.checks import Checks
from process_apis.project_to_cash.write_offs.asking import Asking
from process_apis.project_to_cash.write_offs.ledger import WriteOffLedger
from process_apis.project_to_cash.write_offs.process import WritingOff
from process_apis.project_to_cash.write_offs.terms import WriteOffTerms
from process_apis.project_to_cash.write_offs.weighing import Weighing


def write_offs_of(firm: Firm, base: Foundation, checks: Checks, approvals: Approvals) -> Asking:
    """Make what works out write-offs, and has them approved."""
    return Asking(
        weighing=Weighing(checks),
        ledger=WriteOffLedger(base.store, base.audit),
        approvals=approvals,
        terms=Editions(WriteOffTerms(), firm.terms.write_offs),
        policy=firm.approval_policy(),
        entities=firm.legal_entities(),
        clock=base.clock.now,
    )


def writing_off_of(asking: Asking) -> WritingOff:
    """Make what carries write-offs out, of the same parts."""
    return WritingOff(
        weighing=asking.weighing,
        ledger=asking.ledger,
        approvals=asking.approvals,
        entities=asking.entities,
        clock=asking.clock,
    )
