"""A gateway with real parts on a free port, and somebody who calls it."""

import asyncio
import io
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import ModuleType

import aiohttp
import msgspec
from litestar.types import ASGIApp
from msgspec import Struct
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from yarl import URL

from gateway import server
from gateway.app import build_app
from gateway.inbound.stage import AuditEntry, Governance
from gateway.problems import Problem
from gateway.published.canonical_model import publish
from governance import idempotency, rate_limits
from governance import v1 as governance_api
from governance.audit import Audit
from governance.authorization_server import config as oauth
from governance.authorization_server.access_tokens import Holder
from governance.authorization_server.clients import (
    RegisteredClient,
    StaticClients,
    hash_secret,
)
from governance.authorization_server.keys import SigningKeys
from governance.authorization_server.server import AuthorizationServer
from governance.counting.shared import SharedCounts
from governance.error_budgets import ErrorBudgets
from governance.idempotency import IdempotencyRecords
from governance.lifecycle import Lifecycles
from governance.lives import Life
from governance.objectives import ObjectiveTerms
from governance.quality.findings import QualityFindings
from governance.quality.scores import QualityScores
from governance.quality_face import QualityRules
from governance.rate_limits import RateLimits
from governance.revocations import RevokedTokens
from governance.sensitive_reads import SensitiveReads
from governance.timekeeping import Timekeeper
from governance.tokens import TokenVerifier
from governance.usage import Usage
from governance.vendor_budgets import Budgets
from governance.withdrawals import Withdrawals
from observability.health import Health
from observability.logs import Logs
from observability.metrics import Metrics
from observability.tracing import Config as TracingConfig
from observability.tracing import Tracing
from store.clock import BusinessClock
from tests.gateway.orders import Desk
from tests.stores import empty_store

SCOPES = frozenset({"system:orders:read", "system:orders:write"})
SECRET = "a secret that only this test has"
SECRET_HASH = hash_secret(SECRET)
ISSUER = "http://strata.test"


class Trail:
    """An audit trail in memory."""

    def __init__(self) -> None:
        self.entries: list[AuditEntry] = []

    async def record(self, entry: AuditEntry) -> None:
        """Keep an entry."""
        self.entries.append(entry)


class Answer(Struct, frozen=True):
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def problem(self) -> Problem:
        """The answer as the problem document that it must be."""
        assert self.headers["content-type"] == "application/problem+json"
        found = msgspec.json.decode(self.body, type=Problem, strict=True)
        assert found.status == self.status
        assert found.trace_id == self.headers["x-trace-id"]
        return found

    @property
    def slug(self) -> str:
        """The problem's type, by its short name."""
        return self.problem.type.removeprefix("/docs/problems#")


