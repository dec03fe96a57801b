"""What a stage is handed: the seams of governance, the operation it guards, one exchange."""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from inspect import get_annotations
from typing import Protocol

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Scope
from msgspec import Struct

from gateway.problems import Refusal
from governance.access import Caller
from governance.authorization_server.server import AuthorizationServer
from governance.forwarding import TrustedProxies
from governance.idempotency import IdempotencyRecords
from governance.lifecycle import Lifecycles
from governance.policy import ApiPolicy, Operation
from governance.rate_limits import RateLimits
from governance.usage import Usage
from observability.health import Health
from observability.logs import Logs
from observability.metrics import Metrics
from observability.tracing import ServerSpan, Tracing
from process_apis.intake.receiving import Receiving
from system_apis.restricted import restricted_within


class AuditEntry(Struct, frozen=True, kw_only=True):
    """What the gateway saw: who asked for what, and what came of it."""

    action: str
    subject: str
    outcome: str
    trace_id: str | None
    caller: Caller | None


class AuditTrail(Protocol):
    """Where the gateway writes what it refused and what it let change something."""

    async def record(self, entry: AuditEntry) -> None:
        """Keep an entry; of a change, before it is answered."""


class Door(Struct, frozen=True, kw_only=True):
    """What the guard lets in."""

    hosts: frozenset[str] = frozenset({"127.0.0.1", "localhost", "[::1]"})
    body_bytes: int = 1_048_576
    body_seconds: float = 10.0
    headers: int = 64
    header_bytes: int = 16_384
    path_bytes: int = 2_048
    query_bytes: int = 8_192
    forms: frozenset[str] = frozenset(
        {"/oauth/token", "/oauth/revoke", "/oauth/introspect", "/oauth/authorize"}
    )
    events: str = "/process/intake/v1/events/"


async def no_other_keys(issuer: str) -> bool:
    """Know of no keys but those that are known: of an issuer that is not asked for any."""
    return False


class Governance(Struct, frozen=True, kw_only=True):
    """Everything that governs a request, made by the composition root and handed down.

    `ask_for_keys` fetches an issuer's keys anew, for a token with one that is not known.
    """

    verify: Callable[[list[str]], Caller]
    limits: RateLimits
    recognizes: Callable[[list[str]], bool]
    ask_for_keys: Callable[[str], Awaitable[bool]] = no_other_keys
    other_issuers: tuple[str, ...] = ()
    idempotency: IdempotencyRecords
    lifecycles: Lifecycles
    usage: Usage
    audit: AuditTrail
    metrics: Metrics
    tracing: Tracing
    logs: Logs
    health: Health
    authorization: AuthorizationServer | None = None
    receiving: Receiving | None = None
    public_url: str = "http://127.0.0.1:8000"
    door: Door = Door()
    proxies: TrustedProxies = TrustedProxies()


class Mounted(Struct, frozen=True):
    """One operation of one API at its address."""

    policy: ApiPolicy
    name: str
    operation: Operation
    handler: HTTPRouteHandler

    @property
    def action(self) -> str:
        """The operation's name in audit and limits: `/system/crm/v1:read_client`."""
        return f"{self.policy.path}:{self.name}"

    @property
    def asked(self) -> frozenset[str]:
        """The scopes that fields of its answer ask for."""
        answer = get_annotations(self.handler.fn).get("return")
        return frozenset(each.scope for each in restricted_within(answer))


Head = dict[bytes, list[bytes]]


class Exchange:
    """One request and its answer, as far as the stages tell each other about it.

    `head` has the headers that a stage asks for, as often as they were sent.
    """

    __slots__ = ("caller", "has_body", "head", "headers", "is_head", "refusal", "span", "status")

    def __init__(self) -> None:
        self.head: Head = {}
        self.has_body = False
        self.is_head = False
        self.headers: list[tuple[bytes, bytes]] = [(b"x-content-type-options", b"nosniff")]
        self.refusal: Refusal | None = None
        self.caller: Caller | None = None
        self.span: ServerSpan | None = None
        self.status = 0


OuterStage = Callable[[ASGIApp, Governance], ASGIApp]
OperationStage = Callable[[ASGIApp, Mounted, Governance], ASGIApp]

exchange_of_now: ContextVar[Exchange] = ContextVar("exchange")


def origin_of(scope: Scope, governance: Governance) -> str:
    """Return the address that the request of now comes from, as far as it can be believed."""
    peer = scope.get("client")
    return governance.proxies.origin(peer[0], exchange_of_now.get().head) if peer else "nobody"
