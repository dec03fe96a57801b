"""What a client asks of a person, judged before anybody is shown anything."""

import re
from urllib.parse import quote, urlencode

from msgspec import Struct

from governance.authorization_server.clients import ClientRegistry, RegisteredClient
from governance.authorization_server.grants import NotGranted
from governance.authorization_server.minting import ClientTokens, scopes_within
from governance.authorization_server.redirects import is_registered

MAX_STATE = 4096
_CHALLENGE = re.compile(r"\A[A-Za-z0-9_-]{43}\Z")
_NOT_OFFERED = {"request": "request_not_supported", "request_uri": "request_uri_not_supported"}


class Unanswerable(Exception):
    """There is nowhere safe to send the answer to: only the person can be told."""


class SentBack(Exception):
    """The client is told that it gets nothing, and why."""

    def __init__(self, request: "Return", error: str, description: str) -> None:
        super().__init__(description)
        self.location = request.with_error(error, description)


class Return(Struct, frozen=True):
    """Where the answer goes, with what the client wants to have back and who we are."""

    redirect_uri: str
    state: str | None
    issuer: str

    def with_code(self, code: str) -> str:
        """Return the address that takes a code to the client."""
        return self._with({"code": code})

    def with_error(self, error: str, description: str) -> str:
        """Return the address that takes an error to the client."""
        return self._with({"error": error, "error_description": description})

    def _with(self, answer: dict[str, str]) -> str:
        state = {} if self.state is None else {"state": self.state}
        query = urlencode({**answer, **state, "iss": self.issuer}, quote_via=quote)
        return f"{self.redirect_uri}{'&' if '?' in self.redirect_uri else '?'}{query}"


class AuthorizationRequest(Struct, frozen=True, kw_only=True):
    """A request that may be put to a person."""

    client: RegisteredClient
    scopes: frozenset[str]
    resources: frozenset[str]
    challenge: str
    answer: Return


class AuthorizationRules:
    """Says which requests may be put to a person."""

    def __init__(self, registry: ClientRegistry, tokens: ClientTokens, issuer: str) -> None:
        self._registry, self._tokens, self._issuer = registry, tokens, issuer

    def judged(self, parameters: dict[str, str], resources: frozenset[str]) -> AuthorizationRequest:
        """Return the request that parameters make, or raise `Unanswerable` or `SentBack`."""
        client = self._registry.client(parameters.get("client_id", ""))
        if client is None or not client.is_for_people:
            raise Unanswerable("This client is not known here.")
        redirect_uri = parameters.get("redirect_uri", "")
        if not is_registered(redirect_uri, client.redirect_uris):
            raise Unanswerable("This client has no such address to send you back to.")
        state = parameters.get("state")
        if state is not None and len(state) > MAX_STATE:
            raise Unanswerable("The client sent more with you than can be sent back.")
        answer = Return(redirect_uri, state, self._issuer)
        _check_form(parameters, answer)
        try:
            layers = self._tokens.layers(resources)
            scopes = scopes_within(client.scopes, layers, parameters.get("scope"))
        except NotGranted as error:
            raise SentBack(answer, error.error, error.description) from error
        return AuthorizationRequest(
            client=client,
            scopes=scopes,
            resources=resources,
            challenge=parameters["code_challenge"],
            answer=answer,
        )


def _check_form(parameters: dict[str, str], answer: Return) -> None:
    """Raise `SentBack` unless a code is asked for, with a challenge, in the query."""
    for name, error in _NOT_OFFERED.items():
        if name in parameters:
            raise SentBack(answer, error, f"{name} is not taken here")
    if "response_type" not in parameters:
        raise SentBack(answer, "invalid_request", "response_type is missing")
    if parameters["response_type"] != "code":
        raise SentBack(answer, "unsupported_response_type", "only code is offered")
    if parameters.get("response_mode", "query") != "query":
        raise SentBack(answer, "invalid_request", "the answer comes in the query only")
    if parameters.get("code_challenge_method") != "S256":
        raise SentBack(answer, "invalid_request", "code_challenge_method is S256")
    if not _CHALLENGE.match(parameters.get("code_challenge", "")):
        raise SentBack(answer, "invalid_request", "code_challenge is 43 letters of base64url")
