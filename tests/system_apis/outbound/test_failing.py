"""How a system's calls come to nothing is counted since they do, as the metrics count it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from governance.access import Caller, acting_as
from observability.metrics import Metrics
from system_apis.connector import Request
from system_apis.errors import FailureKind
from system_apis.failing import QUIET, Failures, Place
from system_apis.upstream import HttpUpstream

Reach = Callable[..., Awaitable[HttpUpstream]]
MORNING = datetime(2026, 11, 27, 9, tzinfo=UTC)
POST = Place("erp", "erp-a", "/system/erp/v1", "post_invoice")
LOOK = Place("erp", "erp-a", "/system/erp/v1", "changes")
BOOKS = Caller(subject="U-1", client_id="books", scopes=frozenset())


class Watch:
    """A system that is watched, and a clock that a test moves."""

    def __init__(self, upstream: HttpUpstream) -> None:
        self.upstream, self.now = upstream, MORNING
        self.failures = Failures(lambda: self.now)

    async def asked(self, path: str, place: Place = POST) -> None:
        """Ask the system for what is at a path, as its connector would, whatever comes of it."""
        writes = place is POST

        async def method() -> None:
            request = Request(
                operation=place.operation,
                method="POST" if writes else "GET",
                path=path,
                body=b"{}" if writes else None,
                writes=writes,
            )
            (await self.upstream.send(request)).read(dict)

        with acting_as(BOOKS):
            await asyncio.gather(self.failures.watched(place, method)(), return_exceptions=True)

    @property
    def ways(self) -> dict[FailureKind, int]:
        """How the system's calls came to nothing."""
        return dict(self.failures.ways("erp-a"))


def _counted(metrics: Metrics) -> dict[str, int]:
    found: Counter[str] = Counter()
    for family in metrics.upstream_failures.collect():
        for each in family.samples:
            if each.name.endswith("_total"):
                found[each.labels["kind"]] += int(each.value)
    return dict(found)


async def test_each_try_since_it_fails_is_counted_as_the_metrics_count_it(
    reach: Reach, metrics: Metrics
) -> None:
    """Three tries of a read, a write that got no whole answer, and nonsense, in one figure."""
    watch = Watch(await reach())

    await watch.asked("/503", LOOK)
    await watch.asked("/reset")
    await watch.asked("/garbage")

    assert watch.ways == {
        FailureKind.REFUSED: 3,
        FailureKind.UNKNOWN: 1,
        FailureKind.MALFORMED: 1,
    }
    assert watch.ways == _counted(metrics)


async def test_what_came_before_it_worked_is_no_part_of_what_fails_now(reach: Reach) -> None:
    """Last week's outage tells nobody how it fails tonight."""
    watch = Watch(await reach())
    await watch.asked("/500")
    await watch.asked("/ok")
    await watch.asked("/409")
    await watch.asked("/reset", LOOK)
    watch.now += QUIET + timedelta(seconds=1)

    await watch.asked("/garbage", LOOK)
    await watch.asked("/500")

    assert [(each.since, each.failures) for each in watch.failures.listed()] == [(watch.now, 1)] * 2
    assert watch.ways == {FailureKind.MALFORMED: 1, FailureKind.UNKNOWN: 1}


async def test_a_system_that_lets_us_in_no_more_fails(reach: Reach) -> None:
    """Whoever is on call is told, though an answer came at once."""
    watch = Watch(await reach())

    await watch.asked("/401", LOOK)

    assert [each.place for each in watch.failures.listed()] == [LOOK]
    assert watch.ways == {FailureKind.REFUSED: 1}
    assert watch.failures.answered_at("erp-a") is None


async def test_a_system_that_says_no_works_and_its_noes_are_counted_until_it_says_yes(
    reach: Reach,
) -> None:
    """Work that it stranded is explained, and nobody is sent after a system that answers."""
    watch = Watch(await reach())

    await watch.asked("/500")
    await watch.asked("/409")
    await watch.asked("/409")

    said_no, failing = watch.ways, watch.failures.listed()
    await watch.asked("/ok")
    assert (said_no, failing) == ({FailureKind.BUSINESS: 2}, [])
    assert watch.failures.answered_at("erp-a") == MORNING
    assert watch.ways == {}


async def test_why_a_system_failed_is_told_also_while_its_circuit_is_open(reach: Reach) -> None:
    """That it is not asked any more explains nothing to whoever looks for the cause."""
    watch = Watch(await reach(circuit_failures=1))

    await watch.asked("/no-http")
    await watch.asked("/no-http")

    [failing] = watch.failures.listed()
    assert (failing.failures, "circuit" in failing.reason) == (2, False)
    assert watch.ways == {FailureKind.MALFORMED: 1, FailureKind.CIRCUIT_OPEN: 1}
