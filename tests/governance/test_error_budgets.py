"""What is left of a budget is told as it was counted."""

from decimal import Decimal

from msgspec.structs import replace

from governance.error_budgets import api_budgets
from governance.policy import Objective
from governance.v1 import POLICY
from observability.metrics import Metrics
from observability.readings import answered

API = replace(POLICY, objective=Objective(availability="0.9", latency_ms=100, latency_ratio="0.5"))


def counted(*requests: tuple[str, int, float]) -> Metrics:
    """Return what counts some requests: route, status and seconds."""
    metrics = Metrics()
    for route, status, seconds in requests:
        metrics.http_server_duration.labels("GET", route, str(status)).observe(seconds)
    return metrics


def test_errors_of_ours_use_the_budget_up_and_others_do_not() -> None:
    """A caller's mistake is an answer; another API's errors, and its prefix, are its own."""
    ours = [("/governance/v1/catalog", 200, 0.01)] * 18 + [("/governance/v1/audit", 404, 0.01)]
    failed = [("/governance/v1/audit", 503, 0.01)]
    others = [("/system/crm/v2/clients", 500, 0.01), ("/governance/v12/catalog", 500, 0.01)]

    budgets = api_budgets(API, answered(counted(*ours, *failed, *others)))

    assert (budgets.answered.requests, budgets.answered.missed) == (20, 1)
    assert (budgets.answered.allowed, budgets.answered.left) == (Decimal("2.0"), Decimal("0.5"))


def test_slow_answers_use_up_a_budget_of_their_own() -> None:
    """And more than all of it, when the objective is missed."""
    requests = [("/governance/v1/catalog", 200, 0.2)] * 3 + [("/governance/v1/catalog", 200, 0.1)]

    budgets = api_budgets(API, answered(counted(*requests)))

    assert budgets.in_time is not None
    assert (budgets.in_time_ms, budgets.in_time.missed) == (100, 3)
    assert budgets.in_time.left == Decimal("-0.5")


def test_a_budget_that_nobody_used_is_whole() -> None:
    """Also of an API that may take longer than what is measured, which has only one."""
    slow = replace(API, objective=Objective(availability="0.99", latency_ms=60_000))

    assert api_budgets(API, []).answered.left == 1
    assert api_budgets(slow, []).in_time is None
