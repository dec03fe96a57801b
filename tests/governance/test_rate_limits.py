"""A consumer's share of an API is exact: per window, operation, month, and at the same time."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from governance.access import Caller
from governance.counting.asks import Ask, Count
from governance.counting.local import GENERATION, LocalCounts
from governance.policy import RatePlan, Share
from governance.rate_limits import Config
from governance.rate_plans import check_plan
from tests.governance.limits_house import NOON, Clock, Limits

MONTHS_END = datetime(2026, 12, 31, 23, 59, 30, tzinfo=UTC).timestamp()


@pytest.fixture
def clock() -> Clock:
    """A clock at the beginning of a minute."""
    return Clock()


async def test_rl_01_the_call_after_the_last_is_refused(clock: Clock) -> None:
    """Five a minute is five, and the answer says when more will come."""
    limit = Limits(clock).of(RatePlan("5/minute"))
    clock.at += 10

    answers = [await limit.decide("ana") for _ in range(6)]

    assert [answer.allowed for answer in answers] == [True] * 5 + [False]
    assert [answer.standings[0].remaining for answer in answers] == [4, 3, 2, 1, 0, 0]
    assert {answer.standings[0].resets_in for answer in answers} == {50}
    assert answers[5].retry_after == 50


async def test_a_new_window_is_a_new_share(clock: Clock) -> None:
    """After the minute the caller may call again."""
    limit = Limits(clock).of(RatePlan("1/minute"))
    await limit.decide("ana")
    refused = await limit.decide("ana")
    clock.at += 60

    allowed = await limit.decide("ana")

    assert (refused.allowed, allowed.allowed) == (False, True)


async def test_callers_do_not_use_up_each_others_share(clock: Clock) -> None:
    """Each caller has a share of its own."""
    limit = Limits(clock).of(RatePlan("1/minute"))

    answers = [await limit.decide(who) for who in ("ana", "ben")]

    assert [answer.allowed for answer in answers] == [True, True]


async def test_rl_04_clients_of_one_owner_share_one_count(clock: Clock) -> None:
    """Ten registered applications of one owner get no more than one does."""
    names = tuple(f"robot-{number}" for number in range(10))
    limits = Limits(clock, config=Config(owners={"acme": names}))
    limit = limits.of(RatePlan("5/minute"))
    callers = [Caller(subject=name, client_id=name, scopes=frozenset()) for name in names]

    answers = [await limit.decide(limits.all.consumer(each)) for each in callers]

    assert sum(answer.allowed for answer in answers) == 5


async def test_rl_06_ten_thousand_at_once_get_exactly_their_share(clock: Clock) -> None:
    """Of ten thousand calls at once a share of 777 is 777."""
    limit = Limits(clock).of(RatePlan("777/minute"))

    answers = await asyncio.gather(*(limit.decide("ana") for _ in range(10_000)))

    assert sum(answer.allowed for answer in answers) == 777


async def test_rl_07_a_clock_that_goes_back_grants_no_third_share(clock: Clock) -> None:
    """An hour back and forth grants at most two shares, and locks nobody out."""
    limit = Limits(clock).of(RatePlan("5/minute"))
    allowed = 0
    for step in (0.0, -3600.0, 0.0, -3600.0, 0.0):
        clock.at = NOON + step
        allowed += sum([(await limit.decide("ana")).allowed for _ in range(10)])

    clock.at = NOON + 60
    later = await limit.decide("ana")

    assert allowed == 10
    assert later.allowed


def test_rl_10_a_million_strangers_do_not_fill_the_memory() -> None:
    """A million keys are counted in bounded memory, and who keeps calling is not forgotten."""
    counts, regular = LocalCounts(), Ask((Count("regular", 1_000_000, 120),))
    told = 0
    for number in range(1_000_000):
        counts.take_now(Ask((Count(f"who-{number}", 5, 120),)))
        if number % 10_000 == 0:
            told = counts.take_now(regular).counted[0]

    assert len(counts) <= 2 * GENERATION + 1
    assert told == 100


def test_many_minutes_do_not_push_a_months_count_out() -> None:
    """A quiet consumer's month is remembered, however many minutes others use up meanwhile."""
    counts, month = LocalCounts(), Ask((Count("month", 10, 32 * 86_400),))
    counts.take_now(month)
    for number in range(3 * GENERATION):
        counts.take_now(Ask((Count(f"minute-{number}", 5, 120),)))

    assert counts.take_now(month).counted == (2,)


