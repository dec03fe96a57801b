"""The composition: every part made once and handed to those who need it, and closed after."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, time
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import aiohttp
from litestar.types import ASGIApp
from msgspec import Struct

from experience_apis.delivery import v1 as delivery
from experience_apis.executive import v1 as executive
from experience_apis.finance import v1 as finance
from experience_apis.staffing import v1 as staffing
from experience_apis.worklist import v1 as worklist
from gateway.app import build_app
from gateway.audit_trail import Trail
from gateway.canonical_model import publish
from gateway.configuration import configuration, heads_entry
from gateway.firm import Firm, load_firm
from gateway.following import Following
from gateway.foundation import Foundation, heads_file, lay_foundation
from gateway.identity import Identity, make_identity, public_url
from gateway.inbound.stage import Door, Governance
from gateway.issuer_documents import open_documents
from gateway.notices import Ways
from gateway.processes import processes, shadow
from gateway.proving import proving
from gateway.sandbox import SandboxControl, sandbox_systems
from gateway.settings import Profile, Settings, UnreadableSettings
from gateway.subscribing import make_subscribing, open_rounds
from gateway.webhook_addresses import PATH as WEBHOOKS
from gateway.work import Reached, Work, assemble
from governance import v1 as governance_api
from governance.audit import AuditEntry
from governance.counting.shared import Config as SharedConfig
from governance.counting.shared import SharedCounts
from governance.idempotency import Config as IdempotencyConfig
from governance.idempotency import IdempotencyRecords
from governance.lifecycle import Lifecycles
from governance.quality_face import QualityRules
from governance.rate_limits import RateLimits
from governance.usage import Usage
from governance.v1 import Catalog
from governance.vendor_budgets import Budgets
from observability.health import Health
from observability.logs import Logs
from process_apis.adoption import v1 as adoption_api
from process_apis.approvals import v1 as approvals_api
from process_apis.change_requests import v1 as change_requests_api
from process_apis.client_matching import v1 as client_matching_api
from process_apis.exceptions import v1 as exceptions_api
from process_apis.intake.receiving import Receiving
from process_apis.notices import v1 as notices_api
from process_apis.opportunity_to_project import v1 as set_up_api
from process_apis.procure_to_pay import v1 as buying_api
from process_apis.project_to_cash import v1 as billing_api
from process_apis.quality.table import RULES
from process_apis.resource_to_revenue import v1 as staffing_api
from process_apis.revenue import v1 as revenue_api
from process_apis.rounds import Rounds, Task
from process_apis.shadow import v1 as shadow_api
from process_apis.subscriptions import v1 as subscriptions_api
from process_apis.time_and_expense import v1 as work_api
from process_apis.verification import v1 as verification_api
from store.clock import wall_clock
from system_apis.connections import Outside, SystemSettings, connect_systems, webhook_sources
from system_apis.connector import Connection
from system_apis.contracts import v1 as contracts_api
from system_apis.crm import v1 as crm_v1_api
from system_apis.crm import v2 as crm_api
from system_apis.door import Warden
from system_apis.effects import Effects
from system_apis.erp import v1 as erp_api
from system_apis.hr import v1 as hr_api
from system_apis.messaging.channels import connect_channels
from system_apis.procurement import v1 as procurement_api
from system_apis.psa import v1 as psa_api
from system_apis.systems import SystemKind
from system_apis.upstream import HttpUpstream
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
    revenue_api,
    change_requests_api,
    buying_api,
    staffing_api,
    work_api,
    subscriptions_api,
    approvals_api,
    exceptions_api,
    notices_api,
    adoption_api,
    shadow_api,
    verification_api,
    finance,
    delivery,
    executive,
    staffing,
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
        shared = await open_parts.enter_async_context(_shared_counts(settings))
        budgets = Budgets(base.metrics, shared)
        lifecycles = Lifecycles(base.store, base.audit, wall_clock)
        usage = Usage(base.store, lifecycles, base.logs, wall_clock)
        ways = _ways(settings, base, session)
        named = _named(settings, firm)
        reached = _reached(settings, firm, named, _outside(base, session, budgets, usage), ways)
        work = assemble(firm, base, reached, every_seconds=settings.rounds_seconds)
        await _follow_sandbox(settings, firm, base, session, named)
        subscribing = make_subscribing(settings, base)
        await work.engine.launch([*processes(base, firm, work), *subscribing.processes()])
        open_parts.push_async_callback(work.engine.close)
        _go_round(work.rounds, "rounds", base.health, base.logs, open_parts)
        identity = await _identity(settings, firm, base, open_parts)
        subscribers = await open_parts.enter_async_context(
            open_rounds(settings, base, identity, subscribing, work.engine)
        )
        _go_round(subscribers, "subscribers", base.health, base.logs, open_parts)
        governance = _governance(
            settings, base, identity, work.receiving, shared, lifecycles, usage
        )
        await base.audit.record_changes(_configuration(settings, firm, governance))
        await base.audit.record_heads(heads_entry(heads_file(settings)))
        parts = {
            **_dependencies(base, firm, work, identity, governance),
            "subscription_desk": subscribing.subscription_desk,
            "budgets": budgets,
        }
        app = build_app(APIS, parts, governance)
        await _watch(governance, open_parts)
        yield Gateway(app=app, base=base, work=work, firm=firm)


async def _identity(
    settings: Settings, firm: Firm, base: Foundation, open_parts: AsyncExitStack
) -> Identity:
    """Return the parts that say who calls, fresh and kept so until the gateway closes."""
    plain = settings.profile is Profile.SANDBOX
    documents = await open_parts.enter_async_context(open_documents(plain=plain))
    identity = make_identity(settings, firm, base, documents.fetch)
    open_parts.push_async_callback(identity.providers.close)
    await identity.following.once()
    following = asyncio.create_task(identity.following.run())
    open_parts.push_async_callback(_end, identity.following, following)
    base.health.add("access", identity.following.is_fresh)
    if settings.issuers:
        base.health.tell("issuers", identity.providers.are_fresh)
    following.add_done_callback(lambda task: _report(task, "following", base.logs))
    return identity


def _outside(
    base: Foundation, session: aiohttp.ClientSession, budgets: Budgets, usage: Usage
) -> Outside:
    """Return what all connections share."""
    return Outside(
        store=base.store,
        session=session,
        warden=Warden(
            Effects(base.store, wall_clock, base.audit),
            base.metrics,
            base.tracing,
            base.sensitive_reads,
            usage.count_own,
        ),
        budgets=budgets,
        clock=wall_clock,
    )


def _named(settings: Settings, firm: Firm) -> list[SystemSettings]:
    """Return the sandbox's systems, or the ones that the settings name in their place."""
    named = [
        SystemSettings(
            kind=SystemKind(kind),
            instance=name,
            connector=one.connector,
            config=one.config,
            webhook_secrets=one.webhook_secrets,
        )
        for kind, instances in settings.systems.items()
        for name, one in instances.items()
    ]
    taken = {one.instance for one in named}
    sending = settings.sandbox_webhooks and settings.sandbox_url is not None
    sandbox = sandbox_systems(firm, settings.sandbox_url or "", sending=sending)
    return [*named, *(one for one in sandbox if one.instance not in taken)]


