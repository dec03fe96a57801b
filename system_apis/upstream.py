"""The way out to one system instance: one list of layers, in the order in which they run."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from time import perf_counter

import aiohttp
from msgspec import Struct
from msgspec.structs import replace
from opentelemetry.trace import SpanKind
from purgatory import AsyncCircuitBreakerFactory, ContextChanged, Event
from purgatory.domain.model import OpenedState

from governance.lanes import current_lane
from governance.vendor_budgets import Budget, Budgets, Terms
from observability.metrics import Metrics
from observability.tracing import Tracing, exemplar, trace_headers
from store.clock import wall_clock
from system_apis import wire
from system_apis.connector import Connection, Reply, Request
from system_apis.errors import FailureKind, Refused, SystemFailure, TryAgain, Unknown
from system_apis.gate import Gate
from system_apis.patience import Patience, RetryBudget
from system_apis.phases import Phase, Phases
from system_apis.tries import tell

_CIRCUIT = {"closed": 0, "half-opened": 1, "opened": 2}
_SAYS_THERE_IS_NONE, _LETS_NOBODY_IN = frozenset({404, 410}), frozenset({401, 403, 407})
_OUTCOME = {TryAgain: "try_again", Unknown: "unknown", Refused: "refused"}


class _Call(Struct, frozen=True):
    request: Request
    deadline: float
    resent: int = 0


class _Throttled(TryAgain):
    """The system asked us to slow down, which is no sign that it is broken."""


Send = Callable[[_Call], Awaitable[Reply]]


class HttpUpstream:
    """A system instance over HTTP; implements `connector.Upstream`."""

    def __init__(
        self,
        connection: Connection,
        system: str,
        instance: str,
        session: aiohttp.ClientSession,
        metrics: Metrics,
        tracing: Tracing,
        patience: Patience | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.system, self.instance = system, instance
        self._connection, self._session = connection, session
        self._base = wire.address(connection.base_url)
        self._metrics, self._tracing = metrics, tracing
        self._told: dict[str, str | int] = {
            "server.address": self._base.host or "",
            "server.port": self._base.port or 0,
            "url.scheme": self._base.scheme,
            "strata.system": system,
            "strata.instance": instance,
        }
        self._phases = Phases(metrics, system, instance)
        self._patience = patience or Patience()
        self._gate = Gate(connection.concurrency)
        terms = Terms(system=system, instance=instance, quota=connection.quota)
        self._vendor = budget or Budgets(metrics).of(terms)
        self._quiet_until = 0.0
        self._budget = RetryBudget(self._patience)
        self._circuits = self._watched_circuits()
        self._stack: Send = self._exchange
        for layer in reversed(self._layers()):
            self._stack = layer(self._stack)

    async def send(self, request: Request) -> Reply:
        """Send a request and return its 2xx or 4xx reply; see `connector.Upstream`."""
        seconds = self._connection.timeout_ms / 1000
        return await self._stack(_Call(request, asyncio.get_running_loop().time() + seconds))

    def _layers(self) -> list[Callable[[Send], Send]]:
        """Return the layers in order; the deadline that `send` sets runs through all of them."""
        return [
            self._trace,
            self._count,
            self._bulkhead,
            self._limit,
            self._breaker,
            self._retry,
            self._spend,
            self._try,
            self._classify,
            self._learn,
        ]

    def _trace(self, inner: Send) -> Send:
        async def traced(call: _Call) -> Reply:
            name = f"{self.system} {call.request.operation}"
            with self._tracing.span(name, {"strata.instance": self.instance}):
                return await inner(call)

        return traced

    def _count(self, inner: Send) -> Send:
        async def counted(call: _Call) -> Reply:
            began, outcome = perf_counter(), "abandoned"
            try:
                reply = await inner(call)
                outcome = "turned_away" if reply.status in _LETS_NOBODY_IN else "answered"
            except SystemFailure as failure:
                outcome = _OUTCOME.get(type(failure), "try_again")
                raise
            finally:
                self._metrics.upstream_duration.labels(*self._labels(call), outcome).observe(
                    perf_counter() - began, exemplar()
                )
            return reply

        return counted

    def _bulkhead(self, inner: Send) -> Send:
        async def admitted(call: _Call) -> Reply:
            try:
                with self._phases.timed(Phase.QUEUE):
                    async with asyncio.timeout_at(call.deadline):
                        await self._gate.enter(current_lane())
            except TimeoutError:
                raise self._not_done(
                    call, FailureKind.QUEUE, "too many calls are waiting"
                ) from None
            try:
                return await inner(call)
            finally:
                self._gate.leave()

        return admitted

    def _limit(self, inner: Send) -> Send:
        async def limited(call: _Call) -> Reply:
            left = self._quiet_until - asyncio.get_running_loop().time()
            if left > 0:
                pause = timedelta(seconds=left)
                raise self._throttled(call, pause)
            return await inner(call)

        return limited

    def _breaker(self, inner: Send) -> Send:
        async def broken(call: _Call) -> Reply:
            circuit = await self._circuits.get_breaker(self.instance)
            try:
                async with circuit:
                    return await inner(call)
            except OpenedState:
                pause = timedelta(seconds=self._patience.circuit_seconds)
                raise self._not_done(
                    call, FailureKind.CIRCUIT_OPEN, "its circuit is open", pause
                ) from None

        return broken

    def _retry(self, inner: Send) -> Send:
        async def repeated(call: _Call) -> Reply:
            if call.request.writes:
                return await inner(call)
            self._budget.earn()
            for tries in range(1, self._patience.tries):
                try:
                    return await inner(replace(call, resent=tries - 1))
                except TryAgain as failure:
                    wait = max(failure.after.total_seconds(), self._patience.wait_after(tries))
                    in_time = asyncio.get_running_loop().time() + wait < call.deadline
                    if not in_time or not self._budget.spend():
                        raise
                self._metrics.upstream_retries.labels(*self._labels(call)).inc()
                with self._phases.timed(Phase.RETRY):
                    await asyncio.sleep(wait)
            return await inner(replace(call, resent=self._patience.tries - 1))

        return repeated

    def _spend(self, inner: Send) -> Send:
        """Count every try against the system's own quota, and refuse what its lane has not."""

        async def spent(call: _Call) -> Reply:
            try:
                with self._phases.timed(Phase.QUEUE):
                    async with asyncio.timeout_at(call.deadline):
                        grant = await self._vendor.take(current_lane())
            except TimeoutError:
                raise self._not_done(
                    call, FailureKind.QUEUE, "all processes' calls are waiting"
                ) from None
            if not grant.allowed:
                pause = min(timedelta(seconds=grant.after), wire.LONGEST_PAUSE)
                self._failed(call, FailureKind.BUDGET)
                raise _Throttled(self.system, "our quota of it is short", after=pause)
            try:
                return await inner(call)
            finally:
                grant.give_back()

        return spent

    def _try(self, inner: Send) -> Send:
        async def tried(call: _Call) -> Reply:
            request = call.request
            told: dict[str, str | int | bool] = {
                **self._told,
                "http.request.method": request.method,
            }
            if call.resent:
                told["http.request.resend_count"] = call.resent
            name = f"{request.method} {request.operation}"
            with self._tracing.span(name, told, kind=SpanKind.CLIENT) as span:
                reply = await inner(call)
                span.set_attribute("http.response.status_code", reply.status)
                return reply

        return tried

    def _learn(self, inner: Send) -> Send:
        async def learned(call: _Call) -> Reply:
            reply = await inner(call)
            await self._vendor.learn(reply.headers)
            return reply

        return learned

    def _classify(self, inner: Send) -> Send:
        async def classified(call: _Call) -> Reply:
            began, status = perf_counter(), "none"
            try:
                async with asyncio.timeout_at(call.deadline):
                    reply = await inner(call)
                status = _class_of(reply.status)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                raise self._not_done(call, FailureKind.REFUSED, "no connection") from error
            except TimeoutError as error:
                raise self._lost(call, FailureKind.TIMEOUT, "no answer in time") from error
            except (aiohttp.ClientError, wire.AnswerTooLarge, OSError) as error:
                told = f"no whole answer ({type(error).__name__})"
                raise self._lost(call, _kind_of(error), told) from error
            finally:
                self._metrics.http_client_duration.labels(
                    call.request.method, self.system, self.instance, status
                ).observe(perf_counter() - began, exemplar())
            return self._judged(call, reply)

        return classified

    def _judged(self, call: _Call, reply: Reply) -> Reply:
        if 200 <= reply.status < 300 or reply.status in _SAYS_THERE_IS_NONE:
            tell(None)
            return reply
        if 400 <= reply.status < 500 and reply.status != 429:
            shut = reply.status in _LETS_NOBODY_IN
            self._failed(call, FailureKind.REFUSED if shut else FailureKind.BUSINESS)
            return reply
        pause = wire.pause_asked_for(reply.headers, wall_clock())
        if reply.status == 429:
            now = asyncio.get_running_loop().time()
            self._quiet_until = max(self._quiet_until, now + pause.total_seconds())
            raise self._throttled(call, pause)
        if reply.status == 503:
            raise self._not_done(call, FailureKind.REFUSED, "HTTP 503", pause)
        if reply.status < 400 and not call.request.writes:
            self._failed(call, FailureKind.MALFORMED)
            raise Refused(self.system, f"HTTP {reply.status}: it moved", code="REDIRECTED")
        raise self._lost(call, FailureKind.UNKNOWN, f"HTTP {reply.status}")

    async def _exchange(self, call: _Call) -> Reply:
        """Sign and send: our headers come last, so that no request can pass itself off."""
        request = call.request
        try:
            url = wire.target(self._base, request)
        except ValueError as error:
            self._failed(call, FailureKind.MALFORMED)
            raise Refused(self.system, str(error), code="FOREIGN_ADDRESS") from error
        headers = {"Accept": "application/json", **request.headers}
        if request.body is not None and "Content-Type" not in headers:
            headers["Content-Type"] = "application/json"
        headers |= trace_headers()
        if self._connection.bearer:
            headers["Authorization"] = f"Bearer {self._connection.bearer}"
        with self._phases.exchange(with_body=request.body is not None) as timed:
            answer = await wire.exchange(self._session, url, request, headers, timed)
        return Reply(
            system=self.system,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            writes=request.writes,
            reading=partial(self._was_read, call),
        )

    def _was_read(self, call: _Call, seconds: float, *, made_sense: bool) -> None:
        self._phases.spent(Phase.DECODE, seconds)
        if not made_sense:
            self._failed(call, FailureKind.MALFORMED)

    def _lost(self, call: _Call, kind: FailureKind, reason: str) -> SystemFailure:
        """Return `Unknown` for a write; a read is simply asked again."""
        self._failed(call, kind)
        return (Unknown if call.request.writes else TryAgain)(self.system, reason)

    def _not_done(
        self, call: _Call, kind: FailureKind, reason: str, after: timedelta = timedelta()
    ) -> TryAgain:
        self._failed(call, kind)
        return TryAgain(self.system, reason, after=after)

    def _throttled(self, call: _Call, after: timedelta) -> TryAgain:
        self._failed(call, FailureKind.THROTTLED)
        return _Throttled(self.system, "it asked us to slow down", after=after)

    def _failed(self, call: _Call, kind: FailureKind) -> None:
        self._metrics.upstream_failures.labels(*self._labels(call), kind).inc()
        tell(kind)

    def _labels(self, call: _Call) -> tuple[str, str, str]:
        return self.system, self.instance, call.request.operation

    def _watched_circuits(self) -> AsyncCircuitBreakerFactory:
        circuits = AsyncCircuitBreakerFactory(
            default_threshold=self._patience.circuit_failures,
            default_ttl=self._patience.circuit_seconds,
            exclude=[(BaseException, _is_no_failure)],
        )
        state = self._metrics.circuit_state.labels(self.system, self.instance)
        state.set(_CIRCUIT["closed"])

        def watch(_: str, __: str, event: Event) -> None:
            if isinstance(event, ContextChanged):
                state.set(_CIRCUIT[event.state])

        circuits.add_listener(watch)
        return circuits


def _class_of(status: int) -> str:
    """Return the class of a status, or that we ask too much: a system may say any number."""
    if status == 429:
        return "429"
    return f"{status // 100}xx" if 200 <= status < 600 else "other"


def _kind_of(error: Exception) -> FailureKind:
    """Return how an exchange failed that had a connection."""
    is_nonsense = isinstance(error, wire.AnswerTooLarge | aiohttp.ClientResponseError)
    return FailureKind.MALFORMED if is_nonsense else FailureKind.UNKNOWN


def _is_no_failure(error: BaseException) -> bool:
    """Whether an error says nothing about the system's health: a pause, a caller that left."""
    return isinstance(error, _Throttled) or not isinstance(error, TryAgain | Unknown)
