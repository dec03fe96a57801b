"""What work was worth, and what of its worth was lost. Pure decisions.

Terms and formulas: domain handbook, 4 (realization, revenue leakage).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from process_apis.revenue.figures.facts import RevenueFacts, Worked, WorkLine
from process_apis.revenue.records import Lost
from system_apis.canonical.billing import LineKind
from system_apis.canonical.money import Money

SHOWN = Decimal("0.0001")


def share(part: Decimal | None, whole: Decimal | None) -> Decimal | None:
    """Return a share, rounded half-up to four decimals; of nothing there is none."""
    if part is None or not whole:
        return None
    return (part / whole).quantize(SHOWN, ROUND_HALF_UP)


def list_value(worked: Sequence[Worked], currency: str) -> Money | None:
    """Return what billable hours are worth at list rates, None when a role has none."""
    billable = [each for each in worked if each.billable]
    values = [each.listed for each in billable if each.listed is not None]
    if len(values) < len(billable):
        return None
    return Money.of(sum(values, start=Decimal(0)), currency)


def rework(worked: Iterable[Worked], currency: str) -> Money:
    """Return what hours that are not billed would have brought at the contract's rates."""
    values = (each.agreed for each in worked if not each.billable and each.agreed is not None)
    return Money.of(sum(values, start=Decimal(0)), currency)


def lost(facts: RevenueFacts, start: date, end: date) -> Lost:
    """Return what was lost in some days: over the cap, in rework, to credits, written off.

    What is over the cap of a month that is written off is lost over the cap.
    """
    within = [each for each in facts.lines if start <= each.day <= end]
    given_up = [each for each in facts.given_up if start <= each.day <= end]
    over = _of_kind([*within, *given_up], LineKind.NTE_ADJUSTMENT)
    worked = [each for each in facts.worked if start <= each.day <= end]
    given = (each.amount for each in facts.given_back if start <= each.day <= end)
    return Lost(
        over_cap=-Money.total(over, facts.currency),
        rework_at_contract_rate=rework(worked, facts.currency),
        service_credit=Money.total(given, facts.currency),
        write_off=Money.total((each.amount for each in given_up), facts.currency),
    )


def expenses_billed(facts: RevenueFacts, start: date, end: date) -> Money:
    """Return what of the revenue of some days is expenses that the client pays."""
    within = [each for each in facts.lines if start <= each.day <= end]
    return Money.total(_of_kind(within, LineKind.EXPENSES), facts.currency)


def _of_kind(lines: Iterable[WorkLine], kind: LineKind) -> Iterable[Money]:
    return (each.amount for each in lines if each.kind is kind)
