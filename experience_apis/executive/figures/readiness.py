"""Invoice readiness: how much of what fell due could be billed when it was looked at first."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from experience_apis.executive.figures.measures import share
from process_apis.project_to_cash.records import BillingEvent, Blocker, EventStatus
from system_apis.canonical.money import Money

NOT_DUE = {EventStatus.NOTHING_TO_BILL, EventStatus.CANCELLED}


class ProjectBlockers(Struct, frozen=True, kw_only=True):
    """What held a project's billing at its first check."""

    project_number: str
    blockers: tuple[Blocker, ...]


class BlockerCount(Struct, frozen=True, kw_only=True):
    """How many billing events one reason held back at their first check, the most first."""

    code: str
    reason: str
    events: int
    share: Decimal | None


class Readiness(Struct, frozen=True, kw_only=True):
    """Invoice readiness rate, by number and by value in the reporting currency.

    What had nothing to bill, or was cancelled, was not due; what is written off was.
    `value_rate` is None where an amount has no rate, or is not known yet.
    """

    events_due: int
    ready_at_first_check: int
    rate: Decimal | None
    value_rate: Decimal | None
    blockers: tuple[ProjectBlockers, ...]
    pareto: tuple[BlockerCount, ...]


def due(events: Sequence[BillingEvent]) -> list[BillingEvent]:
    """Return the events that there was something to bill for."""
    return [each for each in events if each.status not in NOT_DUE]


def readiness(
    events: Sequence[BillingEvent], average: Mapping[str, Decimal], reporting_currency: str
) -> Readiness:
    """Return the figure of the events that fell due."""
    fallen = due(events)
    ready = [each for each in fallen if each.first_blockers == ()]
    rates = {**average, reporting_currency: Decimal(1)}
    worth, worth_ready = _worth(fallen, rates), _worth(ready, rates)
    weighed = worth is not None and worth_ready is not None
    return Readiness(
        events_due=len(fallen),
        ready_at_first_check=len(ready),
        rate=share(len(ready), len(fallen)),
        value_rate=share(worth_ready or 0, worth or 0) if weighed else None,
        blockers=_blockers(fallen),
        pareto=_pareto(fallen),
    )


def _worth(events: Sequence[BillingEvent], rates: Mapping[str, Decimal]) -> Decimal | None:
    amounts: list[Money | None] = [each.amount_expected for each in events]
    if any(each is None or each.currency not in rates for each in amounts):
        return None
    return sum(
        (each.value * rates[each.currency] for each in amounts if each is not None),
        start=Decimal(0),
    )


def _blockers(events: Sequence[BillingEvent]) -> tuple[ProjectBlockers, ...]:
    held: dict[str, tuple[Blocker, ...]] = {}
    for event in events:
        if event.first_blockers:
            held[event.project_number] = held.get(event.project_number, ()) + event.first_blockers
    return tuple(
        ProjectBlockers(project_number=number, blockers=blockers)
        for number, blockers in sorted(held.items())
    )


def _pareto(events: Sequence[BillingEvent]) -> tuple[BlockerCount, ...]:
    held: dict[tuple[str, str], int] = {}
    for event in events:
        for place in {(each.code, each.reason) for each in event.first_blockers or ()}:
            held[place] = held.get(place, 0) + 1
    most_first = sorted(held.items(), key=lambda each: (-each[1], each[0]))
    return tuple(
        BlockerCount(code=code, reason=reason, events=count, share=share(count, len(events)))
        for (code, reason), count in most_first
    )
