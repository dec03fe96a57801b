"""When a quota runs out, by how fast it was used lately."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from governance.lanes import Lane
from governance.pace import Pace
from governance.vendor_budgets import Allowance, Budget, Budgets, Quota, Terms
from observability.metrics import Metrics
from tests.governance.limits_house import Clock

REMAINING = "strata_vendor_quota_remaining"
RUNS_OUT = "strata_vendor_quota_runs_out_timestamp_seconds"
NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("readings", "now", "used", "runs_out"),
    [
        ([(0, 0)], 600, 100, 600 + 5_400),
        ([(0, 0)], 601, 3, 601 + 997 * 601 // 3),
        ([(0, 0)], 59, 50, None),
        ([(0, 7)], 600, 7, None),
        ([], 600, 100, None),
        ([(0, 0)], 600, 1_000, 600),
        ([(0, 0), (3_600, 100)], 3_660, 200, 3_660 + 800 * 1_800 // 200),
        ([(0, 900), (60, 10)], 660, 110, 660 + 890 * 600 // 100),
    ],
    ids=[
        "a tenth in ten minutes: the rest in ninety",
        "whole seconds, the earlier one",
        "less than a minute is no pace",
        "nothing was used",
        "nothing is known",
        "all is used up: now",
        "an hour of rest counts as half an hour",
        "less than before: it began anew",
    ],
)
def test_a_quota_of_a_thousand_runs_out(
    readings: list[tuple[int, int]], now: int, used: int, runs_out: int | None
) -> None:
    """By what was used in the last half hour."""
    pace = Pace()
    for at, was_used in readings:
        pace.note(at, was_used)

    assert pace.runs_out_at(now, used, 1_000) == runs_out


def _told_by_system(headers: Mapping[str, str]) -> Allowance:
    return Allowance(int(headers["used"]), 100)


def _shown(metrics: Metrics) -> dict[str, float]:
    """Return what the metrics say of quotas, of the one system that has any."""
    families = {each.name: each for each in metrics.registry.collect()}
    shown = {}
    for name in (REMAINING, RUNS_OUT):
        [sample] = families[name].samples
        assert sample.labels == {"system": "crm", "instance": "crm"}
        shown[name] = sample.value
    return shown


async def _spend(budget: Budget, clock: Clock, calls: int, minutes: int) -> None:
    for _ in range(minutes):
        for _ in range(calls):
            await budget.take(Lane.BILLING)
        clock.at += 60


async def test_the_standing_says_when_a_quota_runs_out_unless_it_begins_anew_before() -> None:
    """Ten calls a minute: a day's 200 are over in twenty minutes, an hour's 700 are not."""
    clock = Clock(NOON.timestamp())
    quota = Quota(calls_per_day=200, calls_per_hour=700)
    budget = Budgets(Metrics(), now=clock).of(Terms(system="crm", instance="crm", quota=quota))
    before = [each.runs_out_at for each in (await budget.standing()).windows]
    await _spend(budget, clock, 10, 10)

    [day, hour] = (await budget.standing()).windows

    assert before == [None, None]
    assert (day.used, hour.runs_out_at) == (100, None)
    assert day.runs_out_at is not None
    # The first reading came with the first call: 99 were used in the ten minutes after it.
    assert day.runs_out_at == NOON + timedelta(seconds=600 + 100 * 600 // 99)


async def test_what_a_system_says_for_the_first_time_is_no_pace() -> None:
    """That 47 of 100 are used is news of others, not of the last two minutes."""
    clock = Clock(NOON.timestamp())
    terms = Terms(
        system="crm", instance="crm", quota=Quota(calls_per_day=100), read=_told_by_system
    )
    budget = Budgets(Metrics(), now=clock).of(terms)
    await budget.take(Lane.BILLING)
    ends = []
    for used in (47, 57):
        clock.at += 120
        await budget.learn({"used": str(used)})
        [day] = (await budget.standing()).windows
        ends.append(day.runs_out_at)

    assert ends == [None, NOON + timedelta(seconds=240 + 43 * 120 // 10)]


async def test_the_metrics_say_what_is_left_and_until_when_also_while_nobody_calls() -> None:
    """A system without a quota is not shown as used up; one that begins anew is full again."""
    clock, metrics = Clock(NOON.timestamp()), Metrics()
    budgets = Budgets(metrics, now=clock)
    budgets.of(Terms(system="erp", instance="erp-a"))
    budget = budgets.of(Terms(system="crm", instance="crm", quota=Quota(calls_per_hour=20)))
    await _spend(budget, clock, 5, 2)
    spending = _shown(metrics)
    await _spend(budget, clock, 5, 2)
    used_up = _shown(metrics)
    clock.at += 3_600
    anew = _shown(metrics)

    assert spending == {REMAINING: 10, RUNS_OUT: NOON.timestamp() + 253}
    assert used_up == {REMAINING: 0, RUNS_OUT: NOON.timestamp() + 240}
    assert anew == {REMAINING: 20, RUNS_OUT: math.inf}
