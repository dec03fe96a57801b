"""Who may call: the embedded authorization server, and the verifier of everybody's tokens."""

from datetime import timedelta
from pathlib import Path

from msgspec import Struct

from gateway.firm import Firm
from gateway.following import Following
from gateway.foundation import Foundation
from gateway.people import FirmPeople, kept_secret, sandbox_clients, sandbox_word
from gateway.settings import Profile, Settings
from governance.audit import AuditEntry
from governance.authorization_server.client_records import KeptClients, Registries
from governance.authorization_server.clients import ClientRegistry, StaticClients, new_secret
from governance.authorization_server.codes import Codes
from governance.authorization_server.config import Config
from governance.authorization_server.keys import SigningKeys
from governance.authorization_server.server import AuthorizationServer, LoginDesk, Records
from governance.authorization_server.spent import SpentOnce
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
    following: Following


def make_identity(settings: Settings, firm: Firm, base: Foundation) -> Identity:
    """Return the parts on a data directory; call `following.once` before anybody calls."""
    config = _config(settings)
    keys = signing_keys(base.keys)
    records = _records(base, config)
    server = AuthorizationServer(
        config,
        keys,
        _registry(settings, firm, base),
        wall_clock,
        records=records,
        desk=_desk(settings, firm, base.keys),
    )
    verifier = TokenVerifier(
        [server.as_issuer()], records.revocations, wall_clock, withdrawn=records.withdrawals
    )

    async def reload_keys() -> None:
        keys.reload()

    refreshes = [records.revocations.refresh, records.withdrawals.refresh, reload_keys]
    return Identity(
        server=server,
        verifier=verifier,
        revocations=records.revocations,
        withdrawals=records.withdrawals,
        following=Following(refreshes, wall_clock, base.logs),
    )


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
    return Config(issuer=url, audience=url)


def _records(base: Foundation, config: Config) -> Records:
    revocations = KeptRevocations(base.store, base.audit, wall_clock)

    def note(entry: AuditEntry) -> None:
        base.store.write_waiting(lambda connection: base.audit.append(connection, entry))

    return Records(
        revocations=revocations,
        withdrawals=Withdrawals(base.store, base.audit, wall_clock, config.issuer),
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
    secret = kept_secret(keys / "login-page.secret", new_secret)
    return LoginDesk(FirmPeople(firm, sandbox_word(keys)), secret)
