"""The authorization server as the gateway mounts it: plain values in, plain values out."""

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
from msgspec import Struct

from governance import compact_token
from governance.audit import AuditEntry
from governance.authorization_server import token_request
from governance.authorization_server.access_tokens import AccessTokens, Holder
from governance.authorization_server.assertions import ALGORITHMS, ClientAssertions
from governance.authorization_server.authorization_request import AuthorizationRules
from governance.authorization_server.clients import ClientRegistry, RegisteredClient
from governance.authorization_server.codes import Codes
from governance.authorization_server.config import Config
from governance.authorization_server.endpoints import (
    INTROSPECTION,
    REVOCATION,
    Introspection,
    Revocation,
)
from governance.authorization_server.grants import OAuthReply, TokenGrants, methods_of
from governance.authorization_server.keys import SigningKeys
from governance.authorization_server.login import Login, LoginRecords, SandboxPeople
from governance.authorization_server.minting import ClientTokens
from governance.authorization_server.proof import Proofs
from governance.authorization_server.spent import SpentOnce
from governance.authorization_server.token_request import (
    MalformedRequest,
    TokenRequest,
    UnreadableCredentials,
)
from governance.compact_token import Claims
from governance.issuers import Issuer
from governance.revocations import KeptRevocations
from governance.roles import ALL_SCOPES
from governance.tokens import LEEWAY, InvalidToken, TokenVerifier
from governance.withdrawals import Withdrawals


class Records(Struct, frozen=True, kw_only=True):
    """What the server remembers, the same in every process on a store."""

    revocations: KeptRevocations
    withdrawals: Withdrawals
    spent: SpentOnce
    codes: Codes
    note: Callable[[AuditEntry], None]


class LoginDesk(Struct, frozen=True):
    """Who can log in, and what ties a page to what comes of it."""

    people: SandboxPeople
    secret: str


