"""The authorization server as the gateway mounts it: plain values in, plain values out."""

from collections.abc import Callable
from datetime import datetime

import msgspec
from msgspec import Struct

from governance.authorization_server import token_request
from governance.authorization_server.access_tokens import AccessTokens, Holder
from governance.authorization_server.clients import ClientRegistry, RegisteredClient
from governance.authorization_server.config import Config
from governance.authorization_server.grants import (
    GRANT_TYPE,
    OAuthReply,
    TokenGrants,
    TokenReply,
)
from governance.authorization_server.keys import SigningKeys
from governance.authorization_server.token_request import MalformedRequest, UnreadableCredentials
from governance.issuers import Issuer
from governance.roles import ALL_SCOPES


class Metadata(Struct, frozen=True, kw_only=True):
    """What a client needs to know of us (RFC 8414)."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]


class AuthorizationServer:
    """Gives client applications short-lived access tokens, and publishes how to check them.

    `token` spends about 30 ms on the client's secret: call it from a thread.
    """

    def __init__(
        self,
        config: Config,
        keys: SigningKeys,
        clients: ClientRegistry,
        clock: Callable[[], datetime],
    ) -> None:
        self._config = config
        self._keys = keys
        self._tokens = AccessTokens(config, keys, clock)
        self._grants = TokenGrants(clients, config.audience, self._mint)

    def token(
        self,
        form_body: bytes,
        content_type: str | None,
        authorization: str | None,
        *,
        method: str = "POST",
    ) -> OAuthReply:
        """Return the answer of the token endpoint; every error is one of RFC 6749, 5.2."""
        if method != "POST":
            refusal = self._grants.malformed("ask by POST")
            return OAuthReply(405, (*refusal.headers, ("Allow", "POST")), refusal.body)
        try:
            request = token_request.read(form_body, content_type, authorization)
        except MalformedRequest as error:
            return self._grants.malformed(str(error))
        except UnreadableCredentials:
            return self._grants.unauthenticated()
        return self._grants.answer(request)

    def issue(self, holder: Holder, *, seconds: int | None = None) -> str:
        """Return a token for somebody we already know, or raise `ValueError`."""
        return self._tokens.issue(holder, seconds=seconds)

    def jwks(self) -> bytes:
        """Return the public keys that verify our tokens, as a JWKS document."""
        return self._keys.jwks()

    def metadata(self, base_url: str) -> bytes:
        """Return the RFC 8414 metadata for the address that the gateway is reached at."""
        return msgspec.json.encode(
            Metadata(
                issuer=self._config.issuer,
                token_endpoint=f"{base_url}/oauth/token",
                jwks_uri=f"{base_url}/oauth/jwks",
                scopes_supported=sorted(ALL_SCOPES),
                response_types_supported=[],
                grant_types_supported=[GRANT_TYPE],
                token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post"],
            )
        )

    def as_issuer(self) -> Issuer:
        """Return ourselves as the verifier trusts us: our keys as they are at any moment."""
        return Issuer(
            name=self._config.issuer,
            audience=self._config.audience,
            keys=self._keys,
            max_seconds=self._config.token_seconds,
            low_s=True,
        )

    def _mint(self, client: RegisteredClient, scopes: frozenset[str]) -> TokenReply:
        holder = Holder(
            subject=client.client_id,
            client_id=client.client_id,
            scopes=scopes,
            roles=client.roles,
            entities=client.entities,
        )
        return TokenReply(
            access_token=self._tokens.issue(holder),
            expires_in=self._config.token_seconds,
            scope=" ".join(sorted(scopes)),
        )