class House:
    """The parts of a gateway, made for one test."""

    def __init__(
        self,
        path: Path,
        limits: rate_limits.Config | None = None,
        shared: SharedCounts | None = None,
    ) -> None:
        self.shared, self.path = shared, path
        self.wall, self.life = BusinessClock(), Life(path / "lives")
        self.store = empty_store(path / "strata.db")
        self.keys = SigningKeys(path / "keys", timedelta(seconds=360), self.wall.now)
        client = RegisteredClient(client_id="robot", secret_hash=SECRET_HASH, scopes=SCOPES)
        config = oauth.Config(issuer=ISSUER, audience=ISSUER)
        self.oauth = AuthorizationServer(config, self.keys, StaticClients([client]), self.wall.now)
        self.verifier = TokenVerifier(
            [self.oauth.as_issuer()], RevokedTokens(self.wall.now), self.wall.now
        )
        self.more: dict[str, object] = {}
        self.desk, self.trail, self.spans = Desk(), Trail(), InMemorySpanExporter()
        self.log = io.BytesIO()
        self.audit = Audit(self.store, self.wall.now, path / "audit-heads.jsonl")
        self.governance = self._governance(limits or rate_limits.Config())

    def _governance(self, limits: rate_limits.Config) -> Governance:
        metrics, logs = Metrics(), Logs(self.log)
        self.lifecycles = Lifecycles(self.store, self.audit, self.wall.now)

        def now() -> float:
            return self.wall.now().timestamp()

        return Governance(
            verify=lambda values: self.verifier.verify_sent(values),
            recognizes=self.verifier.recognizes,
            limits=RateLimits(limits, metrics, self.shared, now=now),
            idempotency=IdempotencyRecords(
                self.store, self.wall.now, idempotency.Config(), self.life
            ),
            audit=self.trail,
            metrics=metrics,
            tracing=Tracing(TracingConfig(sample_ratio=0.0), self.spans),
            logs=logs,
            health=Health(),
            authorization=self.oauth,
            lifecycles=self.lifecycles,
            usage=Usage(self.store, self.lifecycles, logs, self.wall.now),
        )

    def app(self, *apis: ModuleType) -> ASGIApp:
        """Return the gateway with some APIs."""
        parts: dict[str, object] = {"desk": self.desk, **self.more}
        if governance_api in apis:
            parts |= self._governing(apis)
        return build_app(apis, parts, self.governance)

    def _governing(self, apis: Sequence[ModuleType]) -> dict[str, object]:
        """Return what the governance API is about."""
        quality = QualityFindings(self.store, self.audit, self.wall.now, self.governance.metrics)
        return {
            "lifecycles": self.lifecycles,
            "usage": self.governance.usage,
            "catalog": governance_api.Catalog([api.POLICY for api in apis], 24),
            "canonical_model": publish(apis),
            "audit": self.audit,
            "sensitive_reads": SensitiveReads(self.audit, self.store),
            "withdrawals": Withdrawals(self.store, self.audit, self.wall.now, ISSUER),
            "budgets": Budgets(self.governance.metrics),
            "error_budgets": ErrorBudgets(
                [api.POLICY for api in apis],
                self.governance.metrics,
                ObjectiveTerms,
                self.wall.now(),
            ),
            "quality": quality,
            "quality_scores": QualityScores(self.store, quality, self.wall.now),
            "quality_rules": QualityRules([]),
            **self.more,
            "timekeeper": Timekeeper(
                BusinessClock(), self.store, self.audit, self.wall.now, settable=True
            ),
        }

    def token(
        self,
        subject: str = "ana",
        *,
        client_id: str = "robot",
        scopes: frozenset[str] = SCOPES,
        entities: frozenset[str] = frozenset({"NWA-US"}),
        units: frozenset[str] | None = None,
    ) -> str:
        """Return an access token."""
        return self.oauth.issue(
            Holder(
                subject=subject,
                client_id=client_id,
                scopes=scopes,
                entities=entities,
                units=units,
            )
        )

    async def close(self) -> None:
        """Close what is open."""
        if self.shared is not None:
            await self.shared.close()
        self.store.close()
        self.life.close()


class Caller:
    """Somebody who calls the gateway with a token."""

    def __init__(self, port: int, session: aiohttp.ClientSession, token: str) -> None:
        self.port, self._session, self.token = port, session, token

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        token: str | None = "",
    ) -> Answer:
        """Send a request as it is given; an empty token is the caller's own, None is none."""
        sent = {"content-type": "application/json"} if body is not None else {}
        if token is not None:
            sent["authorization"] = f"Bearer {token or self.token}"
        sent |= headers or {}
        url = URL(f"http://127.0.0.1:{self.port}{path}", encoded=True)
        content = io.BytesIO(body) if body is not None else None
        async with self._session.request(method, url, data=content, headers=sent) as reply:
            return Answer(reply.status, dict(_lowered(reply)), await reply.read())

    async def place(self, body: bytes, key: str, *, token: str = "") -> Answer:
        """Place an order under a key."""
        return await self.send(
            "POST",
            "/system/orders/v1/orders",
            body=body,
            headers={"idempotency-key": key},
            token=token,
        )

    async def raw(self, request: bytes) -> bytes:
        """Send bytes as they are and return what comes back until the end, or for a second."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        await writer.drain()
        try:
            async with asyncio.timeout(2):
                return await reader.read(65_536)
        finally:
            writer.close()
            await writer.wait_closed()


@asynccontextmanager
async def running(app: ASGIApp, house: House, **config: int) -> AsyncIterator[Caller]:
    """Serve an application on a free port until the block ends."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port = int(listening.getsockname()[1])
        found = server.http_server(app, server.Config(port=port, **config), house.governance.health)
        serving = asyncio.create_task(found.serve([listening]))
        while not found.started:
            await asyncio.sleep(0.005)
        async with aiohttp.ClientSession() as session:
            yield Caller(port, session, house.token())
        found.should_exit = True
        await serving


def _lowered(reply: aiohttp.ClientResponse) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in reply.headers.items():
        lower = name.lower()
        found[lower] = f"{found[lower]}, {value}" if lower in found else value
    return found
