"""A run's steps are one trace until it waits for long; then one that is linked to it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import Struct
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from observability.stretch import Origin, Stretch, here
from observability.tracing import Config, Tracing, trace_headers

FRIDAY = datetime(2026, 11, 27, 9, tzinfo=UTC)
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"
ASKED = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"


class Works(Struct):
    """A run whose steps are taken at moments that a test chooses."""

    tracing: Tracing
    kept: InMemorySpanExporter
    run: Stretch

    def step(self, name: str, *, at: datetime, fails: bool = False) -> dict[str, str]:
        """Take one step, and return what a system is told in it."""
        self.run.goes_on(at)
        with self.tracing.step(name, {}, self.run) as failed:
            told = trace_headers()
            if fails:
                failed("TryAgain")
        self.run.rests(at)
        return told

    def spans(self) -> Iterator[ReadableSpan]:
        """Return the spans that were kept, in their order."""
        return iter(self.kept.get_finished_spans())


def works(origin: Origin, *, ratio: float = 1.0) -> Works:
    """Return a run that was accepted on Friday."""
    kept = InMemorySpanExporter()
    tracing = Tracing(Config(sample_ratio=ratio), kept)
    return Works(tracing, kept, tracing.stretch(origin, since=FRIDAY))


def test_what_goes_on_soon_stays_in_its_trace() -> None:
    """Retries of some minutes are read where the work began."""
    run = works(Origin(PARENT))
    for minutes in (0, 14, 28):
        run.step("post", at=FRIDAY + timedelta(minutes=minutes))

    found = list(run.spans())
    assert {f"{each.get_span_context().trace_id:032x}" for each in found} == {TRACE}
    assert not any(each.links for each in found)


def test_what_goes_on_next_week_begins_a_trace_that_is_linked_to_the_one_before() -> None:
    """The steps that follow hang below the first, and work that follows stays with them."""
    run = works(Origin(PARENT, "rojo=1"))
    next_week = FRIDAY + timedelta(days=7)
    run.step("draft", at=FRIDAY)
    told = run.step("post", at=next_week)
    run.step("tell", at=next_week)

    _, first, second = run.spans()
    own = first.get_span_context()
    [link] = first.links
    assert (first.parent, f"{own.trace_id:032x}" == TRACE) == (None, False)
    assert f"00-{link.context.trace_id:032x}-{link.context.span_id:016x}-01" == PARENT
    assert "tracestate" not in told
    assert (second.parent, tuple(second.links)) == (own, ())
    assert run.run.origin.traceparent == told["traceparent"]


def test_what_others_noted_is_told_at_every_step() -> None:
    """A system that takes part in the caller's tracing finds its place in it, also later."""
    run = works(Origin(PARENT, "rojo=1,tenant@vendor=2"))
    told = [run.step("draft", at=FRIDAY), run.step("post", at=FRIDAY)]

    assert {each["tracestate"] for each in told} == {"rojo=1,tenant@vendor=2"}
    assert run.run.origin == Origin(PARENT, "rojo=1,tenant@vendor=2")


@pytest.mark.parametrize("parent", [PARENT, PARENT[:-1] + "0", None])
def test_what_follows_an_answer_is_linked_once_to_where_it_was_asked(parent: str | None) -> None:
    """Also in a trace that is not kept, if the step failed."""
    run = works(Origin(parent, None, ASKED), ratio=0.0)
    run.step("post", at=FRIDAY, fails=True)
    run.step("post", at=FRIDAY, fails=True)

    first, second = run.spans()
    assert [f"{each.context.trace_id:032x}" for each in first.links] == [ASKED.split("-")[1]]
    assert not second.links
    assert second.get_span_context().trace_id == first.get_span_context().trace_id


def test_a_step_that_no_request_set_going_is_kept_when_it_fails() -> None:
    """What a timer begins is one trace, and its failure is looked into as any other."""
    run = works(Origin(), ratio=0.0)
    run.step("remind", at=FRIDAY)
    told = run.step("remind", at=FRIDAY, fails=True)

    [failed] = run.spans()
    own = failed.get_span_context()
    assert told["traceparent"].startswith(f"00-{own.trace_id:032x}-{own.span_id:016x}-")
    assert failed.parent is not None
    assert failed.parent.trace_id == own.trace_id


def test_outside_of_any_trace_work_begins_in_none() -> None:
    """Nothing is made up for it."""
    assert here() == Origin()
