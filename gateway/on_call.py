"""What answers people on call, put together."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from types import ModuleType

from experience_apis.operations.on_call import OnCall
from gateway.firm import Firm
from gateway.foundation import Foundation
from gateway.parts.work import Work
from governance.error_budgets import ErrorBudgets
from governance.vendor_budgets import Budgets
from process_apis.rounds import Rounds
from store.clock import wall_clock
from system_apis.failing import Failures
from system_apis.failing_kept import KeptFailures
from system_apis.failing_told import FailuresTold

# As often as Prometheus asks. [P]
EVERY_SECONDS = 15.0


def on_call(base: Foundation, work: Work, budgets: Budgets, failures: Failures) -> OnCall:
    """Return what knows which systems fail, and what waits for them."""
    return OnCall(
        failures,
        work.engine.held_up,
        work.seen_cases,
        work.commands,
        work.billing,
        budgets,
        base.metrics,
        work.systems.instances,
        base.clock.now,
    )


async def known_failures(base: Foundation, open_parts: AsyncExitStack) -> KeptFailures:
    """Return what the process before knew of failures; it is kept when the gateway closes."""
    kept = KeptFailures(base.store, Failures(wall_clock, FailuresTold(base.logs)))
    await kept.recall()
    open_parts.push_async_callback(kept.keep)
    return kept


def on_call_rounds(base: Foundation, kept: KeptFailures, told: OnCall) -> Rounds:
    """Return what keeps, again and again, what fails, and counts what waits for which system."""
    tasks = {"failures": [kept.keep], "on_call": [told.take]}
    rounds = Rounds(tasks, base.metrics, wall_clock, every_seconds=EVERY_SECONDS)
    kept.when_new(lambda: rounds.nudge("failures"))
    return rounds


def error_budgets(base: Foundation, firm: Firm, apis: Sequence[ModuleType]) -> ErrorBudgets:
    """Return what knows how much of each API's budgets is left since now."""
    return ErrorBudgets(
        [module.POLICY for module in apis],
        base.metrics,
        lambda: firm.objectives_on(base.clock.now().date()),
        wall_clock(),
    )
