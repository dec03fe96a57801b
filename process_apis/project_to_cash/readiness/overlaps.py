"""Periods that are billed already, by another billing event or before Strata. Pure decisions."""

from collections.abc import Iterator

from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.records import BillingKind, Blocker, PeriodClaim

BY_PERIOD = {BillingKind.TIME, BillingKind.RETAINER, BillingKind.SUBSCRIPTION}


def overlaps(facts: BillingFacts) -> Iterator[Blocker]:
    """Nothing is billed of a period that another one reaches into, until a person parts them.

    What is billed again after a credit, and what a cap held, is told by its sources instead.
    """
    event = facts.event
    if event.kind not in BY_PERIOD or event.sequence > 1:
        return
    until = facts.contract.billed_until
    if until is not None and event.period_start <= until:
        yield _overlap(
            f"the opening balance of {facts.contract.number} bills until {until}: put it right,"
            " or leave what it covers out of this period"
        )
    for each in facts.claims:
        if _meets(facts, each):
            yield _overlap(_remedy(each))


def _meets(facts: BillingFacts, claim: PeriodClaim) -> bool:
    event = facts.event
    apart = claim.end < event.period_start or event.period_end < claim.start
    return claim.kind is event.kind and not apart


def _remedy(claim: PeriodClaim) -> str:
    period = f"{claim.start} to {claim.end}"
    if claim.written_off:
        return f"{claim.event_id} gave {period} up: put it back, or bill the rest by hand"
    if claim.invoice is None:
        return f"another bill is planned for {period}: cancel one of the two"
    return f"{claim.invoice} bills {period}: credit it, or bill the rest of the period by hand"


def _overlap(remedy: str) -> Blocker:
    return Blocker(code="B10", reason="PERIOD_OVERLAP", owner="finance", remedy=remedy)