def _reached(
    settings: Settings,
    firm: Firm,
    named: Sequence[SystemSettings],
    outside: Outside,
    ways: Ways,
) -> Reached:
    """Connect the firm's systems, and know the secrets of those that send us messages."""
    systems = connect_systems(named, settings.routes or firm.routes(), outside)
    return Reached(systems=systems, sources=webhook_sources(named), ways=ways)


def _ways(settings: Settings, base: Foundation, session: aiohttp.ClientSession) -> Ways:
    """Connect the channels that the settings name."""

    def reach(connection: Connection, instance: str) -> HttpUpstream:
        return HttpUpstream(connection, "messaging", instance, session, base.metrics, base.tracing)

    try:
        channels = connect_channels(settings.channels, reach)
    except ValueError as error:
        raise UnreadableSettings(str(error)) from error
    named = settings.letters
    if named is not None and (named not in channels or not channels[named].private):
        raise UnreadableSettings(f"letters: {named} is no channel of mail: name one of `channels`")
    return Ways(channels, public_url(settings), named)


@asynccontextmanager
async def _shared_counts(settings: Settings) -> AsyncIterator[SharedCounts | None]:
    """Open the counts that processes share, if the settings name a store for them."""
    if settings.redis_url is None:
        yield None
        return
    try:
        shared = SharedCounts(SharedConfig(url=settings.redis_url))
    except ValueError as error:
        raise UnreadableSettings(f"redis_url: {error}") from error
    yield shared
    await shared.close()


async def _follow_sandbox(
    settings: Settings,
    firm: Firm,
    base: Foundation,
    session: aiohttp.ClientSession,
    named: Sequence[SystemSettings],
) -> None:
    """Let the sandbox live by our business clock, which begins with the firm's story.

    If the settings want it, the sandbox tells us of its changes as well.
    """
    beginning = None
    if settings.profile is Profile.SANDBOX:
        beginning = datetime.combine(firm.period.start, time(), UTC)
    if settings.sandbox_url and settings.sandbox_secret:
        control = SandboxControl(settings.sandbox_url, settings.sandbox_secret, session)
        base.timekeeper.follow([control.set_clock])
    await base.timekeeper.resume(beginning=beginning)
    if settings.sandbox_webhooks and settings.sandbox_url and settings.sandbox_secret:
        control = SandboxControl(settings.sandbox_url, settings.sandbox_secret, session)
        ours = {each.instance: each.webhook_secrets[0].secret for each in _sending(named)}
        await control.send_messages(f"{public_url(settings)}{WEBHOOKS}", ours)


