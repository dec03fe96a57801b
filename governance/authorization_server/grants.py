"""The OAuth grants we offer, on Authlib's frame.

Authlib picks the grant and shapes the errors. How a client proves who it is, what it is
granted and how its token looks is ours: an unknown client and a wrong secret are answered
alike, and no token reaches a log.
"""

from typing import Any, Protocol

import msgspec
from authlib.oauth2 import rfc6749  # type: ignore[import-untyped]  # Authlib ships no types
from msgspec import Struct

from governance.authorization_server.clients import RegisteredClient
from governance.authorization_server.codes import Redemption
from governance.authorization_server.proof import KEY, NONE, Proofs
from governance.authorization_server.token_request import TokenRequest, is_verifier

CLIENT_CREDENTIALS, AUTHORIZATION_CODE = "client_credentials", "authorization_code"
# A public client may get its people's tokens, and give its own back.
_OF_PUBLIC_CLIENTS = frozenset({"token", "revocation"})


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


class NotGranted(Exception):
    """A token is not given; `error` is OAuth's word for why, and the text may be told."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


class Asked(Struct, frozen=True):
    """What a token is asked to be good for."""

    scope: str | None
    resources: frozenset[str]


class Mint(Protocol):
    """Makes the token of a client that has proved who it is, or raises `NotGranted`."""

    def for_client(self, client: RegisteredClient, asked: Asked) -> TokenReply:
        """Return a token with which the client acts for itself."""

    def for_person(self, redemption: Redemption, asked: Asked) -> TokenReply:
        """Return the token that a person allowed a client."""


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

    def check_grant_type(self, grant_type: str) -> bool:
        """Whether the client may use a grant: people's codes, or its own credentials."""
        return (grant_type == AUTHORIZATION_CODE) is self.registered.is_for_people


class _Request(rfc6749.OAuth2Request):  # type: ignore[misc]  # untyped Authlib
    """A request as Authlib knows it; the transport is the gateway's to check."""

    def __init__(self, request: TokenRequest) -> None:
        super().__init__("POST", "https://strata/oauth/token")
        self.payload = rfc6749.requests.BasicOAuth2Payload(request.parameters)
        self.proof = request.proof
        self.resources = request.resources

    @property
    def form(self) -> dict[str, str]:
        """The parameters by name."""
        parameters: dict[str, str] = self.payload.data
        return parameters


class _ClientCredentials(rfc6749.ClientCredentialsGrant):  # type: ignore[misc]  # untyped Authlib
    def create_token_response(self) -> tuple[int, TokenReply, list[tuple[str, str]]]:
        """Return the token; Authlib's own method would write it to the debug log."""
        return 200, self.server.granted(self.request), self.TOKEN_RESPONSE_HEADER


class _AuthorizationCode(
    rfc6749.BaseGrant,  # type: ignore[misc]  # untyped Authlib
    rfc6749.TokenEndpointMixin,  # type: ignore[misc]  # as above
):
    """The token side of the code grant; Authlib's own makes PKCE a matter of choice."""

    GRANT_TYPE = AUTHORIZATION_CODE

    def validate_token_request(self) -> None:
        """Raise unless a client that people log in to shows a code with all that belongs to it."""
        client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise rfc6749.errors.UnauthorizedClientError(description="not for this client")
        missing = {"code", "redirect_uri", "code_verifier"} - self.request.form.keys()
        if missing:
            text = f"{', '.join(sorted(missing))} is missing"
            raise rfc6749.InvalidRequestError(description=text)
        if not is_verifier(self.request.form["code_verifier"]):
            raise rfc6749.errors.InvalidGrantError(description="the code is not good here")
        self.request.client = client

    def create_token_response(self) -> tuple[int, TokenReply, list[tuple[str, str]]]:
        """Return the token of the code."""
        return 200, self.server.redeemed(self.request), self.TOKEN_RESPONSE_HEADER