class Metadata(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a client needs to know of us (RFC 8414)."""

    issuer: str
    token_endpoint: str
    jwks_uri: str
    scopes_supported: list[str]
    response_types_supported: list[str]
    grant_types_supported: list[str]
    token_endpoint_auth_methods_supported: list[str]
    token_endpoint_auth_signing_alg_values_supported: list[str] | None = None
    revocation_endpoint: str | None = None
    revocation_endpoint_auth_methods_supported: list[str] | None = None
    revocation_endpoint_auth_signing_alg_values_supported: list[str] | None = None
    introspection_endpoint: str | None = None
    introspection_endpoint_auth_methods_supported: list[str] | None = None
    introspection_endpoint_auth_signing_alg_values_supported: list[str] | None = None
    authorization_endpoint: str | None = None
    response_modes_supported: list[str] | None = None
    code_challenge_methods_supported: list[str] | None = None
    authorization_response_iss_parameter_supported: bool = False


class AuthorizationServer:
    """Gives client applications short-lived access tokens, and publishes how to check them.

    What is asked by HTTP takes about 30 ms when a secret is checked, and waits for the store:
    call it from a thread. Without `records` there are only secrets and tokens, nothing is
    revoked; without a `desk` nobody logs in.
    """

    def __init__(
        self,
        config: Config,
        keys: SigningKeys,
        clients: ClientRegistry,
        clock: Callable[[], datetime],
        *,
        records: Records | None = None,
        desk: LoginDesk | None = None,
    ) -> None:
        self._config, self._keys, self._records = config, keys, records
        self._tokens = AccessTokens(config, keys, clock)
        minted = ClientTokens(
            config,
            self._tokens,
            records.codes if records else None,
            records.withdrawals if records else None,
        )
        self.login = _login(config, clients, clock, minted, records, desk)
        self._grants = TokenGrants(
            Proofs(clients, _assertions(config, clients, clock, records)),
            minted,
            for_people=self.login is not None,
        )
        if records is not None:
            self._book = _Book(self.as_issuer(), records, clock)
            self._grants.register_endpoint(Revocation(self._book))
            self._grants.register_endpoint(Introspection(self._book))

    @property
    def keeps_records(self) -> bool:
        """Whether tokens can be revoked and asked about."""
        return self._records is not None

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
        return self._read(form_body, content_type, authorization, self._grants.answer)

    def revoke(
        self, form_body: bytes, content_type: str | None, authorization: str | None
    ) -> OAuthReply:
        """Return the answer of the revocation endpoint (RFC 7009)."""
        return self._read(form_body, content_type, authorization, self._endpoint(REVOCATION))

    def introspect(
        self, form_body: bytes, content_type: str | None, authorization: str | None
    ) -> OAuthReply:
        """Return the answer of the introspection endpoint (RFC 7662)."""
        return self._read(form_body, content_type, authorization, self._endpoint(INTROSPECTION))

    def issue(self, holder: Holder, *, seconds: int | None = None) -> str:
        """Return a token for somebody we already know, or raise `ValueError`."""
        return self._tokens.issue(holder, seconds=seconds)

    def jwks(self) -> bytes:
        """Return the public keys that verify our tokens, as a JWKS document."""
        return self._keys.jwks()

    def metadata(self, base_url: str) -> bytes:
        """Return the RFC 8414 metadata for the address that the gateway is reached at."""
        kept, people = self.keeps_records, self.login is not None
        methods = methods_of(with_keys=kept, with_public=people)
        confidential = methods_of(with_keys=True, with_public=False) if kept else None
        algorithms = list(ALGORITHMS) if kept else None
        return msgspec.json.encode(
            Metadata(
                issuer=self._config.issuer,
                token_endpoint=f"{base_url}/oauth/token",
                jwks_uri=f"{base_url}/oauth/jwks",
                scopes_supported=sorted(ALL_SCOPES),
                response_types_supported=["code"] if people else [],
                grant_types_supported=self._grants.grant_types,
                token_endpoint_auth_methods_supported=methods,
                token_endpoint_auth_signing_alg_values_supported=algorithms,
                revocation_endpoint=f"{base_url}/oauth/revoke" if kept else None,
                revocation_endpoint_auth_methods_supported=methods if kept else None,
                revocation_endpoint_auth_signing_alg_values_supported=algorithms,
                introspection_endpoint=f"{base_url}/oauth/introspect" if kept else None,
                introspection_endpoint_auth_methods_supported=confidential,
                introspection_endpoint_auth_signing_alg_values_supported=algorithms,
                authorization_endpoint=f"{base_url}/oauth/authorize" if people else None,
                response_modes_supported=["query"] if people else None,
                code_challenge_methods_supported=["S256"] if people else None,
                authorization_response_iss_parameter_supported=people,
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

    def _endpoint(self, name: str) -> Callable[[TokenRequest], OAuthReply]:
        return lambda request: self._grants.endpoint(name, request)

    def _read(
        self,
        form_body: bytes,
        content_type: str | None,
        authorization: str | None,
        answer: Callable[[TokenRequest], OAuthReply],
    ) -> OAuthReply:
        try:
            request = token_request.read(form_body, content_type, authorization)
        except MalformedRequest as error:
            return self._grants.malformed(str(error))
        except UnreadableCredentials:
            return self._grants.unauthenticated()
        return answer(request)


class _Book:
    """Our tokens as clients give them back and ask about them."""

    def __init__(self, us: Issuer, records: Records, clock: Callable[[], datetime]) -> None:
        self._revocations = records.revocations
        self._verifier = TokenVerifier(
            [us], records.revocations, clock, withdrawn=records.withdrawals
        )

    def good(self, token: str) -> Claims | None:
        """Return what a token of ours says, if it would be taken now."""
        try:
            self._verifier.verify(token)
        except InvalidToken:
            return None
        return compact_token.read(token).claims

    def end(self, claims: Claims, client: RegisteredClient) -> None:
        """Let a token not be taken any more."""
        entry = AuditEntry(
            actor=client.client_id,
            client_id=client.client_id,
            on_behalf_of=claims.sub if claims.sub != client.client_id else None,
            action="token.revoke",
            subject=claims.jti,
            reason="its client gave it back",
        )
        self._revocations.revoke(
            claims.jti, datetime.fromtimestamp(claims.exp, UTC) + LEEWAY, entry
        )


def _assertions(
    config: Config,
    clients: ClientRegistry,
    clock: Callable[[], datetime],
    records: Records | None,
) -> ClientAssertions | None:
    if records is None:
        return None
    audiences = frozenset({config.issuer, f"{config.audience}/oauth/token"})
    return ClientAssertions(clients, audiences, records.spent, clock)


def _login(
    config: Config,
    clients: ClientRegistry,
    clock: Callable[[], datetime],
    minted: ClientTokens,
    records: Records | None,
    desk: LoginDesk | None,
) -> Login | None:
    if records is None or desk is None:
        return None
    kept = LoginRecords(
        codes=records.codes,
        spent=records.spent,
        withdrawn=records.withdrawals,
        note=records.note,
    )
    rules = AuthorizationRules(clients, minted, config.issuer)
    return Login(rules, desk.people, kept, config.issuer, desk.secret, clock)
