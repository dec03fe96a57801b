"""Whoever calls the gateway under attack, with tokens that are good, and with some that are not."""

from datetime import datetime, timedelta
from itertools import count
from pathlib import Path

from msgspec.structs import replace

from gateway.firm import Firm
from gateway.identity import authorization_server
from gateway.people import Wish, holder_of
from gateway.settings import Settings
from governance.authorization_server.access_tokens import Holder
from governance.authorization_server.clients import StaticClients
from governance.authorization_server.config import Config
from governance.authorization_server.keys import SigningKeys
from governance.authorization_server.server import AuthorizationServer
from governance.policy import Layer
from governance.roles import ALL_SCOPES, Role, scopes_of
from store.clock import wall_clock

_CALLS_A_CLIENT = 20


class Callers:
    """Gives the gateway's tokens to anybody."""

    def __init__(self, base_url: str, keys: Path, firm_dir: Path, firm: Firm) -> None:
        self._base_url, self._keys, self._firm = base_url, keys, firm
        settings = Settings(public_url=base_url, firm=str(firm_dir))
        self._server = authorization_server(settings, firm, keys)
        self._turn = count()

    def of_role(self, role: str) -> Holder:
        """Return somebody of a role: one of the firm, or a stranger to it who holds the role."""
        if role == Role.AUDITOR:
            stranger = self.anybody_with(scopes_of([role]))
            return replace(stranger, subject="auditor", roles=frozenset({role}))
        return holder_of(Wish(who=role), self._firm)

    def anybody(self, *entities: str) -> Holder:
        """Return somebody who has every scope and role, for all entities unless some are named."""
        return Holder(
            subject="U-ANY",
            client_id="any",
            scopes=ALL_SCOPES,
            roles=frozenset(Role),
            entities=frozenset(entities) or self._firm.codes,
        )

    def anybody_with(self, scopes: frozenset[str]) -> Holder:
        """Return somebody who has every role, and these scopes."""
        return replace(self.anybody(), scopes=scopes)

    def token(self, holder: Holder, *, own_client: bool = False) -> str:
        """Return a token; its client is one of many, so that no limit is ever reached."""
        if not own_client:
            client = f"{holder.client_id}-{next(self._turn) // _CALLS_A_CLIENT}"
            holder = replace(holder, client_id=client)
        return self._server.issue(holder)

    def of_layer(self, layer: Layer) -> str:
        """Return a token that is good at the addresses of one layer only."""
        narrow = Config(issuer=self._base_url, audience=f"{self._base_url}/{layer}")
        holder = replace(self.anybody(), client_id=f"{layer}-{next(self._turn)}")
        return _issuer(narrow, self._keys).issue(holder)

    def forged(self, folder: Path) -> dict[str, str]:
        """Return tokens that were good once, will be, or would be elsewhere."""
        holder, ours = self.anybody(), Config(issuer=self._base_url, audience=self._base_url)
        other = Config(issuer=self._base_url, audience=f"{self._base_url}/elsewhere")
        stranger = Config(issuer="http://127.0.0.1:1", audience=self._base_url)
        head, claims, signature = self.token(holder).split(".")
        letter = "A" if claims[30] != "A" else "B"
        return {
            "expired": _issuer(ours, self._keys, age=400).issue(holder),
            "not valid yet": _issuer(ours, self._keys, age=-400).issue(holder),
            "of another audience": _issuer(other, self._keys).issue(holder),
            "of another issuer": _issuer(stranger, self._keys).issue(holder),
            "of another key": _issuer(ours, folder / "keys").issue(holder),
            "tampered": f"{head}.{claims[:30]}{letter}{claims[31:]}.{signature}",
            "unsigned": f"{head}.{claims}.",
            "no token": "x",
        }


def _issuer(config: Config, keys: Path, *, age: int = 0) -> AuthorizationServer:
    """Return an authorization server whose clock is late by some seconds."""

    def clock() -> datetime:
        return wall_clock() - timedelta(seconds=age)

    signing = SigningKeys(keys, timedelta(seconds=360), wall_clock)
    return AuthorizationServer(config, signing, StaticClients([]), clock)
