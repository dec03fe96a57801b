"""A request's spans belong together, and a failure's span is kept whatever was decided."""

from datetime import UTC, datetime

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from observability.stretch import Origin, Stretch
from observability.trace_context import parse_traceparent
from observability.tracing import Config, Tracing, current_trace_id, trace_headers
from observability.untraced import MOST_NOTES

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
UNSAMPLED = PARENT[:-1] + "0"
NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)


def test_spans_inside_a_request_are_its_children() -> None:
    """The server span carries on the caller's trace, and what runs inside hangs below it."""
    kept = InMemorySpanExporter()
    tracing = Tracing(Config(sample_ratio=0.0), kept)

    request = tracing.begin(PARENT)
    with tracing.span("crm.client", {"strata.system": "crm"}):
        sent = trace_headers()["traceparent"]
    request.end(lambda: ("GET /x", {"http.route": "/x"}), failed=False)

    inner, outer = kept.get_finished_spans()
    assert request.trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert outer.parent is not None
    assert f"{outer.parent.span_id:016x}" == "b7ad6b7169203331"
    assert inner.parent is not None
    assert inner.parent.span_id == outer.get_span_context().span_id
    assert sent == f"00-{request.trace_id}-{inner.get_span_context().span_id:016x}-01"
    assert current_trace_id() is None


@pytest.mark.parametrize(("ratio", "count"), [(0.0, 0), (1.0, 2)])
def test_the_ratio_decides_for_whole_traces(ratio: float, count: int) -> None:
    """Without a caller's decision all spans of a request are kept, or none is."""
    kept = InMemorySpanExporter()
    tracing = Tracing(Config(sample_ratio=ratio), kept)

    request = tracing.begin(None)
    with tracing.span("step"):
        assert current_trace_id() == request.trace_id
    request.end(lambda: ("GET /x", {}), failed=False)

    assert len(kept.get_finished_spans()) == count


def test_in_a_trace_that_is_not_kept_systems_are_told_of_the_request_itself() -> None:
    """Of a request that failed all is kept after all, as parts of the span that they know."""
    kept = InMemorySpanExporter()
    tracing = Tracing(Config(sample_ratio=0.0), kept)

    request = tracing.begin(UNSAMPLED)
    with tracing.span("crm.client"), tracing.span("HTTP"):
        sent = trace_headers()["traceparent"]
    request.end(lambda: ("GET /x", {}), failed=True)

    spans = {each.name: each for each in kept.get_finished_spans()}
    assert sent == request.traceparent
    assert set(spans) == {"GET /x", "crm.client", "HTTP"}
    own = spans.pop("GET /x").get_span_context().span_id
    assert {each.parent.span_id for each in spans.values() if each.parent} == {own}


def test_what_failed_inside_a_request_that_is_kept_for_its_failure_is_named() -> None:
    """Whoever reads of the failure reads where it was."""
    kept = InMemorySpanExporter()
    tracing = Tracing(Config(sample_ratio=0.0), kept)

    request = tracing.begin(None)
    with pytest.raises(TimeoutError), tracing.span("erp invoice", {"instance": "erp-de"}):
        raise TimeoutError("a secret")
    request.end(lambda: ("GET /x", {}), failed=True)

    _, inner = kept.get_finished_spans()
    assert inner.attributes == {"instance": "erp-de", "error.type": "TimeoutError"}
    assert inner.status.status_code is StatusCode.ERROR
    assert "a secret" not in inner.to_json()


@pytest.mark.parametrize(("slow_ms", "count"), [(0, 2), (60_000, 0)])
def test_a_request_that_was_slow_is_kept_with_what_ran_inside_it(slow_ms: int, count: int) -> None:
    """Slowness is looked into as failures are."""
    kept = InMemorySpanExporter()
    tracing = Tracing(Config(sample_ratio=0.0, slow_ms=slow_ms), kept)

    request = tracing.begin(UNSAMPLED)
    with tracing.span("step"):
        pass
    request.end(lambda: ("GET /x", {}), failed=False)

    assert len(kept.get_finished_spans()) == count
    assert all(each.status.is_ok or each.status.is_unset for each in kept.get_finished_spans())