def _sending(named: Sequence[SystemSettings]) -> list[SystemSettings]:
    """Return the sandbox's systems that sign what they send."""
    return [each for each in named if each.connector == "sandbox" and each.webhook_secrets]


def _governance(
    settings: Settings,
    base: Foundation,
    identity: Identity,
    receiving: Receiving,
    shared: SharedCounts | None,
    lifecycles: Lifecycles,
    usage: Usage,
) -> Governance:
    url, verifier = public_url(settings), identity.verifier
    return Governance(
        verify=verifier.verify_sent,
        recognizes=verifier.recognizes,
        ask_for_keys=identity.providers.ask_again,
        other_issuers=tuple(each.url for each in settings.issuers),
        limits=RateLimits(settings.rate_limits, base.metrics, shared),
        idempotency=IdempotencyRecords(base.store, wall_clock, IdempotencyConfig(), base.life),
        lifecycles=lifecycles,
        usage=usage,
        audit=Trail(base.audit),
        metrics=base.metrics,
        tracing=base.tracing,
        logs=base.logs,
        health=base.health,
        authorization=identity.server,
        receiving=receiving,
        public_url=url,
        door=Door(hosts=Door().hosts | {urlsplit(url).hostname or ""}),
    )


async def _watch(governance: Governance, open_parts: AsyncExitStack) -> None:
    """Look every two seconds for changed lifecycles, and write down who called."""
    await governance.lifecycles.refresh()
    open_parts.push_async_callback(governance.usage.flush)
    tasks: list[Task] = [governance.lifecycles.refresh, governance.usage.flush]
    watch = Rounds({"governance": tasks}, governance.metrics, wall_clock, every_seconds=2.0)
    _go_round(watch, "watch", governance.health, governance.logs, open_parts)


def _go_round(
    rounds: Rounds, name: str, health: Health, logs: Logs, open_parts: AsyncExitStack
) -> None:
    """Go rounds until the gateway closes; it is unready when they have ended."""
    going = asyncio.create_task(rounds.run())
    open_parts.push_async_callback(_end, rounds, going)
    health.add(name, _alive(going))
    going.add_done_callback(lambda task: _report(task, f"the {name}", logs))


def _configuration(settings: Settings, firm: Firm, governance: Governance) -> list[AuditEntry]:
    keys = governance.authorization.jwks() if governance.authorization else b""
    return configuration(settings, firm, [module.POLICY for module in APIS], keys)


def _dependencies(
    base: Foundation, firm: Firm, work: Work, identity: Identity, governance: Governance
) -> dict[str, object]:
    return {
        **_parts_of(work),
        **_parts_of(work.credited),
        **_parts_of(work.earned),
        **_parts_of(work.attendance),
        **_parts_of(work.shown),
        **_parts_of(proving(firm, base, work)),
        "audit": base.audit,
        "sensitive_reads": base.sensitive_reads,
        "business_clock": base.clock,
        "timekeeper": base.timekeeper,
        "quality": base.quality,
        "quality_scores": base.quality_scores,
        "quality_rules": QualityRules([each.rule for each in RULES]),
        "withdrawals": identity.withdrawals,
        "shadow": shadow(base, firm, work),
        "register": work.attendance.work_desk.register,
        "lifecycles": governance.lifecycles,
        "usage": governance.usage,
        "catalog": Catalog(
            [module.POLICY for module in APIS], governance.idempotency.config.keep_hours
        ),
        "canonical_model": publish(APIS, firm.authorities()),
    }


def _parts_of(parts: Struct) -> dict[str, object]:
    return {name: getattr(parts, name) for name in parts.__struct_fields__}


def _alive(task: asyncio.Task[None]) -> Callable[[], Awaitable[bool]]:
    async def alive() -> bool:
        return not task.done()

    return alive


def _report(task: asyncio.Task[None], what: str, logs: Logs) -> None:
    """Say why something ended, if it was not because it was told to."""
    if not task.cancelled() and (error := task.exception()):
        logs.events.error(f"{what} ended", reason=repr(error))


async def _end(running: Rounds | Following, task: asyncio.Task[None]) -> None:
    running.stop()
    await task
