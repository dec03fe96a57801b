"""Whatever a system does on the wire, its caller learns what to do next."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import msgspec
import pytest

from observability.metrics import Metrics
from observability.tracing import Tracing
from system_apis.connector import Connection, Request
from system_apis.errors import Refused, TryAgain, Unknown
from system_apis.upstream import HttpUpstream
from system_apis.wire import pause_asked_for

Reach = Callable[..., Awaitable[HttpUpstream]]


class System(Protocol):
    """What the tests read of the misbehaving system."""

    asked: dict[str, int]
    requests: list[bytes]
    base_url: str
    open: asyncio.Event


def _read(path: str) -> Request:
    return Request(operation="invoice", method="GET", path=path)


def _write(path: str, method: str = "POST") -> Request:
    return Request(operation="create_invoice", method=method, path=path, body=b"{}", writes=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


LOST = ["/reset", "/slow", "/truncated", "/no-http", "/500", "/hundred-megabytes", "/bomb"]


@pytest.mark.parametrize("path", [*LOST, "/bad-gzip", "/redirect"])
async def test_a_write_whose_answer_is_lost_is_unknown_and_was_sent_once(
    reach: Reach, system: System, path: str
) -> None:
    """Nothing that may have happened is repeated here."""
    upstream = await reach(timeout_ms=700)

    with pytest.raises(Unknown):
        await upstream.send(_write(path))

    assert system.asked["/erp-a" + path] == 1


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
async def test_a_write_on_a_connection_that_dies_is_not_repeated_by_the_client_library(
    reach: Reach, system: System, method: str
) -> None:
    """An HTTP client repeats a PUT on a reused connection unless it is told not to."""
    upstream = await reach()
    await upstream.send(_write("/once-good-then-reset", method))

    with pytest.raises(Unknown):
        await upstream.send(_write("/once-good-then-reset", method))

    assert system.asked["/erp-a/once-good-then-reset"] == 2


@pytest.mark.parametrize("path", ["/503-in-two", "/503", "/429"])
async def test_a_write_that_was_turned_away_may_be_tried_again(
    reach: Reach, system: System, path: str
) -> None:
    """503 and 429 say that nothing was done."""
    upstream = await reach()

    with pytest.raises(TryAgain):
        await upstream.send(_write(path))

    assert system.asked["/erp-a" + path] == 1


@pytest.mark.parametrize("path", [*LOST, "/503", "/bad-gzip"])
async def test_a_read_that_is_lost_may_be_tried_again(reach: Reach, path: str) -> None:
    """A read changes nothing, so a lost one is never unknown."""
    upstream = await reach(timeout_ms=700)

    with pytest.raises(TryAgain):
        await upstream.send(_read(path))


async def test_a_read_is_repeated_at_most_three_times(reach: Reach, system: System) -> None:
    """Three tries and no more."""
    upstream = await reach()

    with pytest.raises(TryAgain):
        await upstream.send(_read("/503"))

    assert system.asked["/erp-a/503"] == 3


async def test_a_read_succeeds_once_the_system_is_back(reach: Reach, system: System) -> None:
    """A read outlives two broken connections."""
    upstream = await reach()

    reply = await upstream.send(_read("/third-time"))

    assert reply.status == 200


async def test_a_refused_connection_means_that_nothing_was_done(reach: Reach) -> None:
    """A write to a system that is away may be tried again."""
    upstream = await reach(base_url=f"http://127.0.0.1:{_free_port()}")

    with pytest.raises(TryAgain):
        await upstream.send(_write("/invoices"))


async def test_a_refusal_is_handed_to_the_connector(reach: Reach) -> None:
    """A 404 is an answer, not a failure."""
    upstream = await reach()

    reply = await upstream.send(_read("/404"))

    assert reply.status == 404


@pytest.mark.parametrize(("write", "error"), [(True, Unknown), (False, TryAgain)])
async def test_a_success_that_is_not_the_promised_record_is_a_lost_answer(
    reach: Reach, write: bool, error: type[Exception]
) -> None:
    """HTML with status 200 is garbage."""
    upstream = await reach()
    reply = await upstream.send(_write("/garbage") if write else _read("/garbage"))

    with pytest.raises(error):
        reply.read(msgspec.Raw)


async def test_a_small_compressed_answer_is_read(reach: Reach) -> None:
    """Gzip is fine as long as what comes out is small."""
    upstream = await reach()

    reply = await upstream.send(_read("/gzip"))

    assert reply.body == b'{"fine": true}'


async def test_no_redirect_is_followed_on_a_read(reach: Reach, system: System) -> None:
    """A system that moved needs a person who looks at its address."""
    upstream = await reach()

    with pytest.raises(Refused, match="moved") as refused:
        await upstream.send(_read("/redirect"))

    assert refused.value.code == "REDIRECTED"
    assert sum(system.asked.values()) == 1


@pytest.mark.parametrize(
    "path",
    [
        "http://evil.example/erp-a/next",
        "http://127.0.0.1:9/erp-a/next",
        "https://127.0.0.1/next",
        "/../erp-b/invoices",
        "/%2e%2e/erp-b/invoices",
        "/..%2ferp-b/invoices",
        "/..%5cerp-b/invoices",
        "\\\\evil.example",
        "@evil.example/",
        "/a\r\nHost: evil.example",
        "file:///etc/passwd",
        "",
    ],
)
async def test_only_the_configured_system_is_called(
    reach: Reach, system: System, path: str
) -> None:
    """A `next` link to another host or to a neighbour's records is refused."""
    upstream = await reach()

    with pytest.raises(Refused) as refused:
        await upstream.send(_read(path))

    assert refused.value.code == "FOREIGN_ADDRESS"
    assert not system.asked


