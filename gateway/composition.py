"""The composition: every part made once and handed to those who need it, and closed after."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import aiohttp
from litestar.types import ASGIApp
from msgspec import Struct

from experience_apis.delivery import v1 as delivery
from experience_apis.finance import v1 as finance
from experience_apis.worklist import v1 as worklist
from gateway.app import build_app
from gateway.audit_trail import Trail
from gateway.canonical_model import publish
from gateway.firm import Firm, load_firm
from gateway.foundation import Foundation, lay_foundation
from gateway.inbound.stage import Door, Governance
from gateway.people import sandbox_clients
from gateway.processes import Work, assemble, processes, shadow
from gateway.sandbox import SandboxControl, sandbox_systems
from gateway.settings import Profile, Settings
from governance import v1 as governance_api
from governance.authorization_server.config import Config as AuthorizationConfig
from governance.authorization_server.keys import SigningKeys
from governance.authorization_server.server import AuthorizationServer
from governance.idempotency import Config as IdempotencyConfig
from governance.idempotency import IdempotencyRecords
from governance.lifecycle import Lifecycles
from governance.rate_limits import Config as RateLimitConfig
from governance.rate_limits import RateLimits
from governance.revocations import RevokedTokens
from governance.tokens import TokenVerifier, bearer
from governance.usage import Usage
from governance.v1 import Catalog
from observability.logs import Logs
from process_apis.adoption import v1 as adoption_api
from process_apis.approvals import v1 as approvals_api
from process_apis.client_matching import v1 as client_matching_api
from process_apis.exceptions import v1 as exceptions_api
from process_apis.opportunity_to_project import v1 as set_up_api
from process_apis.project_to_cash import v1 as billing_api
from process_apis.rounds import Rounds, Task
from process_apis.shadow import v1 as shadow_api
from store.clock import wall_clock
from system_apis.connections import Outside, SystemSettings, connect_systems
from system_apis.contracts import v1 as contracts_api
from system_apis.crm import v1 as crm_v1_api
from system_apis.crm import v2 as crm_api
from system_apis.door import Warden
from system_apis.effects import Effects
from system_apis.erp import v1 as erp_api
from system_apis.hr import v1 as hr_api
from system_apis.procurement import v1 as procurement_api
from system_apis.psa import v1 as psa_api
from system_apis.systems import SystemKind, Systems
from system_apis.wire import open_session

APIS: list[ModuleType] = [
    crm_v1_api,
    crm_api,
    psa_api,
    erp_api,
    contracts_api,
    hr_api,
    procurement_api,
    set_up_api,
    client_matching_api,
    billing_api,
    approvals_api,
    exceptions_api,
    adoption_api,
    shadow_api,
    finance,
    delivery,
    worklist,
    governance_api,
]


class Gateway(Struct, frozen=True, kw_only=True):
    """A gateway that is open: its application, and what keeps it going."""

    app: ASGIApp
    base: Foundation
    work: Work
    firm: Firm


@asynccontextmanager
async def open_gateway(settings: Settings) -> AsyncIterator[Gateway]:
    """Open every part, and close them in the opposite order."""
    firm = load_firm(Path(settings.firm))
    async with AsyncExitStack() as open_parts:
        base = lay_foundation(settings)
        open_parts.callback(base.close)
        open_parts.push_async_callback(base.audit.anchor)
        session = await open_parts.enter_async_context(open_session())
        governance = _governance(settings, firm, base)
        work = assemble(firm, base, _systems(settings, firm, base, session, governance.usage))
        await _follow_clock(settings, firm, base, session)
        await work.engine.launch(processes(base, firm, work))
        open_parts.push_async_callback(work.engine.close)
        rounds = asyncio.create_task(work.rounds.run())
        open_parts.push_async_callback(_end, work.rounds, rounds)
        base.health.add("rounds", _alive(rounds))
        rounds.add_done_callback(lambda task: _report(task, base.logs))
        app = build_app(APIS, _dependencies(base, firm, work, governance), governance)
        await governance.lifecycles.refresh()
        open_parts.push_async_callback(governance.usage.flush)
        watch = _watch(governance)
        watching = asyncio.create_task(watch.run())
        open_parts.push_async_callback(_end, watch, watching)
        base.health.add("watch", _alive(watching))
        watching.add_done_callback(lambda task: _report(task, base.logs))
        yield Gateway(app=app, base=base, work=work, firm=firm)


def _systems(
    settings: Settings,
    firm: Firm,
    base: Foundation,
    session: aiohttp.ClientSession,
    usage: Usage,
) -> Systems:
    """Connect the sandbox's systems, or the ones that the settings name in their place."""
    effects = Effects(base.store, wall_clock, base.audit)
    warden = Warden(effects, base.metrics, base.tracing, usage.count_own)
    outside = Outside(store=base.store, session=session, warden=warden, clock=wall_clock)
    named = [
        SystemSettings(
            kind=SystemKind(kind), instance=name, connector=one.connector, config=one.config
        )
        for kind, instances in settings.systems.items()
        for name, one in instances.items()
    ]
    taken = {one.instance for one in named}
    sandbox = sandbox_systems(firm, settings.sandbox_url or "")
    systems = [*named, *(one for one in sandbox if one.instance not in taken)]
    return connect_systems(systems, settings.routes or firm.routes(), outside)


