"""What the settings say of an identity provider, and what its claims give here: nothing unnamed."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from governance.access import CLIENT, OUR_NAMES
from governance.roles import ALL_SCOPES, Role
from governance.wrong_field import WrongField

EVERYTHING = "*"
LONGEST_TOKEN_SECONDS = 86_400

_Short = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9-]{0,31}\Z")]
_Text = Annotated[str, Meta(min_length=1, max_length=255)]
_Address = Annotated[str, Meta(pattern=r"\Ahttps?://[^\s/?#@\\]+(/[^\s?#\\]*)?\Z", max_length=500)]
_Host = Annotated[str, Meta(pattern=r"\A[a-z0-9.:-]{1,255}\Z")]
_Code = Annotated[str, Meta(pattern=r"\A[A-Za-z0-9._-]{1,64}\Z")]
_Prefix = Annotated[str, Meta(pattern=r"\A([a-z][a-z0-9-]{0,31}:)?\Z")]


class Product(StrEnum):
    """Whose way of writing access tokens an issuer has."""

    RFC9068 = "rfc9068"
    ENTRA = "entra"
    OKTA = "okta"
    AUTH0 = "auth0"


class Algorithm(StrEnum):
    """The signatures that are taken."""

    RS256 = "RS256"
    PS256 = "PS256"
    ES256 = "ES256"


class Grant(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What whoever has a value in a claim gets here: roles, scopes, companies.

    `units` bind them to business units of these companies; without any they see all of them.
    """

    claim: _Text
    value: _Text
    roles: tuple[Role, ...] = ()
    scopes: tuple[str, ...] = ()
    entities: tuple[_Code, ...] = ()
    units: tuple[_Code, ...] = ()

    def __post_init__(self) -> None:
        _check_scopes(self.scopes)
        if not (self.roles or self.scopes or self.entities or self.units):
            raise ValueError(f"{self.claim} {self.value!r} gives nothing: name roles or entities")


class Config(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An identity provider: its tokens, its keys, and what it can give here.

    `name` is what we call it: in metrics, and in front of its people's and applications' ids, so
    that nobody of one issuer is taken for somebody of another. `scopes` says what the names in a
    token's scope claim let an application use of what its person holds; our own scopes need no
    line. Hosts in `internal_hosts` may lie in the firm's own network.
    """

    name: _Short
    url: _Address
    audiences: Annotated[tuple[_Text, ...], Meta(min_length=1, max_length=8)]
    profile: Product = Product.RFC9068
    discovery_url: _Address | None = None
    jwks_url: _Address | None = None
    algorithms: Annotated[tuple[Algorithm, ...], Meta(min_length=1)] = (Algorithm.RS256,)
    max_token_seconds: Annotated[int, Meta(ge=60, le=LONGEST_TOKEN_SECONDS)] | None = None
    subject_claim: _Text | None = None
    subject_prefix: _Prefix | None = None
    client_claim: _Text | None = None
    internal_hosts: tuple[_Host, ...] = ()
    scopes: Mapping[str, tuple[str, ...]] = {}
    grants: tuple[Grant, ...] = ()

    def __post_init__(self) -> None:
        ours = OUR_NAMES | {CLIENT}
        if self.name in ours or self.prefix.rstrip(":") in ours:
            raise ValueError(f"an issuer is not called {self.name}: the gateway itself is")
        if self.discovery_url is not None and self.jwks_url is not None:
            raise ValueError("name a discovery_url or a jwks_url, not both")
        for opened in self.scopes.values():
            _check_scopes(set(opened) - {EVERYTHING})

    @property
    def prefix(self) -> str:
        """What stands in front of the ids of its people."""
        return f"{self.name}:" if self.subject_prefix is None else self.subject_prefix

    @property
    def described_at(self) -> str:
        """Where its discovery document is."""
        return self.discovery_url or f"{self.url.rstrip('/')}/.well-known/openid-configuration"


def check_together(configs: tuple[Config, ...]) -> None:
    """Raise `ValueError` when two issuers could be taken for one another."""
    for what in ("name", "url", "prefix"):
        said = [getattr(each, what) for each in configs]
        twice = sorted({one for one in said if said.count(one) > 1})
        if twice:
            raise WrongField("issuers", f"two have the {what} {twice[0]!r}")


def _check_scopes(scopes: tuple[str, ...] | set[str]) -> None:
    unknown = sorted(set(scopes) - ALL_SCOPES)
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no scope of ours: see /docs for those there are")
