"""What keeps a gateway from a safe start, and what its operators should know before it.

Each finding says what is wrong, why it matters and how it is mended. What would stop the start
stops it: `strata serve` looks here first.
"""

import asyncio
import os
import shutil
import stat
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from gateway.firm import Firm, UnreadableFirm, load_firm
from gateway.firm_doubts import troubles_with_firm
from gateway.foundation import heads_file
from gateway.issuer_documents import open_documents
from gateway.machine import (
    Trouble,
    troubles_inside,
    troubles_of,
    troubles_outside,
    troubles_with_files,
    troubles_with_place,
    troubles_with_receiver,
)
from gateway.people import SANDBOX_SECRETS
from gateway.set_up import troubles_with_set_up
from gateway.settings import Profile, Settings, UnreadableSettings
from governance.counting.asks import Count, StoreAway
from governance.counting.shared import Config as SharedConfig
from governance.counting.shared import SharedCounts
from governance.forwarding import far_too_wide
from governance.identity_providers.followed_keys import Fetched, Outcome
from governance.identity_providers.providers import IdentityProviders
from governance.key_file import KeyFile, UnsafeKeyFile
from store.clock import wall_clock

# A start writes some of the least itself. [P]
FREE_MEGABYTES, LEAST_MEGABYTES = 500, 5
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PROBE = Count("strata:doctor", 1, 60)


class Severity(StrEnum):
    """Whether the gateway starts all the same."""

    STOP = "stop"
    WARN = "warn"


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that is wrong: where, why it matters, and what mends it."""

    severity: Severity
    about: str
    what: str
    why: str
    remedy: str


class NotFit(Exception):
    """The gateway does not start as it is set up; the text says why, and what to do."""

    def __init__(self, findings: list[Finding]) -> None:
        lines = [f"{each.about}: {each.what}; {each.remedy}" for each in findings]
        super().__init__("\n".join(lines))


def check_start(settings: Settings) -> None:
    """Raise `NotFit` when something would make the start unsafe."""
    stops = [each for each in examine(settings) if each.severity is Severity.STOP]
    if stops:
        raise NotFit(stops)


def check_place(settings: Settings) -> None:
    """Raise `NotFit` when nobody could listen where the settings say."""
    if stops := [_of(each) for each in troubles_with_place(settings)]:
        raise NotFit(stops)


def unreadable(error: UnreadableSettings) -> Finding:
    """Return what keeps the settings from being read; nothing else can be said before."""
    what, _, remedy = str(error).rpartition("; ")
    return _stop("settings", what, "without them nothing else can be looked at", remedy)


def examine(settings: Settings) -> list[Finding]:
    """Return what the settings and the disk tell, without asking anybody."""
    firm = _read_firm(settings)
    found = [firm] if isinstance(firm, Finding) else []
    found += _data_dir(settings)
    if isinstance(firm, Firm):
        found += map(_of, troubles_with_firm(settings, firm))
        found += map(_of, troubles_with_set_up(settings, firm))
    found += map(_of, troubles_with_receiver(settings))
    found += map(_of, troubles_with_files(settings))
    if settings.profile is Profile.PRODUCTION:
        found += [
            *_address(settings),
            *_proxies(settings),
            *_people(settings),
            *_sandbox(settings),
            *_open_ways(settings),
            *_heads(settings),
        ]
    return found


async def examine_others(settings: Settings) -> list[Finding]:
    """Return what is found out by asking: identity providers, the counts' store, the network."""
    outside = [_of(each) for each in await troubles_outside(settings)]
    return [*await _issuers(settings), *await _counts(settings), *outside]


async def _issuers(settings: Settings) -> list[Finding]:
    outcomes: list[Fetched] = []
    async with open_documents(plain=settings.profile is Profile.SANDBOX) as documents:
        clock = asyncio.get_running_loop().time
        providers = IdentityProviders(settings.issuers, documents.fetch, clock, outcomes.append)
        for each in settings.issuers:
            await providers.ask_again(each.url)
        await providers.close()
    why = "its tokens are refused as long as its keys are not known"
    remedy = "correct its address, or name its host in internal_hosts"
    return [
        _warn(f"issuers.{each.issuer}", f"no keys: {each.reason}", why, remedy)
        for each in outcomes
        if each.outcome in {Outcome.AWAY, Outcome.REFUSED}
    ]


async def _counts(settings: Settings) -> list[Finding]:
    if settings.redis_url is None:
        return []
    try:
        counts = SharedCounts(SharedConfig(url=settings.redis_url, timeout_ms=2_000))
    except ValueError:
        return []  # told already, without asking anybody
    try:
        await counts.set(_PROBE, 1)
    except StoreAway as error:
        why = "each process counts by itself while the store is away"
        return [_warn("redis_url", f"no answer: {error}", why, "start the store, or correct this")]
    finally:
        await counts.close()
    return []


def _read_firm(settings: Settings) -> Firm | Finding:
    try:
        return load_firm(Path(settings.firm))
    except UnreadableFirm as error:
        why = "the firm's companies, people and limits stand in it"
        return _stop("firm", f"{error.file}: {error.reason}", why, error.remedy)


