"""The OAuth grants we offer, on Authlib's frame; the only module that knows Authlib.

Authlib picks the grant and shapes the errors. How a client proves who it is, what it is
granted and how its token looks is ours: an unknown client and a wrong secret are answered
alike, and no token reaches a log.
"""

from typing import Any, Protocol

import msgspec
from authlib.oauth2 import rfc6749  # type: ignore[import-untyped]  # Authlib ships no types
from msgspec import Struct

from governance.authorization_server.clients import (
    ClientRegistry,
    RegisteredClient,
    authenticated,
)
from governance.authorization_server.token_request import TokenRequest

AUTH_METHOD = "client_secret"
GRANT_TYPE = "client_credentials"


class OAuthReply(Struct, frozen=True):
    """What the HTTP face sends back as it is."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class TokenReply(Struct, frozen=True, tag_field="token_type", tag="Bearer"):
    """A successful answer of the token endpoint (RFC 6749, 5.1)."""

    access_token: str
    expires_in: int
    scope: str


class Mint(Protocol):
    """Makes the token of a client that has proved who it is."""

    def __call__(self, client: RegisteredClient, scopes: frozenset[str]) -> TokenReply:
        """Return a token for the client with these scopes."""


class _Unauthenticated(rfc6749.errors.InvalidClientError):  # type: ignore[misc]  # untyped Authlib
    """The one answer to an unknown client, a wrong secret and no secret."""

    def __init__(self) -> None:
        super().__init__(status_code=401, description="client authentication failed")

    def get_headers(self) -> list[tuple[str, str]]:
        """Return Authlib's headers for any error, and a challenge with a realm."""
        headers: list[tuple[str, str]] = rfc6749.OAuth2Error.get_headers(self)
        return [*headers, ("WWW-Authenticate", 'Basic realm="strata"')]


class _Client:
    """A registered client as Authlib asks about it."""

    def __init__(self, registered: RegisteredClient) -> None:
        self.registered = registered

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Whether the client may prove who it is like this, here."""
        return (method, endpoint) == (AUTH_METHOD, "token")

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client may use a grant."""
        return grant_type == GRANT_TYPE


class _ClientCredentials(rfc6749.ClientCredentialsGrant):  # type: ignore[misc]  # untyped Authlib
    TOKEN_ENDPOINT_AUTH_METHODS = (AUTH_METHOD,)

    def create_token_response(self) -> tuple[int, TokenReply, list[tuple[str, str]]]:
        """Return the token; Authlib's own method would write it to the debug log."""
        return 200, self.server.granted(self.request), self.TOKEN_RESPONSE_HEADER


class TokenGrants(rfc6749.AuthorizationServer):  # type: ignore[misc]  # untyped Authlib
    """Answers token requests: who asks, by which grant, for what, and with what error."""

    def __init__(self, clients: ClientRegistry, audience: str, mint: Mint) -> None:
        super().__init__()
        self._clients = clients
        self._audience = audience
        self._mint = mint
        self.register_client_auth_method(AUTH_METHOD, self._authenticate)
        self.register_grant(_ClientCredentials)

    def answer(self, request: TokenRequest) -> OAuthReply:
        """Return the token that was asked for, or the error that says why not."""
        if "grant_type" not in request.parameters:
            return self.malformed("grant_type is missing")
        reply: OAuthReply = self.create_token_response(request)
        return reply

    def malformed(self, reason: str) -> OAuthReply:
        """Return the answer to a request that breaks the rules."""
        return self._refusal(rfc6749.InvalidRequestError(description=reason))

    def unauthenticated(self) -> OAuthReply:
        """Return the answer to a client that did not prove who it is."""
        return self._refusal(_Unauthenticated())

    def granted(self, request: Any) -> TokenReply:  # Any: Authlib's request has no type
        """Return the token of an authenticated request, if it asks for what the client may have."""
        asked = request.payload.data
        if not {asked.get("resource"), asked.get("audience")} <= {None, self._audience}:
            raise rfc6749.OAuth2Error(
                error="invalid_target", description="the resource is not known here"
            )
        client: RegisteredClient = request.client.registered
        return self._mint(client, _granted_scopes(client, asked.get("scope")))

    def create_oauth2_request(self, request: TokenRequest) -> Any:  # Any: as above
        """Return a request as Authlib knows it; the transport is the gateway's to check."""
        known = rfc6749.OAuth2Request("POST", "https://strata/oauth/token")
        known.payload = rfc6749.requests.BasicOAuth2Payload(request.parameters)
        known.credential = request.credentials
        return known

    def get_token_grant(self, request: Any) -> Any:  # Any: as above
        """Return the grant that was asked for; an unknown one is not repeated to the client."""
        if request.payload.grant_type != GRANT_TYPE:
            raise rfc6749.UnsupportedGrantTypeError(f"other than {GRANT_TYPE}")
        return super().get_token_grant(request)

    def handle_response(
        self, status: int, body: object, headers: list[tuple[str, str]]
    ) -> OAuthReply:
        """Return what Authlib answers, as bytes."""
        return OAuthReply(status, tuple(headers), msgspec.json.encode(body))

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Tell nobody: there are no listeners."""

    def _authenticate(self, _: object, request: Any) -> _Client:  # Any: as above
        offered = request.credential
        client = offered and authenticated(self._clients, offered.client_id, offered.secret)
        if not client:
            raise _Unauthenticated
        return _Client(client)

    def _refusal(self, error: Any) -> OAuthReply:  # Any: as above
        return self.handle_response(*error())


def _granted_scopes(client: RegisteredClient, asked: str | None) -> frozenset[str]:
    """Return the scopes of a token: all that the client may have, unless it asks for fewer."""
    scopes = client.scopes if asked is None else frozenset(asked.split(" "))
    if not scopes or not scopes <= client.scopes:
        raise rfc6749.InvalidScopeError(description="the client may not have this scope")
    return scopes