async def _follow_clock(
    settings: Settings, firm: Firm, base: Foundation, session: aiohttp.ClientSession
) -> None:
    """Let the sandbox live by our business clock, which begins with the firm's story."""
    beginning = None
    if settings.profile is Profile.SANDBOX:
        beginning = datetime.combine(firm.period.start, time(), UTC)
    if settings.sandbox_url and settings.sandbox_secret:
        control = SandboxControl(settings.sandbox_url, settings.sandbox_secret, session)
        base.timekeeper.follow([control.set_clock])
    await base.timekeeper.resume(beginning=beginning)


def _governance(settings: Settings, firm: Firm, base: Foundation) -> Governance:
    url = public_url(settings)
    server = authorization_server(settings, firm, base.keys)
    verifier = TokenVerifier([server.as_issuer()], RevokedTokens(wall_clock), wall_clock)
    lifecycles = Lifecycles(base.store, base.audit, wall_clock)
    return Governance(
        verify=lambda headers: verifier.verify(bearer(headers)),
        limits=RateLimits(RateLimitConfig(redis_url=settings.redis_url), base.metrics),
        idempotency=IdempotencyRecords(base.store, wall_clock, IdempotencyConfig()),
        lifecycles=lifecycles,
        usage=Usage(base.store, lifecycles, base.logs, wall_clock),
        audit=Trail(base.audit),
        metrics=base.metrics,
        tracing=base.tracing,
        logs=base.logs,
        health=base.health,
        authorization=server,
        public_url=url,
        door=Door(hosts=Door().hosts | {urlsplit(url).hostname or ""}),
    )


def _watch(governance: Governance) -> Rounds:
    """Return what looks every two seconds for changed lifecycles, and writes down who called."""
    tasks: list[Task] = [governance.lifecycles.refresh, governance.usage.flush]
    return Rounds(tasks, governance.metrics, wall_clock, every_seconds=2.0, worker="governance")


def authorization_server(settings: Settings, firm: Firm, keys: Path) -> AuthorizationServer:
    """Return the embedded authorization server on the keys of a data directory."""
    url = public_url(settings)
    config = AuthorizationConfig(issuer=url, audience=url)
    signing = SigningKeys(keys, timedelta(seconds=config.key_overlap_seconds), wall_clock)
    return AuthorizationServer(config, signing, sandbox_clients(keys, firm), wall_clock)


def public_url(settings: Settings) -> str:
    """Return the address that clients reach the gateway at."""
    return settings.public_url or f"http://{settings.host}:{settings.port}"


def _dependencies(
    base: Foundation, firm: Firm, work: Work, governance: Governance
) -> dict[str, object]:
    parts = {name: getattr(work, name) for name in work.__struct_fields__}
    return {
        **parts,
        "audit": base.audit,
        "business_clock": base.clock,
        "timekeeper": base.timekeeper,
        "shadow": shadow(base, firm, work),
        "lifecycles": governance.lifecycles,
        "usage": governance.usage,
        "catalog": Catalog([module.POLICY for module in APIS]),
        "canonical_model": publish(APIS),
    }


def _alive(task: asyncio.Task[None]) -> Callable[[], Awaitable[bool]]:
    async def alive() -> bool:
        return not task.done()

    return alive


def _report(task: asyncio.Task[None], logs: Logs) -> None:
    """Say why the rounds ended, if it was not because they were told to."""
    if not task.cancelled() and (error := task.exception()):
        logs.events.error("the rounds ended", reason=repr(error))


async def _end(rounds: Rounds, task: asyncio.Task[None]) -> None:
    rounds.stop()
    await task
