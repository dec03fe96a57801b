"""Who may call: the embedded authorization server, and the verifier of everybody's tokens."""

import math
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from msgspec import Struct

from gateway.firm import Firm
from gateway.following import Following
from gateway.foundation import Foundation
from gateway.people import LOGIN_PAGE, FirmPeople, kept_secret, sandbox_clients, sandbox_word
from gateway.settings import Profile, Settings
from governance.access import CLIENT
from governance.audit import AuditEntry
from governance.authorization_server.client_records import KeptClients, Registries
from governance.authorization_server.clients import ClientRegistry, StaticClients, new_secret
from governance.authorization_server.codes import Codes
from governance.authorization_server.config import Config
from governance.authorization_server.keys import SigningKeys
from governance.authorization_server.server import AuthorizationServer, LoginDesk, Records
from governance.authorization_server.spent import SpentOnce
from governance.identity_providers.discovery import Fetch, nothing_fetched
from governance.identity_providers.followed_keys import Fetched, Outcome
from governance.identity_providers.providers import IdentityProviders
from governance.issuers import Issuer
from governance.revocations import KeptRevocations
from governance.tokens import TokenVerifier
from governance.withdrawals import Withdrawals
from store.clock import wall_clock


class Identity(Struct, frozen=True, kw_only=True):
    """The parts that say who calls, and what keeps them fresh."""

    server: AuthorizationServer
    verifier: TokenVerifier
    revocations: KeptRevocations
    withdrawals: Withdrawals
    providers: IdentityProviders
    following: Following


def make_identity(
    settings: Settings, firm: Firm, base: Foundation, fetch: Fetch = nothing_fetched
) -> Identity:
    """Return the parts on a data directory; call `following.once` before anybody calls."""
    config = _config(settings)
    keys = signing_keys(base.keys)
    records = _records(base, config, frozenset(each.url for each in settings.issuers))
    server = AuthorizationServer(
        config,
        keys,
        _registry(settings, firm, base),
        wall_clock,
        records=records,
        desk=_desk(settings, firm, base.keys),
    )
    providers = IdentityProviders(settings.issuers, fetch, time.monotonic, _teller(base))
    verifier = _verifier([server.as_issuer(), *providers.issuers], records, firm)

    async def reload_keys() -> None:
        keys.reload()

    async def refresh_keys() -> None:
        await providers.refresh()
        for name, age in providers.ages().items():
            base.metrics.issuer_keys_age.labels(name).set(math.inf if age is None else age)

    refreshes = [
        records.revocations.refresh,
        records.withdrawals.refresh,
        reload_keys,
        refresh_keys,
    ]
    return Identity(
        server=server,
        verifier=verifier,
        revocations=records.revocations,
        withdrawals=records.withdrawals,
        providers=providers,
        following=Following(refreshes, wall_clock, base.logs),
    )


def _verifier(issuers: list[Issuer], records: Records, firm: Firm) -> TokenVerifier:
    return TokenVerifier(
        issuers,
        records.revocations,
        wall_clock,
        withdrawn=records.withdrawals,
        with_those_below=firm.units_with_those_below,
    )


def _teller(base: Foundation) -> Callable[[Fetched], None]:
    """Return what counts every fetch of an issuer's keys, and logs each change of what comes."""
    last: dict[str, Outcome] = {}

    def tell(fetched: Fetched) -> None:
        base.metrics.issuer_key_fetches.labels(fetched.issuer, fetched.outcome).inc()
        before, last[fetched.issuer] = last.get(fetched.issuer), fetched.outcome
        if fetched.outcome in {Outcome.AWAY, Outcome.REFUSED}:
            if fetched.outcome is not before:
                base.logs.events.error(
                    "an issuer's keys could not be renewed",
                    issuer=fetched.issuer,
                    outcome=str(fetched.outcome),
                    reason=fetched.reason,
                )
        elif fetched.outcome is Outcome.FETCHED or before in {Outcome.AWAY, Outcome.REFUSED}:
            base.logs.events.info("an issuer's keys were renewed", issuer=fetched.issuer)

    return tell


def authorization_server(settings: Settings, firm: Firm, keys: Path) -> AuthorizationServer:
    """Return a server beside the gateway's, on its keys, that issues tokens as the gateway does."""
    clients = StaticClients([])
    if settings.profile is Profile.SANDBOX:
        clients = sandbox_clients(keys, firm)
    return AuthorizationServer(_config(settings), signing_keys(keys), clients, wall_clock)


def signing_keys(folder: Path) -> SigningKeys:
    """Return the signing keys of a data directory, with the overlap that tokens need."""
    overlap = Config(issuer="", audience="").key_overlap_seconds
    return SigningKeys(folder, timedelta(seconds=overlap), wall_clock)


def public_url(settings: Settings) -> str:
    """Return the address that clients reach the gateway at."""
    return settings.public_url or f"http://{settings.host}:{settings.port}"


def _config(settings: Settings) -> Config:
    url = public_url(settings)
    people_have_bare_names = not all(each.prefix for each in settings.issuers)
    prefix = f"{CLIENT}:" if people_have_bare_names else ""
    return Config(issuer=url, audience=url, client_prefix=prefix)


def _records(base: Foundation, config: Config, others: frozenset[str]) -> Records:
    revocations = KeptRevocations(base.store, base.audit, wall_clock)

    def note(entry: AuditEntry) -> None:
        base.store.write_waiting(lambda connection: base.audit.append(connection, entry))

    return Records(
        revocations=revocations,
        withdrawals=Withdrawals(base.store, base.audit, wall_clock, config.issuer, others),
        spent=SpentOnce(base.store, wall_clock),
        codes=Codes(base.store, base.audit, revocations, wall_clock),
        note=note,
    )


def _registry(settings: Settings, firm: Firm, base: Foundation) -> ClientRegistry:
    """Return the clients that were registered, and in the sandbox its own before them."""
    kept = KeptClients(base.store, base.audit)
    if settings.profile is not Profile.SANDBOX:
        return kept
    return Registries([sandbox_clients(base.keys, firm), kept])


def _desk(settings: Settings, firm: Firm, keys: Path) -> LoginDesk | None:
    """Return where people log in, which is in the sandbox only."""
    if settings.profile is not Profile.SANDBOX:
        return None
    secret = kept_secret(keys / LOGIN_PAGE, new_secret)
    return LoginDesk(FirmPeople(firm, sandbox_word(keys)), secret)
