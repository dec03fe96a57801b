"""How a client proves who it is: by a secret, by a key of its own, or, if public, not at all."""

from governance.authorization_server.assertions import ClientAssertions
from governance.authorization_server.clients import (
    ClientRegistry,
    RegisteredClient,
    authenticated,
)
from governance.authorization_server.token_request import Assertion, Credentials, Named, Proof

KEY, NONE = "private_key_jwt", "none"


class Proofs:
    """Knows the client behind a proof; without `assertions` no client has a key of its own."""

    def __init__(self, registry: ClientRegistry, assertions: ClientAssertions | None) -> None:
        self._registry, self._assertions = registry, assertions

    def client(self, proof: Proof | None) -> RegisteredClient | None:
        """Return the client that a proof is of, or None when it proves nothing."""
        match proof:
            case Credentials():
                return authenticated(self._registry, proof.client_id, proof.secret)
            case Assertion() if self._assertions is not None:
                client = self._assertions.client(proof.text)
                return client if client and proof.client_id in {None, client.client_id} else None
            case Named():
                client = self._registry.client(proof.client_id)
                return client if client is not None and client.is_public else None
            case _:
                return None
