"""A request, the step of the process that it started and the calls upstream share one trace."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from msgspec import Struct
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.stories.engagement import scene
from tests.stories.people import until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = f"00-{TRACE}-00f067aa0ba902b7-01"


class Collector(Struct, frozen=True):
    """Whoever collects traces: its address, and the spans that came."""

    address: str
    spans: list[Span]

    def named(self, *parts: str) -> list[Span]:
        """Return the spans of our trace whose names have all the parts."""
        ours = [each for each in self.spans if each.trace_id.hex() == TRACE]
        return [each for each in ours if all(part in each.name for part in parts)]


@asynccontextmanager
async def _collector() -> AsyncIterator[Collector]:
    spans: list[Span] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        sent = ExportTraceServiceRequest.FromString(body)
        spans.extend(
            span
            for each in sent.resource_spans
            for scope in each.scope_spans
            for span in scope.spans
        )
        return web.Response(body=b"", content_type="application/x-protobuf")

    app = web.Application()
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    try:
        yield Collector(f"http://127.0.0.1:{port}/v1/traces", spans)
    finally:
        await runner.cleanup()


async def test_a_request_its_process_and_its_calls_are_one_trace(tmp_path: Path) -> None:
    """The trace is the caller's own, and each part knows under which other it ran."""
    async with _collector() as collector:
        settings = {"STRATA_TRACING__OTLP_ENDPOINT": collector.address}
        async with scene(tmp_path, settings=settings) as stage:
            await stage.engagement.set_up()
            await stage.engagement.first_check()
            event = await stage.engagement.readiness()
            await stage.people.call(
                "finance",
                "POST",
                f"/process/project-to-cash/v1/billing-events/{event.billing_event_id}/check",
                traceparent=CALLER,
            )

            async def come() -> bool:
                return bool(collector.named("project-to-cash.check"))

            await until(come, "the spans of the check")

    [request] = collector.named("/check")
    [step] = collector.named("project-to-cash.check")
    calls = [each for each in collector.named() if each.kind == Span.SPAN_KIND_CLIENT]
    assert request.kind == Span.SPAN_KIND_SERVER
    assert request.parent_span_id.hex() == CALLER.split("-")[2]
    assert step.parent_span_id == request.span_id
    assert {"contracts contract", "psa time_entries", "erp clients"} <= {c.name for c in calls}
    above = {each.span_id: each for each in collector.named()}
    assert all(_under(call, step, above) for call in calls if call.name.startswith("psa"))


def _under(span: Span, above: Span, known: dict[bytes, Span]) -> bool:
    """Whether a span ran, through any others, under another one."""
    while span.parent_span_id in known:
        span = known[span.parent_span_id]
        if span.span_id == above.span_id:
            return True
    return False
