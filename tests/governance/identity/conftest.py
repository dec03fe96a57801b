"""An authorization server with one client, a clock that moves, and keys of its own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from governance.authorization_server.clients import (
    RegisteredClient,
    StaticClients,
    hash_secret,
    new_secret,
)
from governance.authorization_server.config import Config
from governance.authorization_server.keys import SigningKeys
from governance.authorization_server.server import AuthorizationServer
from governance.revocations import RevokedTokens
from governance.tokens import TokenVerifier

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: NOW


@pytest.fixture
def keys(tmp_path: Path, clock: Callable[[], datetime]) -> SigningKeys:
    """Signing keys that were just made."""
    return SigningKeys(tmp_path / "keys", timedelta(seconds=360), clock)


@pytest.fixture(scope="session")
def secret() -> str:
    """The secret of the client `integrator-1`."""
    return new_secret()


@pytest.fixture(scope="session")
def clients(secret: str) -> StaticClients:
    """One client that may read the CRM and write to the ERP."""
    return StaticClients(
        [
            RegisteredClient(
                client_id="integrator-1",
                secret_hash=hash_secret(secret),
                scopes=frozenset({"system:crm:read", "system:erp:write"}),
                roles=frozenset({"integrator"}),
                entities=frozenset({"NWA-DE", "NWA-US"}),
            )
        ]
    )


@pytest.fixture
def server(
    keys: SigningKeys, clients: StaticClients, clock: Callable[[], datetime]
) -> AuthorizationServer:
    """The authorization server of the gateway at https://gateway.example."""
    config = Config(issuer="https://strata.example", audience="https://gateway.example")
    return AuthorizationServer(config, keys, clients, clock)


@pytest.fixture
def verifier(server: AuthorizationServer, clock: Callable[[], datetime]) -> TokenVerifier:
    """A verifier that trusts the authorization server."""
    return TokenVerifier([server.as_issuer()], RevokedTokens(clock), clock)
