"""The sides: governed by Strata, a bare Litestar route, and raw ASGI; each reads alike."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from types import ModuleType

import msgspec
from litestar import Litestar, get
from litestar.di import NamedDependency, Provide
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct
from msgspec.structs import replace
from prometheus_client.metrics import MetricWrapperBase

from experience_apis.delivery import v1 as delivery
from experience_apis.delivery.projects import ProjectView, project
from gateway.app import WHOLE, WayIn, build_app
from gateway.audit_trail import Trail
from gateway.firm import load_firm
from gateway.foundation import Foundation, lay_foundation
from gateway.identity import authorization_server
from gateway.inbound.stage import Governance
from governance.idempotency import Config as IdempotencyConfig
from governance.idempotency import IdempotencyRecords
from governance.lifecycle import Lifecycles
from governance.policy import RatePlan
from governance.rate_limits import Config as RateLimitConfig
from governance.rate_limits import RateLimits
from governance.revocations import RevokedTokens
from governance.tokens import TokenVerifier
from governance.usage import Usage
from process_apis.engagements import Engagements
from reading.ground import NORTHWIND, SAMPLED, register, settings_of
from store.clock import wall_clock
from store.database import Store

PREFIX = "/experience/delivery/v1/projects/"
UNREACHED = RatePlan(limit="1000000000/minute")


def _at_rest() -> None:
    """Wait for nothing."""


class Side(Struct, frozen=True):
    """An application, what it says that it did, and how its own threads are waited for."""

    app: ASGIApp
    counted: Callable[[], dict[str, int]]
    settle: Callable[[], None] = _at_rest


Made = Callable[[Path, str, str | None], AbstractAsyncContextManager[Side]]


@asynccontextmanager
async def governed(
    data_dir: Path, kind: str, sink: str | None, way_in: WayIn = WHOLE, kept: float = SAMPLED
) -> AsyncIterator[Side]:
    """Serve the delivery API behind every inbound stage, as the gateway mounts it."""
    lines = data_dir / f"access-{os.getpid()}-{kind}.log"
    base = lay_foundation(replace(settings_of(data_dir, sink, kept=kept), log_file=str(lines)))
    governance = _governance(base, data_dir)
    projects = await register(base.store, data_dir, kind)
    app = build_app([_one_operation()], {"engagements": projects}, governance, way_in=way_in)

    def counted() -> dict[str, int]:
        base.logs.flush()
        limited, timed = base.metrics.rate_limit_decisions, base.metrics.http_server_duration
        return {
            "access lines": lines.read_bytes().count(b"\n"),
            "rate limit decisions": _total(
                limited, "strata_rate_limit_decisions_total", decision="allowed"
            ),
            "requests in the metrics": _total(
                timed, "http_server_request_duration_seconds_count", status="200"
            ),
        }

    def settle() -> None:
        base.tracing.flush()
        base.logs.flush()

    yield Side(app, counted, settle)
    base.close()


@asynccontextmanager
async def litestar(data_dir: Path, kind: str, _: str | None) -> AsyncIterator[Side]:
    """Serve the same view of the same read by a bare Litestar route: nothing is governed."""
    store = Store(data_dir / "strata.sqlite")
    projects = await register(store, data_dir, kind)

    @get(PREFIX + "{project_number:str}")
    async def read_project(
        engagements: NamedDependency[Engagements], project_number: FromPath[str]
    ) -> ProjectView:
        found = await engagements.find(project_number)
        if found is None:
            raise NotFoundException
        return project(found)

    app = Litestar(
        [read_project],
        dependencies={"engagements": Provide(lambda: projects, sync_to_thread=False)},
        openapi_config=None,
        logging_config=None,
    )
    yield Side(app, dict)
    store.close()


@asynccontextmanager
async def asgi(data_dir: Path, kind: str, _: str | None) -> AsyncIterator[Side]:
    """Serve the same view of the same read by an ASGI function alone."""
    store = Store(data_dir / "strata.sqlite")
    projects = await register(store, data_dir, kind)
    encode = msgspec.json.Encoder().encode

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found = await projects.find(scope["path"].removeprefix(PREFIX))
        assert found is not None
        body = encode(project(found))
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    yield Side(app, dict)
    store.close()


def _one_operation() -> ModuleType:
    """Return the delivery API with the one operation, under a limit that is counted, not hit."""
    module = ModuleType(delivery.__name__)
    operations = {"read_project": delivery.POLICY.operations["read_project"]}
    policy = replace(delivery.POLICY, operations=operations, rate_plan=UNREACHED)
    vars(module).update(POLICY=policy, handlers=[delivery.read_project])
    return module


def _governance(base: Foundation, data_dir: Path) -> Governance:
    """Return what the composition root hands down, with calls counted in memory."""
    server = authorization_server(settings_of(data_dir), load_firm(NORTHWIND), base.keys)
    verifier = TokenVerifier([server.as_issuer()], RevokedTokens(wall_clock), wall_clock)
    lifecycles = Lifecycles(base.store, base.audit, wall_clock)
    return Governance(
        verify=verifier.verify_sent,
        recognizes=verifier.recognizes,
        limits=RateLimits(RateLimitConfig(), base.metrics),
        idempotency=IdempotencyRecords(base.store, wall_clock, IdempotencyConfig(), base.life),
        audit=Trail(base.audit),
        metrics=base.metrics,
        tracing=base.tracing,
        logs=base.logs,
        health=base.health,
        authorization=server,
        lifecycles=lifecycles,
        usage=Usage(base.store, lifecycles, base.logs, wall_clock),
    )


def _total(metric: MetricWrapperBase, sample_name: str, **labels: str) -> int:
    """Return what a metric has counted under some labels."""
    return sum(
        int(sample.value)
        for family in metric.collect()
        for sample in family.samples
        if sample.name == sample_name and labels.items() <= sample.labels.items()
    )


SIDES: dict[str, Made] = {"governed": governed, "litestar": litestar, "asgi": asgi}
DOES = {
    "governed": "Strata: guard, trace (1 % kept and sent by OTLP), metrics, access line to a file, "
    "verified token (cached), scope, rate limit in memory, lifecycle, tenant rule, parameters",
    "litestar": "a bare Litestar route: no token, no limit, no trace, no metric, no line",
    "asgi": "an ASGI function: no routing, nothing else",
}
