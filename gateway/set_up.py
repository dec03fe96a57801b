"""What a firm may have written wrong of what the gateway reaches, and of who may call how often.

Found as the start would find it, only everything at once and before anything is opened.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec.structs import replace

from gateway.apis import APIS
from gateway.firm import Firm
from gateway.machine import Trouble
from gateway.mounting import plan_misfits
from gateway.parts.subscribing import guard_of
from gateway.reaching import named_systems, unknown_kinds
from gateway.settings import Profile, Settings, UnreadableSettings
from governance.counting.line import Address
from process_apis.intake.secrets_file import UnusableFile, keys_of, read_secrets
from system_apis.connectors import SystemSettings, source_of
from system_apis.messaging.channels import channel_misfits, strangers
from system_apis.misfit import Misfit, Misfitting, one_of
from system_apis.misfits import misfits
from system_apis.systems import SystemKind
from system_apis.wire import address

# Where the sandbox's systems are, as long as nobody has started it.
_NOT_YET = "http://127.0.0.1:1"


def troubles_with_set_up(settings: Settings, firm: Firm) -> Iterator[Trouble]:
    """Return what of the settings would be refused at the start, or be of no use after it."""
    known = {kind: one for kind, one in settings.systems.items() if kind in set(SystemKind)}
    # A wrong address of the sandbox is told once, and not of each of its systems.
    named = named_systems(replace(settings, systems=known, sandbox_url=_NOT_YET), firm)
    why = "the firm's records and books are reached by it"
    yield from _stops(unknown_kinds(settings), why)
    yield from _stops(misfits(named, settings.routes or firm.routes()), why)
    yield from _unreached(settings, firm)
    yield from _routes(settings, firm)
    yield from _secrets(settings, named)
    yield from _channels(settings, firm)
    yield from _limits(settings)
    yield from _addresses(settings)


def _stops(found: Sequence[Misfit] | Iterator[Misfit], why: str) -> Iterator[Trouble]:
    for each in found:
        yield Trouble(each.at, each.what, why, each.remedy, stops=True)


def _address_of_sandbox(settings: Settings) -> str:
    return settings.sandbox_url or _NOT_YET


def _unreached(settings: Settings, firm: Firm) -> Iterator[Trouble]:
    """Return which systems of the firm nothing stands for: only in the sandbox is one started."""
    if settings.profile is Profile.SANDBOX or settings.sandbox_url is not None:
        return
    named = {name for instances in settings.systems.values() for name in instances}
    why = "nothing starts unless every system of the firm is reached"
    for kind in SystemKind:
        for each in firm.served(kind):
            if each.id not in named:
                what = f"the firm runs {each.id}, and nothing says how it is reached"
                remedy = "name its connector and its address there"
                yield Trouble(f"systems.{kind}.{each.id}", what, why, remedy, stops=True)


def _routes(settings: Settings, firm: Firm) -> Iterator[Trouble]:
    """Return which routes are of no company, and which companies have no projects or books."""
    why = "a company's records are looked for where it is routed to"
    for route in settings.routes:
        if route.legal_entity not in firm.codes:
            what = f"{route.legal_entity} is no company of the firm"
            remedy = one_of(firm.codes, route.legal_entity)
            yield Trouble("routes", what, why, remedy, stops=True)
    routed = {(each.kind, each.legal_entity) for each in settings.routes or firm.routes()}
    for kind in (SystemKind.PSA, SystemKind.ERP):
        lost = sorted(code for code in firm.codes if (kind, code) not in routed)
        if lost:
            what = f"{_listed(lost)} is routed to no {kind}"
            yield Trouble("routes", what, why, "route it, or leave it if it has no business there")


def _secrets(settings: Settings, named: Sequence[SystemSettings]) -> Iterator[Trouble]:
    if settings.webhook_secrets_file is None:
        return
    path = Path(settings.webhook_secrets_file)
    sources = {}
    for one in named:
        try:
            if one.webhook_secrets:
                sources[one.instance] = source_of(one)
        except Misfitting:
            return  # told as the system's own; until then nobody knows who may send
    try:
        keys_of(read_secrets(path), sources)
    except UnusableFile as error:
        why = "who sends us messages is known by them"
        remedy = "put the file right, or name another"
        yield Trouble("webhook_secrets_file", f"{path}: {error}", why, remedy, stops=True)


def _channels(settings: Settings, firm: Firm) -> Iterator[Trouble]:
    why = "people are told by it what waits for them"
    found = list(channel_misfits(settings.channels, settings.letters))
    yield from _stops(found, why)
    broken = {each.at.split(".")[1] for each in found if each.at.startswith("channels.")}
    people = {each.id for each in firm.people}
    for name in settings.channels.keys() - broken:
        channel = settings.channels[name]
        at = f"channels.{name}.config.addresses"
        if elsewhere := strangers(channel):
            what = f"the address of {_listed(elsewhere)} is not under the channel's own"
            yield Trouble(at, what, why, "correct it, or correct `connection.base_url`")
        told = channel.config.get("addresses")
        nobody = sorted(told.keys() - people) if isinstance(told, Mapping) else []
        if nobody and name != settings.letters:
            what = f"{_listed(nobody)} is nobody of the firm"
            yield Trouble(at, what, why, "write the id that the firm's file has")


def _limits(settings: Settings) -> Iterator[Trouble]:
    limits = settings.rate_limits
    why = "nobody would be counted as you meant it"
    yield from _stops(plan_misfits(limits.plans, [module.POLICY for module in APIS]), why)
    shared = Counter(client for clients in limits.owners.values() for client in set(clients))
    for client, owners in shared.items():
        if owners > 1:
            names = [owner for owner, clients in limits.owners.items() if client in clients]
            what = f"{client} stands under {' and '.join(names)}"
            yield Trouble("rate_limits.owners", what, why, "leave it under one of them")
    if settings.redis_url is not None:
        try:
            Address.read(settings.redis_url)
        except ValueError as error:
            remedy = "correct the address"
            yield Trouble("redis_url", str(error), "no limit can be counted", remedy, stops=True)


def _addresses(settings: Settings) -> Iterator[Trouble]:
    try:
        address(_address_of_sandbox(settings))
    except ValueError as error:
        remedy = "write what `strata sandbox` says of itself"
        yield Trouble(
            "sandbox_url", str(error), "its systems are reached there", remedy, stops=True
        )
    try:
        guard_of(settings)
    except UnreadableSettings as error:
        what = str(error).partition(": ")[2]
        why = "subscribers would be told nothing there"
        remedy = "name hosts only, without scheme, port or path"
        yield Trouble("egress.internal_hosts", what, why, remedy, stops=True)


def _listed(names: Sequence[str]) -> str:
    """Return the first names, and how many more there are."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{', '.join(names[:3])}{more}"
