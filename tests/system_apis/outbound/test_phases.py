"""Where the time of a call goes, and how it failed, is seen for each system."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import aiohttp
import pytest
from msgspec import Struct
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from observability.metrics import Metrics
from observability.tracing import Config, Tracing
from system_apis.connector import Connection, Request
from system_apis.errors import FailureKind, SystemFailure, TryAgain
from system_apis.patience import Patience
from system_apis.phases import Phase
from system_apis.upstream import HttpUpstream

Reach = Callable[..., Awaitable[HttpUpstream]]


class System(Protocol):
    """What the tests use of the misbehaving system."""

    open: asyncio.Event
    base_url: str


class _Record(Struct):
    fine: bool


def _read(path: str) -> Request:
    return Request(operation="invoice", method="GET", path=path)


def _write(path: str) -> Request:
    return Request(operation="create_invoice", method="POST", path=path, body=b"{}", writes=True)


def _count(metrics: Metrics, phase: Phase) -> float:
    return _of(metrics, phase, "count")


def _seconds(metrics: Metrics, phase: Phase) -> float:
    return _of(metrics, phase, "sum")


def _of(metrics: Metrics, phase: Phase, what: str) -> float:
    labels = {"system": "erp", "instance": "erp-a", "phase": str(phase)}
    found = metrics.registry.get_sample_value(f"strata_upstream_phase_seconds_{what}", labels)
    assert found is not None
    return found


def _failures(metrics: Metrics) -> dict[str, float]:
    return {
        sample.labels["kind"]: sample.value
        for family in metrics.upstream_failures.collect()
        for sample in family.samples
        if sample.name.endswith("_total")
    }


async def test_a_second_call_on_a_connection_spends_nothing_on_connecting(
    reach: Reach, metrics: Metrics
) -> None:
    """Connecting is seen when it happens, waiting and sending with every call."""
    upstream = await reach()

    await upstream.send(_read("/invoices"))
    await upstream.send(_write("/invoices"))

    assert _count(metrics, Phase.CONNECT) == 1
    assert _count(metrics, Phase.SEND) == _count(metrics, Phase.WAIT) == 2


async def test_what_a_system_takes_is_waiting_and_what_we_make_it_wait_is_the_queue(
    reach: Reach, system: System, metrics: Metrics
) -> None:
    """Of two calls at one place the second waits for the first, and both for the system."""
    upstream = await reach(concurrency=1)
    calls = [asyncio.create_task(upstream.send(_read("/waits"))) for _ in range(2)]
    await asyncio.sleep(0.2)

    system.open.set()
    await asyncio.gather(*calls)

    assert _seconds(metrics, Phase.WAIT) >= 0.15
    assert _seconds(metrics, Phase.QUEUE) >= 0.15
    assert _seconds(metrics, Phase.CONNECT) + _seconds(metrics, Phase.SEND) < 0.15


async def test_a_wait_that_was_given_up_is_timed_up_to_there(
    reach: Reach, metrics: Metrics
) -> None:
    """A system that never answers is seen as one that is waited for."""
    upstream = await reach(timeout_ms=200)

    with pytest.raises(SystemFailure):
        await upstream.send(_write("/slow"))

    assert _seconds(metrics, Phase.WAIT) >= 0.15


async def test_pauses_before_another_try_are_a_phase_of_their_own(
    reach: Reach, metrics: Metrics
) -> None:
    """Three tries have two pauses between them."""
    upstream = await reach()

    with pytest.raises(TryAgain):
        await upstream.send(_read("/503"))

    assert _count(metrics, Phase.RETRY) == 2
    assert _count(metrics, Phase.WAIT) == 3


async def test_reading_an_answer_is_timed_and_nonsense_is_a_failure(
    reach: Reach, metrics: Metrics
) -> None:
    """The answer of a system that speaks another language counts, though it came in time."""
    upstream = await reach()
    good = await upstream.send(_read("/gzip"))
    bad = await upstream.send(_read("/garbage"))

    record = good.read(_Record)
    with pytest.raises(TryAgain):
        bad.read(_Record)

    assert record.fine
    assert _count(metrics, Phase.DECODE) == 2
    assert _failures(metrics) == {FailureKind.MALFORMED: 1}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/slow", FailureKind.TIMEOUT),
        ("/503", FailureKind.REFUSED),
        ("/429", FailureKind.THROTTLED),
        ("/no-http", FailureKind.MALFORMED),
        ("/bomb", FailureKind.MALFORMED),
        ("/401", FailureKind.REFUSED),
        ("/409", FailureKind.BUSINESS),
        ("/500", FailureKind.UNKNOWN),
        ("/reset", FailureKind.UNKNOWN),
        ("/truncated", FailureKind.UNKNOWN),
    ],
)
async def test_how_a_call_failed_has_one_name(
    reach: Reach, metrics: Metrics, path: str, kind: FailureKind
) -> None:
    """Whoever is called at night reads one of nine words, whatever the wire did."""
    upstream = await reach(timeout_ms=700)

    await asyncio.gather(upstream.send(_write(path)), return_exceptions=True)

    assert _failures(metrics) == {kind: 1}


@pytest.mark.parametrize(
    ("path", "outcome"),
    [("/401", "turned_away"), ("/409", "answered"), ("/404", "answered"), ("/500", "unknown")],
)
async def test_a_system_that_lets_us_in_no_more_has_not_answered(
    reach: Reach, metrics: Metrics, path: str, outcome: str
) -> None:
    """Nobody would be called, while all that needs the system waits."""
    upstream = await reach()

    await asyncio.gather(upstream.send(_write(path)), return_exceptions=True)

    [family] = metrics.upstream_duration.collect()
    assert {each.labels["outcome"] for each in family.samples} == {outcome}


async def test_each_try_is_a_span_that_says_which_it_is(
    system: System, session: aiohttp.ClientSession, metrics: Metrics
) -> None:
    """Who reads a trace sees three tries of one call, and how each ended; never an address."""
    kept = InMemorySpanExporter()
    tracing = Tracing(Config(sample_ratio=1.0), kept)
    connection = Connection(base_url=system.base_url)
    patience = Patience(first_wait=0.0)
    upstream = HttpUpstream(connection, "erp", "erp-a", session, metrics, tracing, patience)

    with pytest.raises(TryAgain):
        await upstream.send(_read("/503?client=Ada"))

    *tries, call = kept.get_finished_spans()
    told = [dict(each.attributes or {}) for each in tries]
    assert [each.name for each in tries] == ["GET invoice"] * 3
    assert [each.get("http.request.resend_count", 0) for each in told] == [0, 1, 2]
    assert {each["error.type"] for each in told} == {"TryAgain"}
    assert all(each.parent == call.get_span_context() for each in tries)
    assert "Ada" not in "".join(each.to_json() for each in kept.get_finished_spans())


async def test_that_there_is_no_such_record_is_no_failure(reach: Reach, metrics: Metrics) -> None:
    """Looking for what may not be there is part of the work."""
    upstream = await reach()

    await upstream.send(_read("/404"))

    assert _failures(metrics) == {}