class TokenGrants(rfc6749.AuthorizationServer):  # type: ignore[misc]  # untyped Authlib
    """Answers token requests: who asks, by which grant, for what, and with what error."""

    def __init__(self, proofs: Proofs, mint: Mint, *, for_people: bool) -> None:
        super().__init__()
        self._proofs, self._mint = proofs, mint
        self.register_grant(_ClientCredentials)
        if for_people:
            self.register_grant(_AuthorizationCode)
        self.grant_types = [CLIENT_CREDENTIALS, *([AUTHORIZATION_CODE] if for_people else [])]

    def answer(self, request: TokenRequest) -> OAuthReply:
        """Return the token that was asked for, or the error that says why not."""
        if "grant_type" not in request.parameters:
            return self.malformed("grant_type is missing")
        reply: OAuthReply = self.create_token_response(request)
        return reply

    def endpoint(self, name: str, request: TokenRequest) -> OAuthReply:
        """Return the answer of another endpoint."""
        reply: OAuthReply = self.create_endpoint_response(name, request)
        return reply

    def malformed(self, reason: str) -> OAuthReply:
        """Return the answer to a request that breaks the rules."""
        return self._refusal(rfc6749.InvalidRequestError(description=reason))

    def unauthenticated(self) -> OAuthReply:
        """Return the answer to a client that did not prove who it is."""
        return self._refusal(_Unauthenticated())

    def granted(self, request: Any) -> TokenReply:  # Any: Authlib's request has no type
        """Return the token of an authenticated client, if it asks for what it may have."""
        try:
            return self._mint.for_client(request.client.registered, _asked(request))
        except NotGranted as error:
            raise _told(error) from error

    def redeemed(self, request: Any) -> TokenReply:  # Any: as above
        """Return the token of a code that an authenticated client shows."""
        form = request.form
        redemption = Redemption(
            code=form["code"],
            client_id=request.client.registered.client_id,
            redirect_uri=form["redirect_uri"],
            verifier=form["code_verifier"],
        )
        try:
            return self._mint.for_person(redemption, _asked(request))
        except NotGranted as error:
            raise _told(error) from error

    def create_oauth2_request(self, request: TokenRequest) -> Any:  # Any: as above
        """Return a request as Authlib knows it."""
        return _Request(request)

    def authenticate_client(
        self,
        request: Any,
        methods: object,
        endpoint: str = "token",  # Any: as above
    ) -> _Client:
        """Return the client that proves who it is, if it may do so here."""
        registered = self._proofs.client(request.proof)
        if registered is None or (registered.is_public and endpoint not in _OF_PUBLIC_CLIENTS):
            raise _Unauthenticated
        return _Client(registered)

    def get_token_grant(self, request: Any) -> Any:  # Any: as above
        """Return the grant that was asked for; an unknown one is not repeated to the client."""
        if request.payload.grant_type not in self.grant_types:
            raise rfc6749.UnsupportedGrantTypeError(f"other than {' and '.join(self.grant_types)}")
        return super().get_token_grant(request)

    def handle_response(
        self, status: int, body: object, headers: list[tuple[str, str]]
    ) -> OAuthReply:
        """Return what Authlib answers, as bytes."""
        return OAuthReply(status, tuple(headers), msgspec.json.encode(body))

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Tell nobody: there are no listeners."""

    def _refusal(self, error: Any) -> OAuthReply:  # Any: as above
        return self.handle_response(*error())


def methods_of(*, with_keys: bool, with_public: bool) -> list[str]:
    """Return how clients may prove who they are, in the words of the metadata."""
    found = ["client_secret_basic", "client_secret_post"]
    return [*found, *([KEY] if with_keys else []), *([NONE] if with_public else [])]


def _asked(request: Any) -> Asked:  # Any: as above
    return Asked(request.form.get("scope"), request.resources)


def _told(error: NotGranted) -> Any:  # Any: as above
    return rfc6749.OAuth2Error(error=error.error, description=error.description)
