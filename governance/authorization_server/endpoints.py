"""Tokens given back (RFC 7009) and asked about (RFC 7662), on Authlib's frame."""

from typing import Any, Protocol

from authlib.oauth2 import rfc7009, rfc7662  # type: ignore[import-untyped]  # Authlib has no types
from msgspec import Struct

from governance.authorization_server.clients import RegisteredClient
from governance.compact_token import Claims

REVOCATION, INTROSPECTION = "revocation", "introspection"


class TokenBook(Protocol):
    """Knows our tokens, and can end one."""

    def good(self, token: str) -> Claims | None:
        """Return what a token of ours says, if it would be taken now."""

    def end(self, claims: Claims, client: RegisteredClient) -> None:
        """Let a token not be taken any more."""


class _About(Struct, frozen=True, kw_only=True):
    """What a client learns about a token of its own."""

    active: bool
    token_type: str
    client_id: str
    sub: str
    iss: str
    aud: str | list[str]
    exp: int
    iat: int
    jti: str
    scope: str


class _Token:
    """A good token as Authlib asks about it."""

    def __init__(self, claims: Claims) -> None:
        self.claims = claims

    def check_client(self, client: Any) -> bool:  # Any: Authlib's client has no type
        """Whether the token is a client's own."""
        return bool(self.claims.client_id == client.registered.client_id)

    def is_expired(self) -> bool:
        """Say no: only good tokens are ever found."""
        return False

    def is_revoked(self) -> bool:
        """Say no, as above."""
        return False


class Revocation(rfc7009.RevocationEndpoint):  # type: ignore[misc]  # untyped Authlib
    """Ends a client's own token; of one that is not good there is nothing to end."""

    ENDPOINT_NAME = REVOCATION

    def __init__(self, book: TokenBook) -> None:
        super().__init__()
        self._book = book

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Token | None:
        """Return a good token."""
        claims = self._book.good(token_string)
        return _Token(claims) if claims else None

    def revoke_token(self, token: _Token, request: Any) -> None:  # Any: as above
        """End a token."""
        self._book.end(token.claims, request.client.registered)


class Introspection(rfc7662.IntrospectionEndpoint):  # type: ignore[misc]  # untyped Authlib
    """Tells a client about its own good tokens, and of all others that they are not active."""

    ENDPOINT_NAME = INTROSPECTION

    def __init__(self, book: TokenBook) -> None:
        super().__init__()
        self._book = book

    def query_token(self, token_string: str, token_type_hint: str | None) -> _Token | None:
        """Return a good token."""
        claims = self._book.good(token_string)
        return _Token(claims) if claims else None

    def check_permission(self, token: _Token, client: Any, request: Any) -> bool:  # Any: as above
        """Whether a token is the client's to ask about."""
        return token.check_client(client)

    def create_introspection_payload(self, token: _Token | None) -> object:
        """Return what there is to say, which of no good token of the client's is nothing."""
        if token is None:
            return {"active": False}
        claims = token.claims
        return _About(
            active=True,
            token_type="Bearer",  # noqa: S106  the name of a kind, no secret
            client_id=claims.client_id,
            sub=claims.sub,
            iss=claims.iss,
            aud=claims.aud,
            exp=claims.exp,
            iat=claims.iat,
            jti=claims.jti,
            scope=claims.scope or "",
        )
