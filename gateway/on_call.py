"""What answers people on call, put together."""

from experience_apis.operations.on_call import OnCall
from gateway.foundation import Foundation
from gateway.work import Work
from governance.vendor_budgets import Budgets
from system_apis.failing import Failures


def on_call(base: Foundation, work: Work, budgets: Budgets, failures: Failures) -> OnCall:
    """Return what knows which systems fail, and what waits for them."""
    return OnCall(
        failures,
        work.engine.held_up,
        work.exceptions,
        work.commands,
        work.billing,
        budgets,
        base.metrics,
        work.systems.instances,
        base.clock.now,
    )
