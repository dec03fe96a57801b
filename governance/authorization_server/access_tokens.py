"""Access tokens as RFC 9068 has them, signed with our current key."""

import secrets
from collections.abc import Callable
from datetime import datetime

import msgspec
from joserfc import jws
from msgspec import Struct

from governance.authorization_server.config import Config
from governance.authorization_server.keys import SigningKeys
from governance.compact_token import MAX_TOKEN_CHARS, Claims, decoded, encoded, with_low_s


class Holder(Struct, frozen=True, kw_only=True):
    """Whom a token speaks for: a person through a client application, or the client itself.

    With `units` it shows no other business unit's records, nor those of units not below one.
    """

    subject: str
    client_id: str
    scopes: frozenset[str]
    roles: frozenset[str] = frozenset()
    entities: frozenset[str] = frozenset()
    units: frozenset[str] | None = None


class AccessTokens:
    """Signs access tokens that live no longer than the settings allow."""

    def __init__(self, config: Config, keys: SigningKeys, clock: Callable[[], datetime]) -> None:
        self._config = config
        self._keys = keys
        self._clock = clock

    def issue(
        self,
        holder: Holder,
        *,
        seconds: int | None = None,
        resources: frozenset[str] = frozenset(),
        jti: str | None = None,
    ) -> str:
        """Return a new token, or raise `ValueError` for a life that is not allowed.

        It is for the whole gateway unless `resources` are named.
        """
        lifetime = self._config.token_seconds if seconds is None else seconds
        if not 0 < lifetime <= self._config.token_seconds:
            raise ValueError(f"a token lives 1 to {self._config.token_seconds} seconds")
        issued_at = int(self._clock().timestamp())
        claims = Claims(
            iss=self._config.issuer,
            sub=holder.subject,
            aud=_audience(resources) or self._config.audience,
            exp=issued_at + lifetime,
            iat=issued_at,
            jti=jti or new_token_id(),
            client_id=holder.client_id,
            scope=" ".join(sorted(holder.scopes)) or None,
            roles=sorted(holder.roles),
            entities=sorted(holder.entities),
            units=None if holder.units is None else sorted(holder.units),
        )
        # What the verifier would refuse is not signed: the claims are checked on the way out too.
        msgspec.convert(msgspec.to_builtins(claims), Claims)
        return self._signed(claims)

    def _signed(self, claims: Claims) -> str:
        key = self._keys.current
        header = {"alg": "ES256", "kid": key.thumbprint(), "typ": "at+jwt"}
        token = jws.serialize_compact(header, msgspec.json.encode(claims), key, ["ES256"])
        if len(token) > MAX_TOKEN_CHARS:
            raise ValueError("the token would be too long: ask for fewer scopes or entities")
        signed, _, signature = token.rpartition(".")
        return f"{signed}.{encoded(with_low_s(decoded(signature)))}"


def new_token_id() -> str:
    """Return an id for a token that no other has."""
    return secrets.token_urlsafe(16)


def _audience(resources: frozenset[str]) -> str | list[str]:
    ordered = sorted(resources)
    return ordered[0] if len(ordered) == 1 else ordered
