"""An identity provider in memory: it signs whatever it is told to, and can be away."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

import msgspec
from joserfc import jws
from joserfc.jwk import KeySet, RSAKey

from governance.identity_providers.config import Config
from governance.identity_providers.discovery import Unreachable
from governance.identity_providers.followed_keys import Fetched
from governance.identity_providers.providers import IdentityProviders
from governance.revocations import RevokedTokens
from governance.tokens import TokenVerifier

URL = "https://login.example/tenant/v2.0"
AUDIENCE = "https://gateway.example"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TIME = int(NOW.timestamp())
ABSENT = object()


class Provider:
    """Its keys, the newest last; its documents; and how often it was asked for its keys."""

    def __init__(self, url: str = URL) -> None:
        self.url = url
        self.keys: list[RSAKey] = []
        self.asked = 0
        self.away = False
        self.named_itself = url
        self.document: bytes | None = None
        self.rotate()

    def rotate(self) -> None:
        """Sign with a new key from now on, which is published beside the old ones."""
        self.keys.append(RSAKey.generate_key(2048, {"kid": f"key-{len(self.keys)}", "use": "sig"}))

    async def fetch(self, address: str, internal_hosts: tuple[str, ...]) -> bytes:
        """Answer as its web server would."""
        if self.away:
            raise Unreachable("nobody answers")
        if address == f"{self.url}/.well-known/openid-configuration":
            told = {"issuer": self.named_itself, "jwks_uri": f"{self.url}/keys"}
            return json.dumps(told).encode()
        assert address == f"{self.url}/keys", address
        self.asked += 1
        return self.document or json.dumps(KeySet(self.keys).as_dict(private=False)).encode()

    def token(
        self,
        claims: Mapping[str, object],
        *,
        kid: str | None = None,
        **header: object,
    ) -> str:
        """Return a signed token with these claims on top of issuer, audience and times."""
        usual = {"iss": self.url, "aud": AUDIENCE, "iat": TIME, "nbf": TIME, "exp": TIME + 300}
        said = {n: v for n, v in {**usual, **claims}.items() if v is not ABSENT}
        head = {"alg": "RS256", "kid": kid or self.keys[-1].kid, **header}
        told = {name: value for name, value in head.items() if value is not ABSENT}
        return jws.serialize_compact(told, json.dumps(said), self.keys[-1], algorithms=["RS256"])


class Gatehouse:
    """A verifier that trusts one provider, with a clock that a test moves."""

    def __init__(self, provider: Provider, config: Config) -> None:
        self.seconds = 1_000.0
        self.told: list[Fetched] = []
        self.providers = IdentityProviders(
            [config], provider.fetch, lambda: self.seconds, self.told.append
        )
        self.verifier = TokenVerifier(
            self.providers.issuers, RevokedTokens(lambda: NOW), lambda: NOW
        )


def declared(**changes: object) -> Config:
    """Return a provider's settings as a file would have them, but for some changes."""
    usual = {"name": "firm", "url": URL, "audiences": [AUDIENCE]}
    return msgspec.convert({**usual, **changes}, Config)
