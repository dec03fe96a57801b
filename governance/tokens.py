"""Bearer tokens in, callers out: strict verification, and a cache that forgets in time."""

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from joserfc import jws
from joserfc.errors import JoseError
from msgspec import Struct

from governance import compact_token
from governance.access import Caller
from governance.audiences import opened
from governance.compact_token import MAX_TOKEN_CHARS, Claims, Reading
from governance.issuers import Issuer, PublicKey
from governance.policy import Layer
from governance.revocations import Revocations
from governance.withdrawals import Withdrawn

LEEWAY = timedelta(seconds=30)
CAPACITY = 10_000

_BEARER = re.compile(r"\A(?i:bearer) +([A-Za-z0-9._~+/-]+=*)\Z")


class InvalidToken(Exception):
    """The caller could not be recognized; `reason` may be told to whoever asked."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UnknownKey(InvalidToken):
    """A trusted issuer's token names a key that is not known, which may be a new one."""

    def __init__(self, issuer: str) -> None:
        super().__init__("the token's key is not trusted")
        self.issuer = issuer


class MissingToken(InvalidToken):
    """No credentials were sent at all."""


def bearer(headers_authorization_values: list[str]) -> str:
    """Return the token of the one `Authorization` header, or raise `InvalidToken`."""
    if not headers_authorization_values:
        raise MissingToken("send an access token: Authorization: Bearer <token>")
    if len(headers_authorization_values) > 1:
        raise InvalidToken("there is more than one Authorization header")
    found = _BEARER.match(headers_authorization_values[0])
    if found is None:
        raise InvalidToken("the Authorization header is not Bearer with one token")
    return found[1]


class _Known(Struct, frozen=True):
    """A token that was verified, and what must still hold when it comes again."""

    caller: Caller
    jti: str
    until: datetime
    issuer: Issuer
    kid: str
    key: PublicKey


class TokenVerifier:
    """Turns access tokens of trusted issuers into callers, and remembers those it verified.

    A remembered token is still refused once it expires, is revoked, or its key is removed, and
    opens no more than what is left to its holder. `with_those_below` says which business units
    somebody sees who is bound to some.
    """

    def __init__(
        self,
        issuers: Iterable[Issuer],
        revocations: Revocations,
        clock: Callable[[], datetime],
        *,
        withdrawn: Withdrawn | None = None,
        capacity: int = CAPACITY,
        with_those_below: Callable[[frozenset[str]], frozenset[str]] = frozenset,
    ) -> None:
        self._issuers = {issuer.name: issuer for issuer in issuers}
        self._is_revoked = revocations.is_revoked
        self._withdrawn = withdrawn
        self._clock = clock
        self._capacity = capacity
        self._with_those_below = with_those_below
        self._known: OrderedDict[bytes, _Known] = OrderedDict()

    def recognizes(self, headers_authorization_values: list[str]) -> bool:
        """Whether a header's token was verified before, which costs no more than a hash to say."""
        if len(headers_authorization_values) != 1:
            return False
        found = _BEARER.match(headers_authorization_values[0])
        return found is not None and _digest(found[1]) in self._known

    def verify_sent(self, headers_authorization_values: list[str]) -> Caller:
        """Return who the one `Authorization` header speaks for, as `bearer` and `verify` say.

        A token that is known has the form of one, so it is not looked over again.
        """
        if len(headers_authorization_values) == 1:
            scheme, _, token = headers_authorization_values[0].partition(" ")
            if scheme == "Bearer" and (digest := _digest(token)) in self._known:
                return self._told(digest, token)
        return self.verify(bearer(headers_authorization_values))

    def verify(self, token: str) -> Caller:
        """Return who a token speaks for, or raise `InvalidToken` or `KeysTooOld`."""
        if len(token) > MAX_TOKEN_CHARS:
            raise InvalidToken("the token is too long")
        return self._told(_digest(token), token)

    def _told(self, digest: bytes, token: str) -> Caller:
        known = self._known.get(digest)
        if known is None or known.issuer.keys.key(known.kid) is not known.key:
            known = self._remember(digest, self._verified(token))
        if self._clock() >= known.until:
            self._known.pop(digest, None)
            raise InvalidToken("the token has expired")
        if self._is_revoked(known.jti):
            raise InvalidToken("the token was revoked")
        if self._withdrawn is None:
            return known.caller
        left = self._withdrawn.narrowed(known.issuer.name, known.caller)
        if left is None:
            raise InvalidToken("the access was withdrawn")
        return left

    def _remember(self, digest: bytes, known: _Known) -> _Known:
        self._known[digest] = known
        if len(self._known) > self._capacity:
            self._known.popitem(last=False)
        return known

    def _verified(self, token: str) -> _Known:
        try:
            issuer = self._issuers.get(compact_token.issuer_of(token))
            if issuer is None:
                raise InvalidToken("the token's issuer is not trusted")
            reading = issuer.read(token)
        except ValueError as error:
            raise InvalidToken("the token is not a well-formed access token") from error
        key = _checked_signature(token, reading, issuer)
        layers = _checked_claims(reading.claims, issuer, self._clock())
        return _Known(
            caller=self._caller(reading.claims, layers),
            jti=reading.claims.jti,
            until=datetime.fromtimestamp(reading.claims.exp, UTC) + LEEWAY,
            issuer=issuer,
            kid=reading.header.kid,
            key=key,
        )

    def _caller(self, claims: Claims, layers: frozenset[Layer]) -> Caller:
        units = claims.units
        return Caller(
            subject=claims.sub,
            client_id=claims.client_id,
            scopes=frozenset(claims.scope.split(" ") if claims.scope else ()),
            roles=frozenset(claims.roles),
            entities=frozenset(claims.entities),
            units=None if units is None else self._with_those_below(frozenset(units)),
            token_id=claims.jti,
            layers=layers,
            issuer=claims.iss,
        )


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def _checked_signature(token: str, reading: Reading, issuer: Issuer) -> PublicKey:
    """Return the pinned key that signed a token, or raise `InvalidToken`."""
    header = reading.header
    if header.typ not in issuer.types:
        raise InvalidToken("the token is not of the type of an access token")
    if header.alg not in issuer.algorithms:
        raise InvalidToken("the token's algorithm is not allowed")
    key = issuer.keys.key(header.kid)
    if key is None:
        raise UnknownKey(issuer.name)
    try:
        jws.deserialize_compact(token, key, algorithms=[header.alg])
    except (JoseError, ValueError) as error:
        raise InvalidToken("the token's signature is not right") from error
    if issuer.low_s and not compact_token.is_low_s(reading.signature):
        raise InvalidToken("the token's signature is not right")
    return key


def _checked_claims(claims: Claims, issuer: Issuer, now: datetime) -> frozenset[Layer]:
    """Return the layers that a token opens, or raise `InvalidToken`."""
    latest_start = (now + LEEWAY).timestamp()
    audiences = [claims.aud] if isinstance(claims.aud, str) else claims.aud
    wanted = (issuer.audience, *issuer.other_audiences)
    layers = frozenset[Layer]().union(*(opened(audiences, each) for each in wanted))
    if not layers:
        raise InvalidToken("the token is for another audience")
    if not 0 < claims.exp - claims.iat <= issuer.max_seconds:
        raise InvalidToken("the token's lifetime is not allowed")
    if claims.iat > latest_start or claims.nbf > latest_start:
        raise InvalidToken("the token is not valid yet")
    return layers
