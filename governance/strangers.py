"""Strangers: how often an address may fail to say who it is, judged before any cryptography."""

import math
import socket
from collections.abc import Callable

from governance.counting.asks import Ask, Count
from governance.counting.local import LocalCounts
from governance.rate_plans import read_limit
from observability.metrics import Metrics

_MAPPED = bytes(10) + b"\xff\xff"


class Strangers:
    """Counts failures by address, in this process: a stranger is not worth asking a store."""

    def __init__(self, limit: str, metrics: Metrics, now: Callable[[], float]) -> None:
        meter = read_limit("strangers", "", limit)
        self._most, self._window, self._now = meter.quota, meter.window, now
        self._failures = LocalCounts()
        self._refused = metrics.rate_limit_decisions.labels("strangers", "refused")

    def wait_of(self, host: str) -> int:
        """Return the seconds after which an address may try again: none if it may now."""
        if not len(self._failures):
            return 0
        now = self._now()
        window = int(now // self._window)
        asked = Ask((self._count(host, window, self._most - 1),), cost=0)
        if self._failures.take_now(asked).short is None:
            return 0
        self._refused.inc()
        return math.ceil((window + 1) * self._window - now)

    def failed(self, host: str) -> None:
        """Count a failure of an address."""
        window = int(self._now() // self._window)
        self._failures.take_now(Ask((self._count(host, window, self._most),)))

    def _count(self, host: str, window: int, most: int) -> Count:
        return Count(f"{network_of(host)}/{window}", most, self._window)


def network_of(host: str) -> str:
    """Return what counts as one address: of IPv6 the /64, which one subscriber has whole."""
    if ":" not in host:
        return host
    try:
        packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    except OSError:
        return host
    if packed.startswith(_MAPPED):
        return socket.inet_ntoa(packed[12:])
    return f"{packed[:8].hex()}/64"
