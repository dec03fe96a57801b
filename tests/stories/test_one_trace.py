"""A request, the step of the process that it started and the calls upstream share one trace."""

from pathlib import Path

from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.stories.collector import collecting
from tests.stories.engagement import EVENING, scene
from tests.stories.people import until
from tests.stories.traced import PARENT, TRACE, check_traced, ran_under


async def test_a_request_its_process_and_its_calls_are_one_trace(tmp_path: Path) -> None:
    """The trace is the caller's own, and each part knows under which other it ran."""
    async with collecting(TRACE) as collector:
        settings = {"STRATA_TRACING__OTLP_ENDPOINT": collector.address}
        async with scene(tmp_path, settings=settings) as stage:
            await stage.engagement.set_up()
            event = await stage.engagement.first_check()
            await check_traced(stage, event.billing_event_id)
            await collector.come("project-to-cash.check")

    [request] = collector.named("/check")
    [step] = collector.named("project-to-cash.check")
    calls = [each for each in collector.named() if each.kind == Span.SPAN_KIND_CLIENT]
    assert request.kind == Span.SPAN_KIND_SERVER
    assert request.parent_span_id.hex() == PARENT
    assert step.parent_span_id == request.span_id
    assert {"GET contract", "GET time_entries", "GET clients"} <= {c.name for c in calls}
    above = {each.span_id: each for each in collector.named()}
    assert all(ran_under(call, step, above) for call in calls if call.name == "GET time_entries")
    assert collector.named("psa time_entries")


async def test_work_that_goes_on_after_a_crash_stays_in_its_trace(tmp_path: Path) -> None:
    """The gateway that takes a killed one's work over knows which request set it going."""
    async with collecting(TRACE) as collector:
        settings = {"STRATA_TRACING__OTLP_ENDPOINT": collector.address}
        async with scene(tmp_path, settings=settings) as stage:
            await stage.engagement.set_up()
            event = await stage.engagement.first_check()
            slow = {"operation": "time_entries", "nth": 1, "kind": "commit-then-slow"}
            await stage.operator.fail(rules=[slow])
            await check_traced(stage, event.billing_event_id)

            async def begun() -> bool:
                return bool((await stage.operator.faults()).log)

            await until(begun, "the call in the middle of the check")
            await stage.gateway.kill()
            await stage.gateway.start()
            await collector.come("project-to-cash.check")

    assert collector.named("psa time_entries")


async def test_what_an_approval_sets_going_is_linked_to_where_it_was_asked(tmp_path: Path) -> None:
    """The answer may come in another week and to another process; no trace lasts as long."""
    async with collecting(TRACE) as collector:
        settings = {
            "STRATA_TRACING__OTLP_ENDPOINT": collector.address,
            "STRATA_TRACING__SAMPLE_RATIO": "1.0",
        }
        async with scene(tmp_path, settings=settings) as stage:
            await stage.engagement.set_up()
            await stage.engagement.first_check()
            await stage.engagement.at(EVENING)
            await stage.engagement.asked("finance", "over the cap")
            await stage.gateway.stop()
            asked_in = {each.trace_id for each in collector.spans}
            await stage.gateway.start()
            await stage.engagement.approve("finance", "over the cap")
            linked = await until(collector.linked, "work that goes on")

    [link] = linked.links
    [asking] = [each for each in collector.spans if each.span_id == link.span_id]
    assert asking.trace_id == link.trace_id
    assert link.trace_id in asked_in
    assert linked.trace_id not in asked_in
    [command] = [each.value.string_value for each in linked.attributes if each.key == "command"]
    assert command.startswith("adjusted:")
    assert asking.name.startswith("project-to-cash.")