async def test_an_absolute_link_to_the_system_itself_is_followed(
    reach: Reach, system: System
) -> None:
    """Paging by absolute links works."""
    upstream = await reach()

    reply = await upstream.send(_read(system.base_url + "/invoices?page=2"))

    assert reply.status == 200
    assert system.asked["/erp-a/invoices?page=2"] == 1


@pytest.mark.parametrize(
    "base_url", ["file:///etc", "ftp://erp.example", "erp.example", "http://a:b@erp.example", ""]
)
async def test_an_address_that_is_no_plain_http_address_is_refused_at_start(
    reach: Reach, system: System, base_url: str
) -> None:
    """A wrong setting is found before the first call."""
    with pytest.raises(ValueError, match=r"address|base URL"):
        await reach(base_url=base_url or "x")


async def test_what_a_system_sets_as_a_cookie_is_never_sent_back(
    reach: Reach, system: System
) -> None:
    """No state of one call leaks into another."""
    upstream = await reach()
    await upstream.send(_read("/cookie"))
    await upstream.send(_read("/cookie"))

    assert all(b"cookie:" not in request.lower() for request in system.requests)


async def test_a_request_is_signed_and_carries_its_trace(reach: Reach, system: System) -> None:
    """The system can say which call of ours it saw."""
    upstream = await reach()
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    request = Tracing().begin(f"00-{trace}-00f067aa0ba902b7-01")
    await upstream.send(_read("/invoices"))
    request.end(lambda: ("GET /x", {}), failed=False)

    assert b"Authorization: Bearer canary" in system.requests[0]
    assert trace.encode() in system.requests[0]


async def test_the_system_says_when_to_come_back(reach: Reach) -> None:
    """`Retry-After` reaches whoever waits durably."""
    upstream = await reach()

    with pytest.raises(TryAgain) as failure:
        await upstream.send(_write("/503-in-two"))

    assert failure.value.after == timedelta(seconds=2)


async def test_a_pause_of_a_year_is_one_of_an_hour(reach: Reach) -> None:
    """No system stops us for longer than an hour."""
    upstream = await reach()

    with pytest.raises(TryAgain) as failure:
        await upstream.send(_write("/503-in-a-year"))

    assert failure.value.after == timedelta(hours=1)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Mon, 02 Nov 2026 12:00:30 GMT", 30),
        ("Mon, 02 Nov 2026 11:00:00 GMT", 0),
        ("Mon, 02 Nov 2030 12:00:30 GMT", 3600),
        ("99999999999999999999", 3600),
        ("-5", 0),
        ("soon", 0),
        ("", 0),
        ("1.5", 0),
        ("٣", 0),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text: str, seconds: int) -> None:
    """What is neither is no pause."""
    now = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

    assert pause_asked_for({"Retry-After": text}, now) == timedelta(seconds=seconds)


