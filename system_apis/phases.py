"""Where the time of a call to a system goes: each phase of it, timed where it happens.

The phases of a call add up to what its caller waited, every try of it included. One that was
cut short is timed up to there.
"""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from time import perf_counter
from types import SimpleNamespace

import aiohttp

from observability.metrics import Metrics


class Phase(StrEnum):
    """What a call to a system is busy with.

    `queue` is our own: a place, and the system's quota. `connect` holds name and TLS, `send` ends
    when the request is handed to the network, `wait` with the last byte of the answer, and
    `retry` is the pause before another try.
    """

    QUEUE = "queue"
    CONNECT = "connect"
    SEND = "send"
    WAIT = "wait"
    DECODE = "decode"
    RETRY = "retry"


class Phases:
    """The time that calls to one system instance spend in each phase."""

    def __init__(self, metrics: Metrics, system: str, instance: str) -> None:
        spent = metrics.upstream_phase
        self._spent = {each: spent.labels(system, instance, each) for each in Phase}

    def spent(self, phase: Phase, seconds: float) -> None:
        """Add what a call spent in a phase."""
        self._spent[phase].observe(seconds)

    @contextmanager
    def timed(self, phase: Phase) -> Iterator[None]:
        """Add what a block takes to a phase."""
        began = perf_counter()
        try:
            yield
        finally:
            self.spent(phase, perf_counter() - began)

    @contextmanager
    def exchange(self, *, with_body: bool) -> Iterator["Exchange"]:
        """Time one exchange over the wire, from its connection to its whole answer."""
        exchange = Exchange(self, with_body=with_body)
        try:
            yield exchange
        finally:
            exchange.enter(None)


class Exchange:
    """One exchange over the wire, which goes from phase to phase."""

    __slots__ = ("_phase", "_phases", "_since", "with_body")

    def __init__(self, phases: Phases, *, with_body: bool) -> None:
        self._phases, self.with_body = phases, with_body
        self._phase: Phase | None = None
        self._since = 0.0

    def enter(self, phase: Phase | None) -> None:
        """End the phase that was, and begin the next one."""
        if phase is self._phase:
            return
        now = perf_counter()
        if self._phase is not None:
            self._phases.spent(self._phase, now - self._since)
        self._phase, self._since = phase, now


def watching() -> aiohttp.TraceConfig:
    """Return what tells the exchanges of an HTTP client, if they are timed, of their phase."""
    told = aiohttp.TraceConfig()
    told.on_connection_create_start.append(_entering(Phase.CONNECT))
    told.on_connection_create_end.append(_entering(Phase.SEND))
    told.on_connection_reuseconn.append(_entering(Phase.SEND))
    told.on_request_headers_sent.append(_head_sent)
    told.on_request_chunk_sent.append(_entering(Phase.WAIT))
    return told


_Told = Callable[[aiohttp.ClientSession, SimpleNamespace, object], Awaitable[None]]


def _entering(phase: Phase) -> _Told:
    async def enter(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
        exchange: Exchange | None = context.trace_request_ctx
        if exchange is not None:
            exchange.enter(phase)

    return enter


async def _head_sent(_: aiohttp.ClientSession, context: SimpleNamespace, __: object) -> None:
    exchange: Exchange | None = context.trace_request_ctx
    if exchange is not None and not exchange.with_body:
        exchange.enter(Phase.WAIT)
