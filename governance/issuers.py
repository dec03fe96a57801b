"""Whose tokens are taken: each trusted issuer with its keys, algorithms and limits."""

import warnings
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, RSAKey
from msgspec import Struct

from governance import compact_token
from governance.compact_token import Reading

PublicKey = ECKey | RSAKey
MAX_KEY_SET_BYTES = 65_536
MAX_KEYS = 32


class UnsafeKeySet(ValueError):
    """A key set that must not be trusted; the message says what is wrong with it."""


class KeysTooOld(Exception):
    """An issuer has not said for too long which keys are good, so nobody can tell its tokens."""


class KeySource(Protocol):
    """The keys of one issuer that are good at this moment."""

    def key(self, kid: str) -> PublicKey | None:
        """Return the key with this id, or None when it is unknown, retired or removed.

        Raises `KeysTooOld` when that cannot be known.
        """


class Issuer(Struct, frozen=True, kw_only=True):
    """An issuer whose access tokens are taken, and within what limits.

    `low_s` is for an issuer that signs with the smaller of the two `s` that ECDSA allows,
    as ours does: then nobody can write a second token text with the same signature. `read` says
    a token in our claims, or raises `ValueError`.
    """

    name: str
    audience: str
    keys: KeySource
    algorithms: frozenset[str] = frozenset({"ES256"})
    types: frozenset[str] = frozenset({"at+jwt", "application/at+jwt"})
    max_seconds: int = 300
    low_s: bool = False
    other_audiences: tuple[str, ...] = ()
    read: Callable[[str], Reading] = compact_token.read


class PinnedKeys:
    """Keys of an issuer that were loaded once and stay until they are loaded again."""

    def __init__(self, keys: Mapping[str, PublicKey]) -> None:
        self._keys = dict(keys)

    def key(self, kid: str) -> PublicKey | None:
        """Return the key with this id, if it is pinned."""
        return self._keys.get(kid)


class _Jwk(Struct, frozen=True, omit_defaults=True):
    """The members of a JSON Web Key that we read; the last two are secrets, and must be absent."""

    kty: str
    kid: str
    use: str = "sig"
    alg: str | msgspec.UnsetType = msgspec.UNSET
    crv: str | msgspec.UnsetType = msgspec.UNSET
    x: str | msgspec.UnsetType = msgspec.UNSET
    y: str | msgspec.UnsetType = msgspec.UNSET
    n: str | msgspec.UnsetType = msgspec.UNSET
    e: str | msgspec.UnsetType = msgspec.UNSET
    d: object = None
    k: object = None


class _JwkSet(Struct, frozen=True):
    keys: list[_Jwk]


def pinned_keys(key_set: bytes) -> PinnedKeys:
    """Return the signature keys of a JWKS document, or raise `UnsafeKeySet`.

    Public keys for something else, which OpenID Connect Discovery allows, are left aside.
    """
    if len(key_set) > MAX_KEY_SET_BYTES:
        raise UnsafeKeySet(f"the key set is larger than {MAX_KEY_SET_BYTES} bytes")
    try:
        published = msgspec.json.decode(key_set, type=_JwkSet).keys
    except (ValueError, RecursionError) as error:
        raise UnsafeKeySet("the key set is not a JWKS document") from error
    if not 0 < len(published) <= MAX_KEYS:
        raise UnsafeKeySet(f"a key set holds one to {MAX_KEYS} keys, not {len(published)}")
    for jwk in published:
        if jwk.d is not None or jwk.k is not None or jwk.kty == "oct":
            raise UnsafeKeySet(f"key {jwk.kid!r} is secret")
    verifying = [jwk for jwk in published if jwk.kty in {"EC", "RSA"} and jwk.use == "sig"]
    if not verifying:
        raise UnsafeKeySet("the key set has no key to verify a signature with")
    keys = {jwk.kid: _public_key(jwk) for jwk in verifying}
    if len(keys) < len(verifying):
        raise UnsafeKeySet("two keys have the same kid")
    return PinnedKeys(keys)


def _public_key(jwk: _Jwk) -> PublicKey:
    members = msgspec.convert(msgspec.to_builtins(jwk), dict[str, str | list[str]])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SecurityWarning)  # it warns of a short RSA key
            return ECKey.import_key(members) if jwk.kty == "EC" else RSAKey.import_key(members)
    except SecurityWarning as warning:
        raise UnsafeKeySet(f"key {jwk.kid!r} is too weak: {warning}") from warning
    except (JoseError, ValueError, KeyError) as error:
        raise UnsafeKeySet(f"key {jwk.kid!r} cannot be read") from error
