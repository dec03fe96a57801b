"""The strict reading of an access token's text: whatever is not exactly right is a `ValueError`.

Nothing is believed yet: the signature is checked in `tokens.py`.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, NoReturn, TypeVar

import msgspec
from msgspec import Meta, Struct

MAX_TOKEN_CHARS = 8192
MAX_BRACKETS = 64
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

_COMPACT = re.compile(r"\A[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\Z")
_SCOPE_CHAR = r"[\x21\x23-\x5b\x5d-\x7e]"
Name = Annotated[str, Meta(pattern=r"\A[\x21-\x7e]{1,255}\Z")]
_Scope = Annotated[str, Meta(pattern=rf"\A{_SCOPE_CHAR}+(?: {_SCOPE_CHAR}+)*\Z")]
_Code = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._-]{1,64}\Z")]
Moment = Annotated[int, Meta(ge=0, le=4_102_444_800)]  # up to the year 2100

T = TypeVar("T")
H = TypeVar("H")


class Header(Struct, frozen=True, forbid_unknown_fields=True):
    """A token's header: these three and nothing else, so no `crit`, `jwk`, `jku` or `zip`."""

    alg: str
    kid: Name
    typ: str


class Claims(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The claims of an access token (RFC 9068) that we read and write."""

    iss: Name
    sub: Name
    aud: Name | list[Name]
    exp: Moment
    iat: Moment
    nbf: Moment = 0
    jti: Name
    client_id: Name
    scope: _Scope | None = None
    roles: Annotated[list[_Code], Meta(max_length=64)] = []
    entities: Annotated[list[_Code], Meta(max_length=256)] = []
    units: Annotated[list[_Code], Meta(max_length=256)] | None = None


class _AnyHeader(Struct, frozen=True):
    """A header, whatever it says."""


class _Issued(Struct, frozen=True):
    """Who says that they issued a token."""

    iss: Name


class Reading(Struct, frozen=True):
    """What a token says, and the bytes of its signature."""

    header: Header
    claims: Claims
    signature: bytes


def issuer_of(token: str) -> str:
    """Return who is said to have issued a token, or raise `ValueError`."""
    return read_as(token, _AnyHeader, _Issued)[1].iss


def read(token: str) -> Reading:
    """Return what an access token says, or raise `ValueError`."""
    header, claims = read_as(token, Header, Claims)
    return Reading(header, claims, decoded(token.rpartition(".")[2]))


def read_as(token: str, header: type[H], claims: type[T]) -> tuple[H, T]:
    """Return the header and the claims of a token that says them in these shapes, as strictly."""
    if len(token) > MAX_TOKEN_CHARS:
        raise ValueError("the token is too long")
    if not _COMPACT.match(token):
        raise ValueError("the token is not three base64url segments")
    head, body, _ = (decoded(segment) for segment in token.split("."))
    return _said(head, header), _said(body, claims)


def is_low_s(signature: bytes) -> bool:
    """Whether a P-256 signature has the smaller of the two `s` that ECDSA allows."""
    return int.from_bytes(signature[32:]) <= P256_ORDER // 2


def with_low_s(signature: bytes) -> bytes:
    """Return the twin of a P-256 signature that has the smaller `s`."""
    if is_low_s(signature):
        return signature
    return signature[:32] + (P256_ORDER - int.from_bytes(signature[32:])).to_bytes(32)


def encoded(part: bytes) -> str:
    """Return bytes as unpadded base64url."""
    return urlsafe_b64encode(part).rstrip(b"=").decode()


def decoded(segment: str) -> bytes:
    """Return the bytes of unpadded base64url that is spelled in the one canonical way."""
    part = urlsafe_b64decode(segment + "=" * (-len(segment) % 4))
    if encoded(part) != segment:
        raise ValueError("a segment is not canonical base64url")
    return part


def _said(part: bytes, shape: type[T]) -> T:
    text = part.decode("utf-8")
    if text.count("[") + text.count("{") > MAX_BRACKETS:
        raise ValueError("the token is nested too deeply")
    said = json.loads(text, object_pairs_hook=_each_once, parse_constant=_refuse)
    return msgspec.convert(said, shape)


def _each_once(members: list[tuple[str, object]]) -> dict[str, object]:
    said = dict(members)
    if len(said) < len(members):
        raise ValueError("a member is there twice")
    return said


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
