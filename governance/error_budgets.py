"""What is left of the budgets of errors and of slow answers, counted by this process alone."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from governance.objectives import PACES, ObjectiveTerms, Pace, bucket_of
from governance.policy import ApiPolicy
from observability.metrics import REQUEST_SECONDS, Metrics
from observability.readings import Answered, answered

FAILED = 500


class BudgetLeft(Struct, frozen=True, kw_only=True):
    """A budget: the share that is aimed for, what was asked, and how much of it may go wrong.

    `left` is the share of the budget that is not used up; below 0 the objective is missed.
    Before anything was asked all of it is left.
    """

    aim: Decimal
    requests: int
    missed: int
    allowed: Decimal
    left: Decimal


class ApiBudgets(Struct, frozen=True, kw_only=True):
    """One API's budgets; `in_time` is absent when it may take longer than all that is measured."""

    api: str
    team: str
    answered: BudgetLeft
    in_time: BudgetLeft | None
    in_time_ms: int | None


class Objectives(Struct, frozen=True, kw_only=True):
    """What is aimed for, and what is left of each API's budgets since a moment.

    It is what this process has counted since it started: the month, and what several
    processes answered, is with whoever keeps the metrics, by the rules that are made from
    the same objectives.
    """

    since: datetime
    items: list[ApiBudgets]
    business: ObjectiveTerms
    paces: list[Pace]


class ErrorBudgets(Struct, frozen=True):
    """Knows the budgets of every API that is mounted."""

    policies: Sequence[ApiPolicy]
    metrics: Metrics
    terms: Callable[[], ObjectiveTerms]
    since: datetime

    def standing(self) -> Objectives:
        """Return what is left of every budget."""
        every = answered(self.metrics)
        return Objectives(
            since=self.since,
            items=[api_budgets(policy, every) for policy in self.policies],
            business=self.terms(),
            paces=list(PACES),
        )


def api_budgets(policy: ApiPolicy, every: Iterable[Answered]) -> ApiBudgets:
    """Return what is left of an API's budgets after some answers."""
    base = f"{policy.path}/"
    ours = [each for each in every if f"{each.route}/".startswith(base)]
    requests = sum(each.requests for each in ours)
    failed = sum(each.requests for each in ours if each.status >= FAILED)
    bound = bucket_of(policy, REQUEST_SECONDS)
    late = 0 if bound is None else requests - sum(each.within.get(bound, 0) for each in ours)
    aim = policy.objective
    return ApiBudgets(
        api=policy.path,
        team=policy.owner.team,
        answered=_left(Decimal(aim.availability), requests, failed),
        in_time=None if bound is None else _left(Decimal(aim.latency_ratio), requests, late),
        in_time_ms=None if bound is None else int(bound * 1000),
    )


def _left(aim: Decimal, requests: int, missed: int) -> BudgetLeft:
    allowed = (1 - aim) * requests
    used = missed / allowed if allowed else Decimal(0)
    left = (1 - used).quantize(Decimal("0.0001"))
    return BudgetLeft(aim=aim, requests=requests, missed=missed, allowed=allowed, left=left)
