"""What is wrong with a project: rules DQ-P1 to DQ-P9 of the domain handbook, 5.

A fact that is not known is None, and nothing is said of it. Each rule returns what it found.
"""

from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.delivery import Project, ProjectStatus
from system_apis.canonical.money import Money
from system_apis.canonical.plans import MilestoneStatus

LATE_AFTER = timedelta(days=7)
LARGEST_STEP_BACK = Decimal("0.05")
_ENDED = {MilestoneStatus.ACCEPTED, MilestoneStatus.BILLED, MilestoneStatus.CANCELLED}


class MilestoneSeen(Struct, frozen=True, kw_only=True):
    """A milestone as a system has it, whole or not."""

    number: str
    status: MilestoneStatus
    planned_date: date
    forecast_date: date | None = None
    actual_date: date | None = None
    has_evidence: bool = False


class ProjectFacts(Struct, frozen=True, kw_only=True):
    """A project, its contract and manager, and what its plan and books say of it."""

    project: Project
    on: date
    contract_known: bool | None = None
    contract_currency: str | None = None
    last_assignment_ends: date | None = None
    manager_works: bool | None = None
    actual_cost: Money | None = None
    milestones: tuple[MilestoneSeen, ...] = ()
    unbilled: Money | None = None


def contract_missing(facts: ProjectFacts) -> str | None:
    """DQ-P1: an active project has a contract; adoption puts one of another hand to a person."""
    lacks = facts.project.status is ProjectStatus.ACTIVE and facts.contract_known is False
    return f"contract_number {facts.project.contract_number or '-'} is not known" if lacks else None


def currency_differs(facts: ProjectFacts) -> str | None:
    """DQ-P2: project and contract are in one currency; set-up takes the contract's."""
    ours, theirs = facts.project.currency, facts.contract_currency
    return (
        f"currency is {ours}, and the contract's {theirs}" if theirs not in {None, ours} else None
    )


def ends_too_early(facts: ProjectFacts) -> str | None:
    """DQ-P3: nobody is assigned beyond a project's end."""
    last = facts.last_assignment_ends
    early = last is not None and facts.project.end < last
    return f"end {facts.project.end} is before the last assignment of {last}" if early else None


def manager_missing(facts: ProjectFacts) -> str | None:
    """DQ-P4: a project has a manager who is with the firm."""
    manager = facts.project.project_manager
    if not manager:
        return "project_manager is absent"
    return f"project_manager {manager} has left" if facts.manager_works is False else None


def estimate_below_cost(facts: ProjectFacts) -> str | None:
    """DQ-P5: what a project will cost is not less than what it has cost; neither is told here."""
    estimate, actual = facts.project.estimate_at_completion, facts.actual_cost
    if estimate is None or actual is None or not isinstance(estimate.cost, Money):
        return None
    below = estimate.cost < actual
    said = f"estimate_at_completion of {estimate.as_of}"
    return f"{said} is below what the work has cost" if below else None


def goes_back(facts: ProjectFacts) -> str | None:
    """DQ-P6: work that was done is done; more than five points back has a note."""
    reached, wrong = Decimal(0), None
    for each in facts.project.progress:
        back = reached - each.percent_complete > LARGEST_STEP_BACK
        wrong = each if back and each.note is None else None
        reached = reached if wrong else each.percent_complete
    if wrong is None:
        return None
    return f"percent_complete went from {reached:.0%} to {wrong.percent_complete:.0%}"


def milestone_late(facts: ProjectFacts) -> str | None:
    """DQ-P7: a milestone a week behind its day has a new one."""
    late = [
        each.number
        for each in facts.milestones
        if each.status not in _ENDED
        and each.forecast_date is None
        and facts.on - each.planned_date > LATE_AFTER
    ]
    return f"forecast_date is absent of {', '.join(late)}" if late else None


def acceptance_unproven(facts: ProjectFacts) -> str | None:
    """DQ-P8: an accepted milestone has evidence and its day; its bill waits for both (B08)."""
    accepted = {MilestoneStatus.ACCEPTED, MilestoneStatus.BILLED}
    bare = [
        each.number
        for each in facts.milestones
        if each.status in accepted and not (each.has_evidence and each.actual_date)
    ]
    return f"evidence or actual_date is absent of {', '.join(bare)}" if bare else None


def closed_with_unbilled(facts: ProjectFacts) -> str | None:
    """DQ-P9: nothing is left to bill when a project is closed."""
    closed = facts.project.status is ProjectStatus.FINANCIALLY_CLOSED
    left = facts.unbilled
    return f"{left} is not billed" if closed and left is not None and left.value else None
