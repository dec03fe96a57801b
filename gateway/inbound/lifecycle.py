"""How old: what a version that is on its way out tells its callers."""

from datetime import UTC, date, datetime
from email.utils import format_datetime

from litestar.types import ASGIApp, Receive, Scope, Send

from gateway.inbound.stage import Governance, Mounted, exchange_of_now
from gateway.problem_types import Slug
from gateway.problems import Refusal
from governance.policy import ApiPolicy, Stage


class Lifecycle:
    """Announce a deprecation with its dates and successor; refuse a version after its sunset."""

    def __init__(self, inner: ASGIApp, mounted: Mounted, governance: Governance) -> None:
        self._inner, self._now = inner, governance.business_time
        policy = mounted.policy
        self._headers = lifecycle_headers(policy)
        life = policy.lifecycle
        self._retired = life.stage is Stage.RETIRED
        self._sunset = _midnight(life.sunset_on) if life.sunset_on else None
        self._path, self._version = policy.path, str(policy.version)
        self._deprecated = governance.metrics.deprecated_calls if self._headers else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Go on, unless the version is past its sunset."""
        if self._deprecated is not None:
            exchange = exchange_of_now.get()
            exchange.headers += self._headers
            consumer = exchange.caller.client_id if exchange.caller else ""
            self._deprecated.labels(self._path, self._version, consumer).inc()
        if self._retired or (self._sunset is not None and self._now() >= self._sunset):
            raise Refusal(Slug.VERSION_RETIRED)
        await self._inner(scope, receive, send)


def lifecycle_headers(policy: ApiPolicy) -> list[tuple[bytes, bytes]]:
    """Return RFC 9745 and RFC 8594 headers of a version, none while it is active."""
    life = policy.lifecycle
    headers = []
    if life.deprecated_on is not None:
        stamp = int(_midnight(life.deprecated_on).timestamp())
        headers.append((b"deprecation", f"@{stamp}".encode()))
        headers.append((b"link", f'</docs#{policy.path}>; rel="deprecation"'.encode()))
    if life.sunset_on is not None:
        when = format_datetime(_midnight(life.sunset_on), usegmt=True)
        headers.append((b"sunset", when.encode()))
        headers.append((b"link", f'</docs#{policy.path}>; rel="sunset"'.encode()))
    if life.successor is not None:
        headers.append((b"link", f'<{life.successor}>; rel="successor-version"'.encode()))
    return headers


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