async def test_a_costly_call_uses_up_more(clock: Clock) -> None:
    """A report that costs four takes four of ten; when it has no room, a cheap call still does."""
    limits, plan = Limits(clock), RatePlan("10/minute", operations={"report": Share(cost=4)})
    report, read = limits.of(plan, "report"), limits.of(plan, "read")

    reports = [await report.decide("ana") for _ in range(3)]
    reads = [await read.decide("ana") for _ in range(3)]

    assert [each.allowed for each in reports] == [True, True, False]
    assert [each.standings[0].remaining for each in reports] == [6, 2, 2]
    assert [each.allowed for each in reads] == [True, True, False]


async def test_an_operation_may_have_a_limit_of_its_own(clock: Clock) -> None:
    """Two imports a minute are two, and the refused third leaves the API's share as it was."""
    plan = RatePlan("10/minute", operations={"import": Share(limit="2/minute")})
    limits = Limits(clock)
    limit = limits.of(plan, "import")

    answers = [await limit.decide("ana") for _ in range(3)]
    other = await limits.of(plan, "read").decide("ana")

    assert [each.allowed for each in answers] == [True, True, False]
    assert answers[2].short is not None
    assert answers[2].short.name == "operation"
    assert other.standings[0].remaining == 7


async def test_a_monthly_quota_ends_with_the_month_in_utc() -> None:
    """Half a minute before the new year the quota is used up; with the year a new one begins."""
    clock = Clock(MONTHS_END)
    limit = Limits(clock).of(RatePlan("100/minute", monthly=3))

    old = [await limit.decide("ana") for _ in range(4)]
    clock.at += 30
    new = await limit.decide("ana")

    assert [each.allowed for each in old] == [True, True, True, False]
    assert old[3].retry_after == 30
    assert new.allowed
    assert new.standings[1].remaining == 2
    january = timedelta(days=31)
    assert new.standings[1].resets_in == january.total_seconds()


async def test_a_day_later_the_month_is_still_the_same() -> None:
    """A monthly quota is not given again with the next day."""
    clock = Clock(datetime(2026, 2, 27, 12, tzinfo=UTC).timestamp())
    limit = Limits(clock).of(RatePlan("100/minute", monthly=1))
    first = await limit.decide("ana")
    clock.at += 86_400

    second = await limit.decide("ana")
    clock.at += 86_400
    third = await limit.decide("ana")

    assert [first.allowed, second.allowed, third.allowed] == [True, False, True]


async def test_calls_at_once_are_bounded_and_given_back(clock: Clock) -> None:
    """Two run at a time; the third is refused until one of them ends."""
    limit = Limits(clock).of(RatePlan("100/minute", at_once=2))
    running = [await limit.decide("ana") for _ in range(2)]
    refused = await limit.decide("ana")
    assert running[0].give_back is not None
    running[0].give_back()

    again = await limit.decide("ana")

    assert [each.allowed for each in running] == [True, True]
    assert (refused.allowed, refused.retry_after) == (False, 1)
    assert refused.short is not None
    assert refused.short.name == "at-once"
    assert again.allowed


async def test_a_plan_in_shadow_counts_and_refuses_nobody(clock: Clock) -> None:
    """In shadow all three calls pass and their callers are told nothing; the metric knows."""
    limits = Limits(clock)
    limit = limits.of(RatePlan("1/minute", "refuse", shadow=True))

    answers = [await limit.decide("ana") for _ in range(3)]

    assert [each.allowed for each in answers] == [True] * 3
    assert [each.standings for each in answers] == [()] * 3
    assert (limits.decided("allowed"), limits.decided("shadow_refused")) == (1, 2)


async def test_the_settings_plan_takes_the_place_of_the_apis_own(clock: Clock) -> None:
    """An operator may tighten an API without a new release."""
    config = Config(plans={"/system/crm/v1": RatePlan("1/minute")})
    limit = Limits(clock, config=config).of(RatePlan("100/minute"))

    answers = [await limit.decide("ana") for _ in range(2)]

    assert [each.allowed for each in answers] == [True, False]


@pytest.mark.parametrize(
    ("plan", "says"),
    [
        (RatePlan("often"), "'often' is no rate limit"),
        (RatePlan("5/minute", "hope"), "'hope'"),
        (RatePlan(operations={"red": Share()}), "'red', which is no operation"),
        (RatePlan("5/minute", operations={"read": Share(cost=6)}), "costs 6 of 5"),
        (RatePlan(operations={"read": Share(cost=0)}), "costs 0"),
        (RatePlan(operations={"read": Share(limit="x")}), "'x' is no rate limit"),
        (RatePlan(monthly=0), "of 0"),
        (RatePlan(at_once=0), "at least one call"),
    ],
)
def test_a_plan_that_cannot_be_counted_is_an_error(plan: RatePlan, says: str) -> None:
    """A rate plan that makes no sense stops the start-up, in words."""
    with pytest.raises(ValueError, match=says):
        check_plan(plan, {"read"})