async def test_after_a_429_nobody_asks_until_the_pause_is_over(
    reach: Reach, system: System
) -> None:
    """The pause holds for the whole instance, and says how long it still is."""
    upstream = await reach()
    with pytest.raises(TryAgain):
        await upstream.send(_write("/429"))

    with pytest.raises(TryAgain) as failure:
        await upstream.send(_read("/invoices"))

    assert timedelta(seconds=6) < failure.value.after <= timedelta(seconds=7)
    assert sum(system.asked.values()) == 1


async def test_a_system_that_is_down_gets_a_tenth_more_traffic(
    reach: Reach, system: System
) -> None:
    """Retries are paid from a budget, so that they make no storm."""
    upstream = await reach(retries_saved=5.0)

    for _ in range(200):
        with pytest.raises(TryAgain):
            await upstream.send(_read("/503"))

    assert 200 < system.asked["/erp-a/503"] <= 200 * 1.1 + 5


async def test_a_circuit_opens_after_failures_and_closes_after_a_success(
    reach: Reach, system: System, metrics: Metrics
) -> None:
    """A system that fails is left alone for a while, and the metric says so."""
    upstream = await reach(circuit_failures=2, circuit_seconds=0.3, tries=1)
    for _ in range(2):
        with pytest.raises(Unknown):
            await upstream.send(_write("/500"))
    with pytest.raises(TryAgain, match="circuit"):
        await upstream.send(_read("/invoices"))
    asked, state = sum(system.asked.values()), _circuit(metrics)

    await asyncio.sleep(0.4)
    reply = await upstream.send(_read("/invoices"))

    assert (asked, state, reply.status, _circuit(metrics)) == (2, 2.0, 200, 0.0)


async def test_refusals_and_pauses_never_open_the_circuit(reach: Reach, metrics: Metrics) -> None:
    """A 404 or a 429 is no sign of a broken system."""
    upstream = await reach(circuit_failures=1)
    await upstream.send(_read("/404"))
    with pytest.raises(TryAgain):
        await upstream.send(_write("/429"))

    assert _circuit(metrics) == 0.0


async def test_no_more_calls_run_at_once_than_the_connection_allows(
    reach: Reach, system: System
) -> None:
    """A slow system holds its own callers and nothing else."""
    upstream = await reach(concurrency=2)
    calls = [asyncio.create_task(upstream.send(_read("/waits"))) for _ in range(6)]
    await asyncio.sleep(0.2)
    asked = system.asked["/erp-a/waits"]

    system.open.set()
    replies = await asyncio.gather(*calls)

    assert asked == 2
    assert len(replies) == 6


async def test_a_write_that_never_left_the_queue_was_not_done(reach: Reach, system: System) -> None:
    """Waiting for a slot until the deadline is no unknown outcome."""
    upstream = await reach(concurrency=1, timeout_ms=300)

    outcomes = await asyncio.gather(
        *(upstream.send(_write("/waits")) for _ in range(9)), return_exceptions=True
    )

    unknown = [outcome for outcome in outcomes if isinstance(outcome, Unknown)]
    assert 1 <= system.asked["/erp-a/waits"] <= len(unknown) < 9
    assert all(isinstance(outcome, Unknown | TryAgain) for outcome in outcomes)


async def test_failures_are_counted_by_kind(reach: Reach, metrics: Metrics) -> None:
    """An operator sees what kind of failure a system has."""
    upstream = await reach()
    with pytest.raises(Unknown):
        await upstream.send(_write("/500"))

    text = metrics.render().decode()

    assert (
        'strata_upstream_failures_total{instance="erp-a",kind="unknown",'
        'operation="create_invoice",system="erp"} 1.0' in text
    )
    assert 'operation="create_invoice",outcome="unknown",system="erp"' in text


async def test_an_upstream_needs_nothing_but_what_it_is_handed(
    system: System, metrics: Metrics
) -> None:
    """The defaults are enough for a connector's author."""
    from system_apis.wire import open_session

    async with open_session() as session:
        connection = Connection(base_url=system.base_url)
        upstream = HttpUpstream(connection, "erp", "erp-a", session, metrics, Tracing())

        reply = await upstream.send(_read("/invoices"))

    assert reply.status == 200


def _circuit(metrics: Metrics) -> float | None:
    labels = {"system": "erp", "instance": "erp-a"}
    return metrics.registry.get_sample_value("strata_circuit_state", labels)
