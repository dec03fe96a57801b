"""What is offered is told, and what is not offered is not there."""

import json

import pytest

from governance.policy import Layer
from governance.roles import ALL_SCOPES
from tests.security.oauth.browser import asking
from tests.security.oauth.judged import wrong_with
from tests.security.oauth.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("oauth")]
METADATA = "/.well-known/oauth-authorization-server"
RESOURCE = "/.well-known/oauth-protected-resource"
NOT_OFFERED = {
    "OA-10 password": {"grant_type": "password", "username": "U-FI1", "password": "x"},
    "OA-10 implicit": {"grant_type": "implicit"},
    "OA-18 refresh": {"grant_type": "refresh_token", "refresh_token": "x"},
    "OA-19 refresh of another client": {"grant_type": "refresh_token", "client_id": "other"},
    "OA-25 device": {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"},
    "a SAML or JWT grant": {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"},
    "token exchange": {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange"},
}


@pytest.mark.parametrize("said", NOT_OFFERED)
async def test_a_grant_that_is_not_offered_is_refused(site: Site, said: str) -> None:
    """Also to a client that proves who it is."""
    form = {name: value for name, value in NOT_OFFERED[said].items() if name != "client_id"}

    answer = await site.send("POST", "/oauth/token", form=form, headers=site.basic())

    assert wrong_with(answer, site) == []
    assert json.loads(answer.body)["error"] == "unsupported_grant_type"


async def test_no_token_comes_with_a_refresh_token(site: Site) -> None:
    """There is no family that would have to be revoked (OA-18, OA-19)."""
    request = asking()

    answer = await site.redeemed(request, await site.code(request))

    assert json.loads(answer.body).keys() == {"token_type", "access_token", "expires_in", "scope"}


@pytest.mark.parametrize(
    "path",
    [
        "/oauth/device_authorization",
        "/oauth/device",
        "/oauth/par",
        "/oauth/register",
        "/oauth/userinfo",
        "/.well-known/openid-configuration",
        f"{METADATA}/oauth",
        f"/oauth{METADATA}",
        f"{RESOURCE}/other",
    ],
)
async def test_an_address_that_is_not_offered_is_not_there(site: Site, path: str) -> None:
    """Device, pushed requests and registration are off; metadata has one address (OA-24, OA-25)."""
    for method in ("GET", "POST"):
        answer = await site.send(method, path)

        assert answer.status == 404
        assert wrong_with(answer, site) == []


async def test_the_metadata_is_what_there_is(site: Site) -> None:
    """Exact issuer, S256, and no algorithm that signs nothing (OA-24, OA-29)."""
    told = json.loads((await site.send("GET", METADATA)).body)

    keyed = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
    algorithms = ["ES256", "RS256", "PS256"]
    assert told == {
        "issuer": site.base_url,
        "authorization_endpoint": f"{site.base_url}/oauth/authorize",
        "token_endpoint": f"{site.base_url}/oauth/token",
        "revocation_endpoint": f"{site.base_url}/oauth/revoke",
        "introspection_endpoint": f"{site.base_url}/oauth/introspect",
        "jwks_uri": f"{site.base_url}/oauth/jwks",
        "scopes_supported": sorted(ALL_SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["client_credentials", "authorization_code"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "token_endpoint_auth_methods_supported": [*keyed, "none"],
        "token_endpoint_auth_signing_alg_values_supported": algorithms,
        "revocation_endpoint_auth_methods_supported": [*keyed, "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": algorithms,
        "introspection_endpoint_auth_methods_supported": keyed,
        "introspection_endpoint_auth_signing_alg_values_supported": algorithms,
    }


@pytest.mark.parametrize("layer", [None, *Layer])
async def test_each_resource_says_which_tokens_it_takes(site: Site, layer: Layer | None) -> None:
    """The gateway, and each layer of it, with the scopes that are of use there (RFC 9728)."""
    path = f"/{layer}" if layer else ""

    told = json.loads((await site.send("GET", RESOURCE + path)).body)

    assert told["resource"] == site.base_url + path
    assert told["authorization_servers"] == [site.base_url]
    assert {scope.partition(":")[0] for scope in told["scopes_supported"]} == (
        {layer} if layer else set(Layer)
    )


async def test_a_proof_of_possession_is_not_taken_for_one(site: Site) -> None:
    """DPoP is off: a header of it changes nothing, and another scheme is none (OA-29)."""
    token = await site.machine_token()
    headers = {"authorization": f"DPoP {token}", "dpop": "x.y.z"}

    answer = await site.send("GET", "/system/crm/v2/clients", headers=headers)

    assert answer.status == 401
    assert wrong_with(answer, site) == []


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://example.com/callback",
        "https://example.com/callback#x",
        "https://user@example.com/callback",
        "http://localhost/callback",
        "https://EXAMPLE.com/callback",
        "callback",
    ],
)
async def test_no_client_is_registered_with_an_unsafe_redirect(site: Site, uri: str) -> None:
    """The program refuses it by name (OA-09)."""
    added = ("clients", "add", "odd", "--public", "--role", "finance", "--redirect-uri", uri)

    code, said = await site.gateway.run(*added)

    assert code == 1
    assert "is no redirect" in said
    assert "Traceback" not in said