def _data_dir(settings: Settings) -> list[Finding]:
    """Return what is wrong with the data directory, and with what is in it if we may look."""
    folder = Path(settings.data_dir)
    sandbox = settings.profile is Profile.SANDBOX and settings.sandbox_url is None
    found = list(_disk(settings))
    if not any(each.severity is Severity.STOP for each in found):
        closed = [_of(each) for each in troubles_inside(folder, sandbox=sandbox)]
        found += closed or map(_of, troubles_of(folder, wall_clock()))
    return [*found, *_keys(folder / "keys")]


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = Path(settings.data_dir)
    place = next(each for each in [folder.absolute(), *folder.absolute().parents] if each.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        why = "every effect, decision and audit entry is kept there"
        yield _stop("data_dir", f"{place} cannot be written", why, "let our user own it")
    elif (free := shutil.disk_usage(place).free // 10**6) < FREE_MEGABYTES:
        tell = _warn if free >= LEAST_MEGABYTES else _stop
        why = "nothing is accepted any more when it is full"
        yield tell("data_dir", f"{free} MB are free", why, f"have {FREE_MEGABYTES} MB or more")


def _keys(folder: Path) -> Iterator[Finding]:
    """Return which keys others can read, and which cannot be used as they lie there."""
    for key in sorted(folder.glob("*")):
        if stat.S_IMODE(key.stat().st_mode) & 0o077:
            why = "whoever reads a key can be anybody"
            yield _stop("data_dir", f"others can read {key}", why, f"run: chmod 600 '{key}'")
        elif key.suffix == ".json":
            yield from _unusable(key)


def _unusable(key: Path) -> Iterator[Finding]:
    try:
        KeyFile(key).load()
    except UnsafeKeyFile as error:
        what, _, remedy = str(error).rpartition(": ")
        yield _stop("data_dir", what, "tokens, links and the audit are signed with it", remedy)
    except OSError as error:
        why = "nothing is signed that it signs"
        yield _stop("data_dir", f"{key}: {error.strerror}", why, "let our user read it")


def _address(settings: Settings) -> Iterator[Finding]:
    why = "tokens name it, and clients prove with it whom they speak to"
    remedy = "set it to the https address that clients use"
    url = urlsplit(settings.public_url or "")
    if settings.public_url is None or url.hostname in LOOPBACK:
        yield _warn("public_url", "nobody but this machine reaches it", why, remedy)
    elif url.scheme != "https" or not url.hostname or "@" in url.netloc:
        yield _stop("public_url", f"{settings.public_url} is not an https address", why, remedy)


def _proxies(settings: Settings) -> Iterator[Finding]:
    for network in far_too_wide(settings.trusted_proxies):
        why = "anybody in it says where calls come from, and strangers are counted by that"
        remedy = "name the addresses of your own proxies only"
        yield _warn("trusted_proxies", f"{network} is no firm's own network", why, remedy)


def _people(settings: Settings) -> Iterator[Finding]:
    if not settings.issuers:
        why = "the embedded authorization server knows applications only"
        remedy = "name the firm's identity provider under `issuers`"
        yield _warn("issuers", "no person can come in", why, remedy)


def _sandbox(settings: Settings) -> Iterator[Finding]:
    if settings.sandbox_secret:
        why = "it sets the clock and the faults of the sandbox's systems"
        yield _stop("sandbox_secret", "the sandbox's secret is set", why, "take it out")
    if settings.sandbox_webhooks:
        why = "only the sandbox's systems tell of changes to who told them where"
        yield _stop("sandbox_webhooks", "the sandbox's messages are wanted", why, "take it out")
    for name in SANDBOX_SECRETS:
        if (Path(settings.data_dir) / "keys" / name).exists():
            why = "the keys, clients and records of a sandbox were made for everybody to use"
            yield _stop("data_dir", f"it was a sandbox's ({name})", why, "name an empty directory")
            break
    played = [
        f"{kind}.{instance}"
        for kind, instances in settings.systems.items()
        for instance, one in instances.items()
        if one.connector == "sandbox"
    ]
    if settings.sandbox_url or played or not settings.systems:
        what = f"the sandbox stands for {', '.join(played) or 'systems that nothing is set for'}"
        why = "nothing that is written there reaches the firm's books"
        yield _warn("systems", what, why, "name the firm's own systems under `systems`")


def _open_ways(settings: Settings) -> Iterator[Finding]:
    named = [
        (f"systems.{kind}.{instance}.config.connection", one.config.get("connection"))
        for kind, instances in settings.systems.items()
        for instance, one in instances.items()
    ]
    for at, connection in named:
        told = connection.get("base_url") if isinstance(connection, dict) else None
        url = urlsplit(told if isinstance(told, str) else "")
        if url.scheme == "http" and url.hostname not in LOOPBACK:
            why = "whoever is on the way reads it, our credentials too"
            what = "what is sent there is not encrypted"
            yield _warn(f"{at}.base_url", what, why, "reach it by https")


def _heads(settings: Settings) -> Iterator[Finding]:
    heads = heads_file(settings).absolute().parent
    data_dir = Path(settings.data_dir).absolute()
    if heads.exists() and data_dir.exists() and heads.stat().st_dev == data_dir.stat().st_dev:
        why = "who loses or changes the one loses or changes the other"
        remedy = "name a place on another disk"
        yield _warn("audit.heads_file", "the audit's heads lie beside the audit", why, remedy)


def _of(trouble: Trouble) -> Finding:
    severity = Severity.STOP if trouble.stops else Severity.WARN
    return Finding(
        severity=severity,
        about=trouble.about,
        what=trouble.what,
        why=trouble.why,
        remedy=trouble.remedy,
    )


def _stop(about: str, what: str, why: str, remedy: str) -> Finding:
    return Finding(severity=Severity.STOP, about=about, what=what, why=why, remedy=remedy)


def _warn(about: str, what: str, why: str, remedy: str) -> Finding:
    return Finding(severity=Severity.WARN, about=about, what=what, why=why, remedy=remedy)
