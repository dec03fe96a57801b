"""What a client's token is good for: no more than it asks, than it may, and than is left."""

from msgspec.structs import replace

from governance.access import Caller
from governance.audiences import EVERY_LAYER, opened, resources
from governance.authorization_server.access_tokens import AccessTokens, Holder
from governance.authorization_server.clients import RegisteredClient
from governance.authorization_server.codes import Codes, Redemption
from governance.authorization_server.config import Config
from governance.authorization_server.grants import Asked, NotGranted, TokenReply
from governance.policy import Layer
from governance.withdrawals import Withdrawn


class ClientTokens:
    """Makes the tokens that the token endpoint gives."""

    def __init__(
        self,
        config: Config,
        tokens: AccessTokens,
        codes: Codes | None,
        withdrawn: Withdrawn | None,
    ) -> None:
        self._config, self._tokens = config, tokens
        self._codes, self._withdrawn = codes, withdrawn

    def for_client(self, client: RegisteredClient, asked: Asked) -> TokenReply:
        """Return a token with which a client acts for itself, or raise `NotGranted`."""
        layers = self.layers(asked.resources)
        holder = Holder(
            subject=f"{self._config.client_prefix}{client.client_id}",
            client_id=client.client_id,
            scopes=scopes_within(client.scopes, layers, asked.scope),
            roles=client.roles,
            entities=client.entities,
            units=client.units,
        )
        self._check_withdrawn(holder, "unauthorized_client")
        return self._reply(holder, asked.resources)

    def for_person(self, redemption: Redemption, asked: Asked) -> TokenReply:
        """Return the token that a person allowed a client, or raise `NotGranted`."""
        self.layers(asked.resources)
        consent = self._codes.redeem(redemption) if self._codes else None
        if consent is None:
            raise NotGranted("invalid_grant", "the code is not good here")
        wanted = asked.resources or consent.resources
        if not self.layers(wanted) <= self.layers(consent.resources):
            raise NotGranted("invalid_target", "the resource was not allowed")
        holder = consent.holder
        self._check_withdrawn(holder, "invalid_grant")
        scopes = scopes_within(holder.scopes, self.layers(wanted), asked.scope)
        return self._reply(replace(holder, scopes=scopes), wanted, consent.jti)

    def layers(self, wanted: frozenset[str]) -> frozenset[Layer]:
        """Return the layers that resources open together, or raise `NotGranted`."""
        if not wanted <= resources(self._config.audience).keys():
            raise NotGranted("invalid_target", "the resource is not known here")
        return opened(wanted, self._config.audience) if wanted else EVERY_LAYER

    def _check_withdrawn(self, holder: Holder, error: str) -> None:
        if not may_still(holder, self._config.issuer, self._withdrawn):
            raise NotGranted(error, "the access was withdrawn")

    def _reply(self, holder: Holder, wanted: frozenset[str], jti: str | None = None) -> TokenReply:
        return TokenReply(
            access_token=self._tokens.issue(holder, resources=wanted, jti=jti),
            expires_in=self._config.token_seconds,
            scope=" ".join(sorted(holder.scopes)),
        )


def scopes_within(
    scopes: frozenset[str], layers: frozenset[Layer], asked: str | None
) -> frozenset[str]:
    """Return the scopes of some layers, or those of them that are asked for, or `NotGranted`."""
    allowed = frozenset(scope for scope in scopes if scope.partition(":")[0] in layers)
    wanted = allowed if asked is None else frozenset(asked.split(" "))
    if not wanted or not wanted <= allowed:
        raise NotGranted("invalid_scope", "the client may not have this scope")
    return wanted


def may_still(holder: Holder, issuer: str, withdrawn: Withdrawn | None) -> bool:
    """Whether anything is left of somebody's access."""
    caller = Caller(
        subject=holder.subject,
        client_id=holder.client_id,
        scopes=holder.scopes,
        roles=holder.roles,
        entities=holder.entities,
        units=holder.units,
    )
    return withdrawn is None or withdrawn.narrowed(issuer, caller) is not None
