"""Another's access token, read as strictly as ours and said in our claims.

Nothing is believed yet: the signature is checked in `tokens.py`.
"""

from collections.abc import Callable, Iterable, Mapping
from hashlib import sha256

import msgspec
from msgspec import UNSET, Struct, UnsetType

from governance.compact_token import Claims, Header, Moment, Name, Reading, decoded, read_as
from governance.identity_providers.config import Config
from governance.identity_providers.grants import given
from governance.identity_providers.shapes import SHAPES, Shape

LONGEST_LIST = 512


class _Header(Struct, frozen=True, forbid_unknown_fields=True):
    """A token's header: these and nothing else, so no `crit`, `jwk`, `jku` or `zip`."""

    alg: str
    kid: Name
    typ: str = ""


class _Standard(Struct, frozen=True, kw_only=True):
    """What every issuer calls the same; the last four are an ID token's alone."""

    iss: Name
    aud: Name | list[Name]
    exp: Moment
    iat: Moment
    nbf: Moment = 0
    nonce: object | UnsetType = UNSET
    at_hash: object | UnsetType = UNSET
    c_hash: object | UnsetType = UNSET
    s_hash: object | UnsetType = UNSET


def reader(config: Config) -> Callable[[str], Reading]:
    """Return what reads an issuer's tokens, and raises `ValueError` for what is not one."""
    shape = SHAPES[config.profile]

    def read(token: str) -> Reading:
        header, said = read_as(token, _Header, dict[str, object])
        claims = _claims(config, shape, said, sha256(token.encode()).hexdigest()[:32])
        signature = decoded(token.rpartition(".")[2])
        return Reading(Header(header.alg, header.kid, header.typ), claims, signature)

    return read


def _claims(config: Config, shape: Shape, said: Mapping[str, object], digest: str) -> Claims:
    standard = msgspec.convert(said, _Standard)
    of_id_tokens = (standard.nonce, standard.at_hash, standard.c_hash, standard.s_hash)
    if any(each is not UNSET for each in of_id_tokens):
        raise ValueError("an ID token is no access token")
    names = [name for claim in shape.scopes for name in _words(said, claim)]
    rights = given(config, _marks(said, config), names)
    token_id = _first(said, shape.token_ids, None if shape.needs_token_id else digest)
    return Claims(
        iss=standard.iss,
        sub=_subject(config, shape, said),
        aud=standard.aud,
        exp=standard.exp,
        iat=standard.iat,
        nbf=standard.nbf,
        jti=f"{config.name}:{token_id}",
        client_id=f"{config.name}:{_first(said, _named(config.client_claim, shape.clients))}",
        scope=" ".join(sorted(rights.scopes)) or None,
        roles=sorted(rights.roles),
        entities=sorted(rights.entities),
        units=None if rights.units is None else sorted(rights.units),
    )


def _subject(config: Config, shape: Shape, said: Mapping[str, object]) -> str:
    """Return who the token is for; without a prefix, nobody who looks as if they had one."""
    subject = _first(said, _named(config.subject_claim, shape.subjects))
    if not config.prefix and ":" in subject:
        raise ValueError("a subject without a prefix has no colon")
    return f"{config.prefix}{subject}"


def _named(claim: str | None, usual: tuple[str, ...]) -> tuple[str, ...]:
    return usual if claim is None else (claim,)


def _first(said: Mapping[str, object], claims: Iterable[str], other: str | None = None) -> str:
    """Return the first of some claims that is there, as a name, or raise `ValueError`."""
    for claim in claims:
        if claim in said:
            return msgspec.convert(said[claim], Name)
    if other is None:
        raise ValueError("a claim is missing that says who calls")
    return other


def _marks(said: Mapping[str, object], config: Config) -> frozenset[tuple[str, str]]:
    """Return the values of those claims that give something."""
    claims = {each.claim for each in config.grants}
    return frozenset((claim, value) for claim in claims for value in _values(said, claim))


def _values(said: Mapping[str, object], claim: str) -> list[str]:
    """Return a claim's values, whether it is one text or a list of them."""
    found = msgspec.convert(said.get(claim, []), str | list[str])
    values = [found] if isinstance(found, str) else found
    if len(values) > LONGEST_LIST:
        raise ValueError(f"{claim} has more than {LONGEST_LIST} values")
    return values


def _words(said: Mapping[str, object], claim: str) -> list[str]:
    """Return the names in a scope claim, whether it is a list or one text with blanks."""
    found = _values(said, claim)
    return found[0].split(" ") if isinstance(said.get(claim), str) else found
