"""The log says once when an operation of a system begins to fail, and once when it works again."""

import asyncio
import io
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from governance.access import acting_as
from observability.logs import Logs
from observability.tracing import Tracing, current_trace_id
from system_apis.errors import TryAgain
from system_apis.failing import PAUSE, Failures, Place
from system_apis.failing_told import FailuresTold
from system_apis.upstream import HttpUpstream
from tests.system_apis.outbound.test_failing import BOOKS, LOOK, POST, Reach, Watch


class Watched(Watch):
    """A system whose failures are told, the log that they are told in, and a clock."""

    def __init__(self, upstream: HttpUpstream) -> None:
        super().__init__(upstream)
        self.failures = self.begin()

    def begin(self) -> Failures:
        """Begin a process, whose log is empty."""
        self._log = io.BytesIO()
        self.failures = Failures(lambda: self.now, FailuresTold(Logs(self._log)))
        return self.failures

    async def asked(self, path: str, place: Place = POST) -> None:
        """Ask a second later, whatever comes of it."""
        self.now += timedelta(seconds=1)
        await super().asked(path, place)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines of the log."""
        return [msgspec.json.decode(line) for line in self._log.getvalue().splitlines()]

    @property
    def told(self) -> list[tuple[str, str]]:
        """What the lines say, and of which operation."""
        return [(line["event"], line["operation"]) for line in self.lines]


@pytest.fixture
async def watched(reach: Reach) -> Watched:
    return Watched(await reach())


async def test_a_system_that_fails_and_works_again_is_told_of_once_each(watched: Watched) -> None:
    """However often it is asked meanwhile; with where, how, since when, and in which trace."""
    with Tracing().span("the reading"):
        for path in ("/503", "/503", "/503", "/ok", "/ok"):
            await watched.asked(path, LOOK)
        trace_id = current_trace_id()
    fails, works = watched.lines

    assert (fails["event"], works["event"]) == ("a system fails", "a system works again")
    assert (fails["level"], works["level"]) == ("warning", "info")
    for each in (fails, works):
        assert (each["system"], each["instance"], each["operation"], each["api"]) == (
            "erp",
            "erp-a",
            "changes",
            "/system/erp/v1",
        )
        assert each["since"] == "2026-11-27T09:00:01Z"
        assert each["kind"] == "unavailable"
        assert (each["trace_id"], each["failed_in"]) == (trace_id, [trace_id])
    assert (fails["ways"], works["ways"]) == ({"refused": 3}, {"refused": 9})
    assert (fails["failures"], works["failures"]) == (1, 3)


async def test_a_write_that_is_lost_twice_is_told_of(watched: Watched) -> None:
    """It is never sent again by itself, so the first loss says nothing yet."""
    await watched.asked("/reset")
    before = watched.told
    await watched.asked("/reset")

    assert before == []
    assert watched.told == [("a system fails", "post_invoice")]
    assert watched.lines[0]["kind"] == "lost"


async def test_one_failure_that_a_retry_put_right_has_no_line(watched: Watched) -> None:
    """Neither within a call, nor when the step behind it goes again."""
    await watched.asked("/third-time", LOOK)
    await watched.asked("/reset")
    await watched.asked("/ok")
    await watched.asked("/reset")
    await watched.asked("/409")

    assert watched.told == []


async def test_a_no_is_an_answer_of_a_system_that_works(watched: Watched) -> None:
    """Whoever says no listens."""
    await watched.asked("/503", LOOK)
    await watched.asked("/409", LOOK)
    await watched.asked("/409", LOOK)

    assert watched.told == [("a system fails", "changes"), ("a system works again", "changes")]


async def test_what_fails_and_works_in_turns_does_not_fill_the_log(watched: Watched) -> None:
    """One pair of lines a minute for each operation, whatever the traffic."""
    for _ in range(10):
        await watched.asked("/503", LOOK)
        await watched.asked("/ok", LOOK)
    within = watched.told
    watched.now += PAUSE
    await watched.asked("/503", LOOK)
    await watched.asked("/503", LOOK)

    assert within == [("a system fails", "changes"), ("a system works again", "changes")]
    assert watched.told == [*within, ("a system fails", "changes")]


async def test_a_new_process_tells_that_what_failed_before_it_works_again(
    watched: Watched,
) -> None:
    """And not once more that it fails, which the process before told."""
    await watched.asked("/503", LOOK)
    [known] = watched.failures.listed()
    watched.begin().know(known, None)
    await watched.asked("/503", LOOK)
    before = watched.told
    await watched.asked("/ok", LOOK)

    assert before == []
    assert watched.told == [("a system works again", "changes")]


async def test_what_a_system_answered_is_not_in_the_log(watched: Watched) -> None:
    """Its words may be somebody's record."""

    async def refuses() -> None:
        raise TryAgain("erp", "HTTP 503: Jane Roe owes 7")

    with acting_as(BOOKS):
        for _ in range(2):
            await asyncio.gather(watched.failures.watched(POST, refuses)(), return_exceptions=True)

    assert watched.told == [("a system fails", "post_invoice")]
    assert "Jane" not in str(watched.lines)
