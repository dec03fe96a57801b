"""How products write access tokens, where that differs from RFC 9068.

A shape may relax the type, the names of claims and the lifetime, and nothing else. It says what
the vendor's own page says: Microsoft's "Access token claims reference", Okta's "OAuth 2.0 and
OpenID Connect: access token payload", Auth0's "Access Token Profiles".
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct

from governance.identity_providers.config import Product


class Shape(Struct, frozen=True, kw_only=True):
    """The names that a product has for what we read; of several claims the first that is there.

    A token without any of `token_ids` is known by its own hash. `types` has "" where a product
    leaves the type out.
    """

    types: frozenset[str]
    subjects: tuple[str, ...] = ("sub",)
    clients: tuple[str, ...] = ("client_id",)
    scopes: tuple[str, ...] = ("scope",)
    token_ids: tuple[str, ...] = ("jti",)
    needs_token_id: bool = False
    max_seconds: int


_STANDARD = frozenset({"at+jwt", "application/at+jwt"})

SHAPES: Mapping[Product, Shape] = MappingProxyType(
    {
        Product.RFC9068: Shape(types=_STANDARD, needs_token_id=True, max_seconds=300),
        # An application of its own has no `scp`: what it may do are app roles, in `roles`.
        Product.ENTRA: Shape(
            types=frozenset({"JWT"}),
            subjects=("oid",),
            clients=("azp",),
            scopes=("scp", "roles"),
            token_ids=("uti", "jti"),
            max_seconds=5_400,
        ),
        # A person's `sub` is their login, which can change; an application has no `uid`.
        Product.OKTA: Shape(
            types=frozenset({"", "JWT"}) | _STANDARD,
            subjects=("uid", "sub"),
            clients=("cid",),
            scopes=("scp",),
            needs_token_id=True,
            max_seconds=3_600,
        ),
        Product.AUTH0: Shape(
            types=frozenset({"JWT"}) | _STANDARD,
            clients=("azp", "client_id"),
            scopes=("scope", "permissions"),
            max_seconds=86_400,
        ),
    }
)
