"""The composition: every part made once and handed to those who need it, and closed after."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from litestar.types import ASGIApp
from msgspec import Struct
from sqlalchemy.exc import OperationalError

from gateway import remedies
from gateway.apis import APIS
from gateway.app import WHOLE, WayIn, build_app
from gateway.audit_trail import Trail
from gateway.configuration import configuration, heads_entry
from gateway.firm import Firm, load_firm
from gateway.following import Following
from gateway.foundation import Foundation, heads_file, lay_foundation
from gateway.identity import Identity, make_identity, public_url
from gateway.inbound.stage import Door, Governance
from gateway.issuer_documents import open_documents
from gateway.on_call import error_budgets, known_failures, on_call, on_call_rounds
from gateway.parts.processes import processes, shadow
from gateway.parts.proving import proving
from gateway.parts.subscribing import Subscribing, make_subscribing, open_rounds
from gateway.parts.work import Work, assemble
from gateway.published.canonical_model import publish
from gateway.reaching import follow_sandbox, named_systems, outside, reach
from gateway.settings import Profile, Settings, UnreadableSettings
from governance.audit import AuditEntry
from governance.counting.shared import Config as SharedConfig
from governance.counting.shared import SharedCounts
from governance.forwarding import TrustedProxies
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
from process_apis.intake.receiving import Receiving
from process_apis.lists import Lists
from process_apis.project_to_cash.ledger.owing import Owing
from process_apis.quality.table import RULES
from process_apis.rounds import Rounds, Task
from store.clock import wall_clock
from system_apis.failing_kept import KeptFailures
from system_apis.wire import open_session


class Gateway(Struct, frozen=True, kw_only=True):
    """A gateway that is open: its application, and what keeps it going."""

    app: ASGIApp
    base: Foundation
    work: Work
    firm: Firm


class Opening(Struct, frozen=True):
    """What every part is made of, and `closing`, which closes them, the last one first."""

    settings: Settings
    firm: Firm
    base: Foundation
    closing: AsyncExitStack


class Counting(Struct, frozen=True, kw_only=True):
    """What counts calls, ours to systems and those to us, and knows which versions they ask for."""

    shared: SharedCounts | None
    budgets: Budgets
    lifecycles: Lifecycles
    usage: Usage
    kept: KeptFailures


@asynccontextmanager
async def open_gateway(
    settings: Settings,
    lay: Callable[[Settings], Foundation] = lay_foundation,
    way_in: WayIn = WHOLE,
) -> AsyncIterator[Gateway]:
    """Open every part, and close them in the opposite order."""
    firm = load_firm(Path(settings.firm))
    async with AsyncExitStack() as closing:
        opening = Opening(settings, firm, _laid(lay(settings), closing), closing)
        base, counting = opening.base, await _counting(opening)
        work = await _work(opening, counting)
        subscribing = await _running(opening, work)
        identity = await _identity(opening)
        await _tell_subscribers(opening, identity, subscribing, work)
        governance = _governance(opening, identity, work.receiving, counting)
        await base.audit.record_changes(_configuration(settings, firm, governance))
        await base.audit.record_heads(heads_entry(heads_file(settings)))
        parts = {
            **_dependencies(base, firm, work, identity, governance),
            "subscription_desk": subscribing.subscription_desk,
            **_told_on_call(opening, work, counting),
        }
        app = build_app(APIS, parts, governance, way_in=way_in)
        await _watch(governance, opening)
        yield Gateway(app=app, base=base, work=work, firm=firm)


def _laid(base: Foundation, closing: AsyncExitStack) -> Foundation:
    """Return the foundation, which closes last, when all that was written is sealed."""
    closing.callback(base.close)
    closing.push_async_callback(base.audit.anchor)
    return base


async def _counting(opening: Opening) -> Counting:
    """Open what counts calls."""
    base, closing = opening.base, opening.closing
    shared = await closing.enter_async_context(_shared_counts(opening.settings, base.health))
    lifecycles = Lifecycles(base.store, base.audit, wall_clock)
    return Counting(
        shared=shared,
        budgets=Budgets(base.metrics, shared),
        lifecycles=lifecycles,
        usage=Usage(base.store, lifecycles, base.logs, wall_clock),
        kept=await known_failures(base, closing),
    )


async def _work(opening: Opening, counting: Counting) -> Work:
    """Reach the systems, and make the processes on them; nothing runs yet."""
    settings, firm, base = opening.settings, opening.firm, opening.base
    session = await opening.closing.enter_async_context(open_session())
    named = named_systems(settings, firm)
    out = outside(base, session, counting.budgets, counting.usage, counting.kept.failures)
    reached = reach(settings, firm, named, base, out)
    work = assemble(firm, base, reached, every_seconds=settings.rounds_seconds)
    await follow_sandbox(settings, firm, base, session, named)
    return work


async def _running(opening: Opening, work: Work) -> Subscribing:
    """Let the processes run, and return what tells subscribers of them."""
    base, subscribing = opening.base, make_subscribing(opening.settings, opening.base)
    own = processes(base, opening.firm, work)
    await work.engine.launch([*own, *subscribing.processes()])
    opening.closing.push_async_callback(work.engine.close)
    _go_round(work.rounds, "rounds", opening)
    return subscribing


async def _tell_subscribers(
    opening: Opening, identity: Identity, subscribing: Subscribing, work: Work
) -> None:
    """Tell subscribers until the gateway closes."""
    sending = open_rounds(opening.settings, opening.base, identity, subscribing, work.engine)
    subscribers = await opening.closing.enter_async_context(sending)
    _go_round(subscribers, "subscribers", opening)


async def _identity(opening: Opening) -> Identity:
    """Return the parts that say who calls, fresh and kept so until the gateway closes."""
    settings, base, closing = opening.settings, opening.base, opening.closing
    plain = settings.profile is Profile.SANDBOX
    documents = await closing.enter_async_context(open_documents(plain=plain))
    identity = make_identity(settings, opening.firm, base, documents.fetch)
    closing.push_async_callback(identity.providers.close)
    await identity.following.once()
    following = asyncio.create_task(identity.following.run())
    closing.push_async_callback(_end, identity.following, following)
    base.health.add("access", identity.following.is_fresh, remedy=remedies.ACCESS)
    if settings.issuers:
        base.health.tell("issuers", identity.providers.are_fresh, remedy=remedies.ISSUERS)
    following.add_done_callback(lambda task: _report(task, "following", base.logs))
    return identity


@asynccontextmanager
async def _shared_counts(settings: Settings, health: Health) -> AsyncIterator[SharedCounts | None]:
    """Open the counts that processes share, if the settings name a store for them."""
    if settings.redis_url is None:
        yield None
        return
    try:
        shared = SharedCounts(SharedConfig(url=settings.redis_url))
    except ValueError as error:
        raise UnreadableSettings(f"redis_url: {error}") from error
    health.tell("limits", shared.is_there, remedy=remedies.LIMITS)
    yield shared
    await shared.close()


def _governance(
    opening: Opening, identity: Identity, receiving: Receiving, counting: Counting
) -> Governance:
    settings, base = opening.settings, opening.base
    url, verifier = public_url(settings), identity.verifier
    return Governance(
        verify=verifier.verify_sent,
        recognizes=verifier.recognizes,
        ask_for_keys=identity.providers.ask_again,
        other_issuers=tuple(each.url for each in settings.issuers),
        limits=RateLimits(settings.rate_limits, base.metrics, counting.shared),
        idempotency=IdempotencyRecords(base.store, wall_clock, IdempotencyConfig(), base.life),
        lifecycles=counting.lifecycles,
        usage=counting.usage,
        audit=Trail(base.audit),
        metrics=base.metrics,
        tracing=base.tracing,
        logs=base.logs,
        health=base.health,
        authorization=identity.server,
        receiving=receiving,
        public_url=url,
        door=Door(hosts=Door().hosts | {urlsplit(url).hostname or ""}),
        proxies=TrustedProxies(settings.trusted_proxies),
    )


def _told_on_call(opening: Opening, work: Work, counting: Counting) -> dict[str, object]:
    """Return what answers people on call, and count what waits for whom until the end."""
    base, kept = opening.base, counting.kept
    told = on_call(base, work, counting.budgets, kept.failures)
    _go_round(on_call_rounds(base, kept, told), "on_call", opening)
    return {
        "budgets": counting.budgets,
        "on_call": told,
        "error_budgets": error_budgets(base, opening.firm, APIS),
    }


async def _watch(governance: Governance, opening: Opening) -> None:
    """Look every two seconds for changed lifecycles, write down who called, and forget answers.

    What is on record by then is sealed outside the database within a minute; and whether the
    store can be written is known also while nobody writes.
    """
    base = opening.base
    base.health.add("store", base.store.takes_writes, remedy=remedies.STORE)
    base.health.tell("disk", partial(remedies.has_room, base.data_dir), remedy=remedies.DISK)
    base.health.tell("heads", base.audit.is_sealed, remedy=remedies.HEADS)
    await governance.lifecycles.refresh()
    opening.closing.push_async_callback(governance.usage.flush)
    tasks: list[Task] = [
        governance.lifecycles.refresh,
        governance.usage.flush,
        governance.idempotency.forget_expired,
        base.audit.anchor_what_waits,
        base.store.prove,
    ]
    watch = Rounds({"governance": tasks}, governance.metrics, wall_clock, every_seconds=2.0)
    _go_round(watch, "watch", opening)


def _go_round(rounds: Rounds, name: str, opening: Opening) -> None:
    """Go rounds until the gateway closes; it is unready when they have ended, or go badly."""
    health, logs = opening.base.health, opening.base.logs

    def late(each: str, error: OperationalError) -> None:
        told = {"reason": str(error.orig), "remedy": remedies.of_database(error)}
        logs.events.error("a round was broken off", round=each, **told)

    async def go_well() -> bool:
        return not going.done() and rounds.go_well()

    going = asyncio.create_task(rounds.run(late))
    opening.closing.push_async_callback(_end, rounds, going)
    health.add(name, go_well, remedy=remedies.ROUNDS)
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
        **_parts_of(work.adopted),
        **_parts_of(work.shown),
        **_parts_of(proving(firm, base, work)),
        "lists": Lists(base.store, work.engagements),
        "owing": Owing(base.store),
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


def _report(task: asyncio.Task[None], what: str, logs: Logs) -> None:
    """Say why something ended, if it was not because it was told to."""
    if not task.cancelled() and (error := task.exception()):
        logs.events.error(f"{what} ended", reason=repr(error))


async def _end(running: Rounds | Following, task: asyncio.Task[None]) -> None:
    """Stop what runs; why it ended before, if it did, is told already."""
    running.stop()
    await asyncio.wait([task])
