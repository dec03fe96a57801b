"""A client proves who it is by a token that it signed itself (RFC 7523, `private_key_jwt`)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Protocol

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from msgspec import Meta, Struct

from governance.authorization_server.clients import ClientRegistry, RegisteredClient
from governance.compact_token import Moment, Name, read_as
from governance.issuers import PublicKey, UnsafeKeySet, pinned_keys

ALGORITHMS = ("ES256", "RS256", "PS256")
MOST_LIFE = timedelta(minutes=5)
LEEWAY = timedelta(seconds=30)

_TYPES = frozenset({None, "JWT", "client-authentication+jwt"})


class Spending(Protocol):
    """Remembers what was used, for as long as it could be used again."""

    def spend(self, kind: str, used: str, until: datetime) -> bool:
        """Whether this is the first use of an id of a kind."""


class _Header(Struct, frozen=True, forbid_unknown_fields=True):
    alg: str
    kid: Name
    typ: str | None = None


class _Claims(Struct, frozen=True, kw_only=True):
    iss: Name
    sub: Name
    aud: Name | Annotated[list[Name], Meta(min_length=1, max_length=1)]
    exp: Moment
    jti: Name
    iat: Moment | None = None
    nbf: Moment | None = None


class ClientAssertions:
    """Takes a client's own token for its secret: for us, fresh, and once."""

    def __init__(
        self,
        registry: ClientRegistry,
        audiences: frozenset[str],
        spent: Spending,
        clock: Callable[[], datetime],
    ) -> None:
        self._registry, self._audiences = registry, audiences
        self._spent, self._clock = spent, clock

    def client(self, assertion: str) -> RegisteredClient | None:
        """Return the client that signed an assertion, or None when it proves nothing."""
        try:
            header, claims = read_as(assertion, _Header, _Claims)
        except ValueError:
            return None
        client = self._registry.client(claims.sub)
        if client is None or client.key_set is None or not self._is_fresh(claims):
            return None
        key = _key_of(client, header)
        if key is None or not _is_signed(assertion, key, header.alg):
            return None
        until = datetime.fromtimestamp(claims.exp, UTC) + LEEWAY
        return (
            client if self._spent.spend(f"assertion of {claims.sub}", claims.jti, until) else None
        )

    def _is_fresh(self, claims: _Claims) -> bool:
        """Whether an assertion is its client's own, for us, and of now."""
        now = self._clock()
        audience = claims.aud if isinstance(claims.aud, str) else claims.aud[0]
        latest_start = (now + LEEWAY).timestamp()
        return (
            claims.iss == claims.sub
            and audience in self._audiences
            and (now - LEEWAY).timestamp() < claims.exp <= (now + MOST_LIFE + LEEWAY).timestamp()
            and all(start is None or start <= latest_start for start in (claims.iat, claims.nbf))
            and (claims.iat is None or claims.exp - claims.iat <= MOST_LIFE.total_seconds())
        )


def _key_of(client: RegisteredClient, header: _Header) -> PublicKey | None:
    """Return the client's key of a header, if the algorithm is one of that kind of key."""
    if header.typ not in _TYPES or header.alg not in ALGORITHMS:
        return None
    try:
        key = pinned_keys((client.key_set or "").encode()).key(header.kid)
    except UnsafeKeySet:
        return None
    wants_curve = header.alg == "ES256"
    return key if isinstance(key, ECKey) is wants_curve else None


def _is_signed(assertion: str, key: PublicKey, algorithm: str) -> bool:
    try:
        jws.deserialize_compact(assertion, key, algorithms=[algorithm])
    except (JoseError, ValueError):
        return False
    return True
