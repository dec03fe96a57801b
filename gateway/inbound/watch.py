"""Three stages around the whole application: what is traced, counted, and said of a refusal."""

import asyncio
from datetime import UTC, datetime

from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import Histogram

from gateway.inbound.stage import Exchange, Governance, exchange_of_now
from gateway.problem_types import Slug
from gateway.problems import MEDIA_TYPE, Refusal, problem_answer
from governance.policy import Layer
from observability.logs import AccessLine
from observability.tracing import Told

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
UNMATCHED, _OTHER = "unmatched", "_OTHER"
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
# When somebody may be there to answer again, beside this process or in its place.
_STARTS_WITHIN_SECONDS = "5"


class Trace:
    """Run the request as a span, and add to its answer what the stages have to say."""

    def __init__(self, inner: ASGIApp, governance: Governance) -> None:
        self._inner, self._tracing = inner, governance.tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Trace a request."""
        exchange = exchange_of_now.get()
        span = exchange.span = self._tracing.begin(*_trace_of(exchange))
        exchange.headers += (
            (b"x-trace-id", span.trace_id.encode()),
            (b"traceresponse", span.traceparent.encode()),
        )

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"] = [*message["headers"], *exchange.headers]
            await send(message)

        try:
            await self._inner(scope, receive, send_with_headers)
        except BaseException:
            exchange.status = 500
            raise
        finally:
            status = exchange.status
            span.end(lambda: _told(scope, status), failed=status >= 500)


class Count:
    """Time the request under its route, and write it down."""

    def __init__(self, inner: ASGIApp, governance: Governance) -> None:
        self._inner, self._logs = inner, governance.logs
        self._times = governance.metrics.own_times
        self._durations = governance.metrics.http_server_duration
        self._known: dict[tuple[str, str, int], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a request."""
        own = self._times.enter()
        try:
            await self._inner(scope, receive, send)
        finally:
            self._note(scope, exchange_of_now.get(), self._times.leave(own, Layer.GOVERNANCE))

    def _note(self, scope: Scope, exchange: Exchange, seconds: float) -> None:
        key = (_method(scope), _route(scope), exchange.status or 500)
        child = self._known.get(key)
        if child is None:
            # By which method nobody found anything is a stranger's word, and multiplies series.
            method = _OTHER if key[1] == UNMATCHED else key[0]
            child = self._known[key] = self._durations.labels(method, key[1], str(key[2]))
        span = exchange.span
        trace_id = span.trace_id if span else ""
        kept = span is not None and span.is_kept(failed=key[2] >= 500)
        child.observe(seconds, {"trace_id": trace_id} if kept else None)
        self._logs.request(
            AccessLine(
                at=datetime.now(UTC),
                method=key[0],
                route=key[1],
                status=key[2],
                ms=round(seconds * 1000, 3),
                trace_id=trace_id,
                client_id=exchange.caller.client_id if exchange.caller else None,
            )
        )


class Problems:
    """Answer what the guard refused, and what a stop breaks off.

    What rises further in is answered by `problems.responder`.
    """

    def __init__(self, inner: ASGIApp, _: Governance) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the problem document of a refusal, or go on."""
        exchange = exchange_of_now.get()
        if exchange.refusal is not None:
            await _refuse(exchange.refusal, send)
            return
        try:
            await self._inner(scope, receive, send)
        except asyncio.CancelledError:
            if exchange.status:  # an answer that has begun can only be cut off
                raise
            await _refuse(_broken_off(scope), send)


def _broken_off(scope: Scope) -> Refusal:
    """Return what a caller is told whose request the gateway's stop does not wait for."""
    slug = Slug.TRY_AGAIN if _method(scope) in _READS else Slug.OUTCOME_UNKNOWN
    return Refusal(slug, "The gateway stops.", headers={"retry-after": _STARTS_WITHIN_SECONDS})


async def _refuse(refusal: Refusal, send: Send) -> None:
    answer = problem_answer(refusal)
    headers = {"content-type": MEDIA_TYPE, "content-length": str(len(answer.body))}
    pairs = [(a.encode(), b.encode()) for a, b in {**headers, **answer.headers}.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


def _trace_of(exchange: Exchange) -> tuple[str | None, str | None]:
    """Return what the head says of its trace; `baggage`, where anything may be, is never read."""
    found = exchange.head.get(b"traceparent", [])
    if len(found) != 1:
        return None, None
    state = exchange.head.get(b"tracestate")
    return found[0].decode("latin-1"), b",".join(state).decode("latin-1") if state else None


def _told(scope: Scope, status: int) -> Told:
    method, route = _method(scope), _route(scope)
    attributes: dict[str, str | int] = {
        "http.request.method": method,
        "http.route": route,
        "http.response.status_code": status,
    }
    return f"{method} {route}", attributes


def _method(scope: Scope) -> str:
    method = str(scope.get("method", ""))
    return method if method in METHODS else _OTHER


def _route(scope: Scope) -> str:
    return str(scope.get("path_template") or UNMATCHED)
