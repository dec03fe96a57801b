"""What applications and people do at the provider to get a token."""

import base64
import hashlib
import secrets
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import aiohttp

from tests.real.oidc.program import Provider

AUDIENCE = "https://strata.firm.example"
BACK = "https://console.firm.example/back"


async def as_application(provider: Provider, client: str, secret: str, scope: str) -> str:
    """Return an access token of an application that acts for itself."""
    form = {"grant_type": "client_credentials", "scope": scope, "resource": AUDIENCE}
    proof = {"Authorization": aiohttp.encode_basic_auth(client, secret)}
    return await _token(provider, form, proof)


async def as_person(provider: Provider, person: str, client: str, scope: str) -> str:
    """Return an access token of a person: authorization code with PKCE, by the provider's pages."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    query = {
        "client_id": client,
        "response_type": "code",
        "redirect_uri": BACK,
        "scope": f"openid {scope}",
        "resource": AUDIENCE,
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
        "state": secrets.token_urlsafe(8),
    }
    code = await _code(f"{provider.issuer}/auth?{urlencode(query)}", person)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": BACK,
        "client_id": client,
        "code_verifier": verifier,
        "resource": AUDIENCE,
    }
    return await _token(provider, form, {})


async def _code(address: str, person: str) -> str:
    """Walk through the pages, log in and consent, and return the code at the end."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as browser:
        method, form = "GET", None
        for _ in range(20):
            async with browser.request(method, address, data=form, allow_redirects=False) as answer:
                page = await answer.text()
                if answer.status in {302, 303}:
                    address = urljoin(address, answer.headers["Location"])
                    method, form = "GET", None
                elif 'value="login"' in page:
                    method = "POST"
                    form = {"prompt": "login", "login": person, "password": "any"}
                else:
                    assert 'value="consent"' in page, page
                    method, form = "POST", {"prompt": "consent"}
            if address.startswith(BACK):
                return parse_qs(urlsplit(address).query)["code"][0]
    raise AssertionError(f"no end of pages at {address}")


async def _token(provider: Provider, form: dict[str, str], proof: dict[str, str]) -> str:
    async with (
        aiohttp.ClientSession(headers=proof) as session,
        session.post(f"{provider.issuer}/token", data=form) as answer,
    ):
        said = await answer.json()
        assert answer.status == 200, said
        return str(said["access_token"])
