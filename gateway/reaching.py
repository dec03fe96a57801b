"""What the gateway reaches: the firm's systems, the sandbox's in their place, and its channels."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from pathlib import Path

import aiohttp

from gateway import remedies
from gateway.firm import Firm
from gateway.foundation import Foundation
from gateway.identity import public_url
from gateway.parts.notices import Ways
from gateway.parts.work import Reached
from gateway.sandbox import SandboxControl, sandbox_systems
from gateway.settings import Profile, Settings, UnreadableSettings
from gateway.webhook_addresses import PATH as WEBHOOKS
from governance.usage import Usage
from governance.vendor_budgets import Budgets
from process_apis.intake.secrets_file import SecretsFile, UnusableFile
from store.clock import wall_clock
from system_apis.connections import Outside, connect_systems, webhook_sources
from system_apis.connector import Connection
from system_apis.connectors import SystemSettings
from system_apis.door import Warden
from system_apis.effects import Effects
from system_apis.failing import Failures
from system_apis.messaging.channels import channel_misfits, connect_channels
from system_apis.misfit import Misfit, one_of
from system_apis.systems import SystemKind
from system_apis.upstream import HttpUpstream
from system_apis.webhooks import WebhookSource


def outside(
    base: Foundation,
    session: aiohttp.ClientSession,
    budgets: Budgets,
    usage: Usage,
    failures: Failures,
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
            failures,
        ),
        budgets=budgets,
        clock=wall_clock,
    )


def named_systems(settings: Settings, firm: Firm) -> list[SystemSettings]:
    """Return the sandbox's systems, or the ones that the settings name in their place."""
    for misfit in unknown_kinds(settings):
        raise UnreadableSettings(str(misfit))
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


def unknown_kinds(settings: Settings) -> list[Misfit]:
    """Return which kinds of systems are named that there are none of."""
    kinds = frozenset(map(str, SystemKind))
    return [
        Misfit(f"systems.{kind}", f"{kind} is no kind of system", one_of(kinds, kind))
        for kind in settings.systems
        if kind not in kinds
    ]


def reach(
    settings: Settings,
    firm: Firm,
    named: Sequence[SystemSettings],
    base: Foundation,
    outside: Outside,
) -> Reached:
    """Connect the firm's systems and channels, and know who may send us messages."""
    sources = webhook_sources(named)
    return Reached(
        systems=connect_systems(named, settings.routes or firm.routes(), outside),
        sources=sources,
        secrets=_secrets(settings, sources, base),
        ways=_ways(settings, base, outside.session),
    )


def _secrets(
    settings: Settings, sources: Mapping[str, WebhookSource], base: Foundation
) -> SecretsFile:
    """Trust the secrets of the file that the settings name, from the start."""
    named = settings.webhook_secrets_file
    secrets = SecretsFile(Path(named) if named else None, sources, base.audit)
    try:
        secrets.read()
    except UnusableFile as error:
        raise UnreadableSettings(f"webhook_secrets_file: {named}: {error}") from error
    if named:
        base.health.tell("secrets", secrets.is_usable, remedy=remedies.SECRETS)
    return secrets


def _ways(settings: Settings, base: Foundation, session: aiohttp.ClientSession) -> Ways:
    """Connect the channels that the settings name."""

    def reach(connection: Connection, instance: str) -> HttpUpstream:
        return HttpUpstream(connection, "messaging", instance, session, base.metrics, base.tracing)

    for misfit in channel_misfits(settings.channels, settings.letters):
        raise UnreadableSettings(str(misfit))
    channels = connect_channels(settings.channels, reach)
    return Ways(channels, public_url(settings), settings.letters)


async def follow_sandbox(
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
