"""What an access token looks like, and which ones are never signed."""

import json
from base64 import urlsafe_b64decode

import msgspec
import pytest
from msgspec.structs import replace

from governance.authorization_server.access_tokens import Holder
from governance.authorization_server.config import Config
from governance.authorization_server.server import AuthorizationServer
from governance.tokens import TokenVerifier

FINN = Holder(
    subject="U-FI1",
    client_id="strata-cli",
    scopes=frozenset({"system:erp:write", "system:erp:read"}),
    roles=frozenset({"finance"}),
    entities=frozenset({"NWA-US"}),
)


def _segment(token: str, number: int) -> dict[str, object]:
    segment = token.split(".")[number]
    said: dict[str, object] = json.loads(urlsafe_b64decode(segment + "=" * (-len(segment) % 4)))
    return said


def test_a_token_has_the_shape_of_rfc_9068(server: AuthorizationServer) -> None:
    """Header and claims are those that resource servers everywhere expect."""
    token = server.issue(FINN)

    claims = _segment(token, 1)
    assert claims.pop("jti")
    assert claims == {
        "iss": "https://strata.example",
        "sub": "U-FI1",
        "aud": "https://gateway.example",
        "exp": 1795435500,
        "iat": 1795435200,
        "client_id": "strata-cli",
        "scope": "system:erp:read system:erp:write",
        "roles": ["finance"],
        "entities": ["NWA-US"],
    }
    kid = json.loads(server.jwks())["keys"][0]["kid"]
    assert _segment(token, 0) == {"alg": "ES256", "typ": "at+jwt", "kid": kid}


@pytest.mark.parametrize("units", [None, frozenset(), frozenset({"US-TAX"})])
def test_a_token_says_to_which_units_its_holder_is_bound(
    server: AuthorizationServer, verifier: TokenVerifier, units: frozenset[str] | None
) -> None:
    """To none at all is not the same as to none in particular."""
    assert verifier.verify(server.issue(replace(FINN, units=units))).units == units


def test_every_token_has_an_id_of_its_own(server: AuthorizationServer) -> None:
    """Two tokens for the same person can be told apart and revoked one by one."""
    assert _segment(server.issue(FINN), 1)["jti"] != _segment(server.issue(FINN), 1)["jti"]


def test_every_token_is_signed_with_the_smaller_s(
    server: AuthorizationServer, verifier: TokenVerifier
) -> None:
    """Half of all ECDSA signatures would be refused by our own verifier otherwise."""
    assert {verifier.verify(server.issue(FINN)).subject for _ in range(20)} == {"U-FI1"}


@pytest.mark.parametrize("seconds", [0, -1, 301, 864_000])
def test_a_token_never_lives_longer_than_allowed(seconds: int, server: AuthorizationServer) -> None:
    """Five minutes are the most, whoever asks."""
    with pytest.raises(ValueError, match="1 to 300 seconds"):
        server.issue(FINN, seconds=seconds)


@pytest.mark.parametrize("seconds", ["0", "301", "864000"])
def test_settings_cannot_make_tokens_live_longer(seconds: str) -> None:
    """A configuration file that says otherwise is an error."""
    settings = f'{{"issuer": "a", "audience": "b", "token_seconds": {seconds}}}'

    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(settings, type=Config)


def test_a_token_that_would_be_refused_is_not_signed(server: AuthorizationServer) -> None:
    """A strange name is an error where the token is made, not where it is shown."""
    with pytest.raises(ValueError, match="Expected `str` matching"):
        server.issue(msgspec.structs.replace(FINN, entities=frozenset({"NWA US\n"})))
    many = frozenset(f"system:api-{number}:read" for number in range(400))
    with pytest.raises(ValueError, match="too long"):
        server.issue(msgspec.structs.replace(FINN, scopes=many))
