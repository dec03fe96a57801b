"""Whoever collects traces, for tests that look at what a gateway tells of itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from google.protobuf.json_format import MessageToJson
from msgspec import Struct
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.stories.people import until


class Collector(Struct, frozen=True):
    """Whoever collects traces: its address, and the spans that came, also as text."""

    address: str
    trace: str
    spans: list[Span]
    texts: list[str]

    def named(self, *parts: str) -> list[Span]:
        """Return the spans of our trace whose names have all the parts."""
        ours = [each for each in self.spans if each.trace_id.hex() == self.trace]
        return [each for each in ours if all(part in each.name for part in parts)]

    async def come(self, name: str) -> None:
        """Wait until a span of our trace has come."""

        async def there() -> bool:
            return bool(self.named(name))

        await until(there, f"a span {name}")

    def knows(self, kind: str) -> bool:
        """Whether a span came whose name begins so."""
        return any(each.name.startswith(kind) for each in self.spans)

    async def linked(self) -> Span | None:
        """Return the first span that is linked to another trace, once it has come."""
        return next((each for each in self.spans if each.links), None)


@asynccontextmanager
async def collecting(trace: str = "") -> AsyncIterator[Collector]:
    """Collect spans until the block ends, and look for those of one trace."""
    spans: list[Span] = []
    texts: list[str] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        sent = ExportTraceServiceRequest.FromString(body)
        texts.append(MessageToJson(sent, ensure_ascii=False))
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
        yield Collector(f"http://127.0.0.1:{port}/v1/traces", trace, spans, texts)
    finally:
        await runner.cleanup()
