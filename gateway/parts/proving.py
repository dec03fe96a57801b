"""What proves the firm's records, put together."""

from msgspec import Struct

from gateway.firm import Firm
from gateway.foundation import Foundation
from gateway.parts.work import Work
from process_apis.durable.patience import Patience
from process_apis.explanations.explaining import Explaining
from process_apis.explanations.purchases import Purchases
from process_apis.explanations.trail import Trail
from process_apis.verification.booked import Reading
from process_apis.verification.verifying import Verification
from store.clock import Clocks, wall_clock
from system_apis.systems import Systems


class Proving(Struct, frozen=True):
    """What says whether the firm's records hold, and why a number is what it is."""

    verification: Verification
    explaining: Explaining


def proving(firm: Firm, base: Foundation, work: Work) -> Proving:
    """Make what proves the firm's records."""
    trail = Trail(base.store, base.audit, work.approvals, work.commands, work.engine)
    explaining = Explaining(
        store=base.store,
        billing=work.billing,
        credit_ledger=work.credited.credit_ledger,
        closing=work.earned.closing,
        receipts=work.cash.receipts,
        write_offs=work.credited.write_offs.ledger,
        purchases=Purchases(work.buying, trail),
        trail=trail,
    )
    return Proving(_verification(firm, base, work.systems), explaining)


def _verification(firm: Firm, base: Foundation, systems: Systems) -> Verification:
    """Make what looks whether everything that must always hold does."""
    return Verification(
        store=base.store,
        audit=base.audit,
        reading=Reading(systems),
        policy=firm.approval_policy(),
        directory=firm.directory(),
        patience=Patience().tries,
        entities=firm.codes,
        clocks=Clocks(business=base.clock.now, wall=wall_clock),
    )