def test_a_request_that_does_very_much_is_noted_up_to_a_bound() -> None:
    """A report over a thousand records keeps no memory of each, and ends as it would."""
    kept = InMemorySpanExporter()
    tracing = Tracing(Config(sample_ratio=0.0), kept)

    request = tracing.begin(None)
    for _ in range(1_000):
        with tracing.span("step"):
            pass
    request.end(lambda: ("GET /x", {}), failed=True)

    assert len(kept.get_finished_spans()) == MOST_NOTES + 1


def test_a_failure_is_kept_though_its_trace_is_not() -> None:
    """A request that failed leaves its span even when the caller asked for none."""
    kept = InMemorySpanExporter()
    tracing = Tracing(Config(sample_ratio=0.0), kept)

    tracing.begin(UNSAMPLED).end(
        lambda: ("GET /x", {"http.response.status_code": 500}), failed=True
    )

    (span,) = kept.get_finished_spans()
    assert span.status.status_code is StatusCode.ERROR


def test_an_error_in_a_span_is_named_and_not_quoted() -> None:
    """A trace says what kind of error rose, never its text."""
    kept = InMemorySpanExporter()
    tracing = Tracing(Config(sample_ratio=1.0), kept)

    with pytest.raises(KeyError), tracing.span("step"):
        raise KeyError("a secret")

    (span,) = kept.get_finished_spans()
    assert span.attributes == {"error.type": "KeyError"}
    assert "a secret" not in span.to_json()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        PARENT.upper(),
        PARENT + "-more",
        "ff" + PARENT[2:],
        "00-" + "0" * 32 + PARENT[35:],
        PARENT[:36] + "0" * 16 + "-01",
        PARENT.replace("0af7", "0xf7"),
        PARENT.replace("0af7", "+af7"),
        PARENT + "\n",
        PARENT.replace("0af7", "0_f7"),
    ],
)
def test_a_bad_traceparent_is_dropped(text: str) -> None:
    """What is no trace context begins a new trace and harms nobody."""
    assert parse_traceparent(text) is None
    tracing = Tracing()
    request = tracing.begin(text)
    request.end(lambda: ("GET /x", {}), failed=False)

    assert len(request.trace_id) == 32


def test_without_an_address_nothing_is_recorded() -> None:
    """A gateway that sends its traces nowhere makes none, and still gives each request an id."""
    tracing = Tracing(Config(sample_ratio=1.0))

    request = tracing.begin(None)
    with tracing.span("step") as span:
        assert not span.is_recording()
    request.end(lambda: ("GET /x", {}), failed=True)

    assert request.traceparent.endswith("-00")


def test_a_step_that_failed_is_kept_in_a_trace_that_is_not() -> None:
    """Work that goes on without its caller is looked into when it fails, with what it called."""
    kept = InMemorySpanExporter()
    tracing = Tracing(Config(sample_ratio=0.0), kept)

    run = _run(tracing, UNSAMPLED)
    with tracing.step("bill.post", {"attempt": 1}, run), tracing.span("erp invoice"):
        pass
    with tracing.step("bill.post", {"attempt": 2}, run) as failed:
        with tracing.span("erp invoice"):
            pass
        failed("TryAgain")

    step, call = kept.get_finished_spans()
    assert step.attributes == {"attempt": 2, "error.type": "TryAgain"}
    assert step.parent is not None
    assert f"{step.parent.span_id:016x}" == "b7ad6b7169203331"
    assert call.parent is not None
    assert call.parent.span_id == step.get_span_context().span_id


def test_a_step_that_fails_in_a_trace_that_is_kept_is_marked() -> None:
    """An error that the process waits out rises nowhere, and is seen all the same."""
    kept = InMemorySpanExporter()
    tracing = Tracing(Config(sample_ratio=0.0), kept)

    with tracing.step("bill.post", {}, _run(tracing, PARENT)) as failed:
        failed("Refused")

    (step,) = kept.get_finished_spans()
    assert step.status.status_code is StatusCode.ERROR
    assert step.attributes == {"error.type": "Refused"}


def _run(tracing: Tracing, traceparent: str | None = None) -> Stretch:
    """Return the trace of a run that was accepted now."""
    return tracing.stretch(Origin(traceparent), since=NOW)
