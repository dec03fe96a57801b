"""What proves the firm's records, put together."""

from gateway.firm import Firm
from gateway.foundation import Foundation
from process_apis.patience import Patience
from process_apis.verification.booked import Reading
from process_apis.verification.verifying import Verification
from store.clock import Clocks, wall_clock
from system_apis.systems import Systems


def verification_of(firm: Firm, base: Foundation, systems: Systems) -> Verification:
    """Return what looks whether everything that must always hold does."""
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
