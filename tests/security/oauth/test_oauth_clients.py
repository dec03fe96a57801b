"""Clients at the token, revocation and introspection endpoints: who they are, and are not."""

import hmac
import json
import time
from urllib.parse import quote

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from governance.compact_token import encoded
from tests.security.oauth.judged import wrong_with
from tests.security.oauth.site import FORM, Site
from tests.security.routes.oracle import Answer

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("oauth")]
GRANT = {"grant_type": "client_credentials"}
BY_KEY = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ENDPOINTS = ("/oauth/token", "/oauth/revoke", "/oauth/introspect")
MACHINE = "/system/crm/v2/clients"

MALFORMED: dict[str, bytes] = {
    "OA-22 nothing": b"",
    "OA-22 no grant": b"scope=system:crm:read",
    "OA-22 an array": b"grant_type[]=client_credentials",
    "OA-22 twice": b"grant_type=client_credentials&grant_type=client_credentials",
    "OA-22 bytes that are no UTF-8": b"grant_type=client_credentials&x=%ff",
    "OA-22 a NUL": b"grant_type=client_credentials&x=%00",
    "OA-22 too many": b"grant_type=client_credentials&"
    + b"&".join(b"p%d=1" % n for n in range(50)),
    "OA-22 no form": b'{"grant_type":"client_credentials"}',
    "OA-22 8 KB": b"grant_type=client_credentials&x=" + b"x" * 9_000,
}
NOBODY = {
    "OA-13 a wrong secret": ("integrator", "wrong"),
    "OA-13 an unknown client": ("nobody", "wrong"),
    "OA-15 an escaped colon": ("integrator%3a", "x"),
    "OA-15 beyond ASCII": ("\u00fcser", "x"),
    "OA-15 a NUL": ("integrator\0", "x"),
    "OA-15 an escaped NUL": ("integrator%00", "x"),
    "a client with keys, by a secret": ("signer", "x"),
    "a public client, by an empty secret": ("strata-sandbox", ""),
}


@pytest.mark.parametrize("said", MALFORMED)
async def test_a_malformed_request_is_an_error_of_oauth(site: Site, said: str) -> None:
    """In OAuth's own words, repeating nothing."""
    headers = {"content-type": FORM, **site.basic()}

    answer = await site.send("POST", "/oauth/token", body=MALFORMED[said], headers=headers)

    assert wrong_with(answer, site) == []
    assert (answer.status, json.loads(answer.body)["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_an_endpoint_takes_a_form_by_post_and_nothing_beside_it(
    site: Site, endpoint: str
) -> None:
    """Not GET, not JSON, not 100 KB, and no credentials in the address (OA-14, OA-22)."""
    asked = f"{endpoint}?client_id=integrator&client_secret={quote(site.secret)}"
    get = await site.send("GET", endpoint, headers=site.basic())
    in_address = await site.send("POST", asked, form=GRANT)
    large = await site.send("POST", endpoint, form={"x": "x" * 100_000}, headers=site.basic())
    json_headers = {"content-type": "application/json", **site.basic()}
    as_json = await site.send("POST", endpoint, body=b"{}", headers=json_headers)

    answers = [get, in_address, large, as_json]
    assert [answer.status for answer in answers] == [405, 400, 400, 400]
    assert [wrong_with(answer, site) for answer in answers] == [[]] * 4
    assert [json.loads(each.body)["error"] for each in (large, as_json)] == ["invalid_request"] * 2


@pytest.mark.parametrize("said", NOBODY)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
async def test_nobody_is_told_why_they_are_not_known(site: Site, endpoint: str, said: str) -> None:
    """One answer to all, at every endpoint (OA-13, OA-15, OA-21)."""
    form = {**GRANT, "token": "x"}
    answer = await site.send("POST", endpoint, form=form, headers=site.basic(*NOBODY[said]))
    none = await site.send("POST", endpoint, form=form)

    assert wrong_with(answer, site) == []
    assert (answer.status, json.loads(answer.body)["error"]) == (401, "invalid_client")
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert (answer.status, answer.body) == (none.status, none.body)


async def test_a_secret_is_shown_in_one_way_only(site: Site) -> None:
    """In the header and in the body at once is malformed (OA-13)."""
    form = {**GRANT, "client_id": "integrator", "client_secret": site.secret}

    answer = await site.send("POST", "/oauth/token", form=form, headers=site.basic())

    assert (answer.status, json.loads(answer.body)["error"]) == (400, "invalid_request")


async def test_a_token_ends_when_its_client_gives_it_back(site: Site) -> None:
    """At once here; told twice it is the same (OA-20, JWT-28)."""
    token = await site.machine_token()
    assert await site.takes(token, MACHINE) == 200

    answers = [
        await site.send("POST", "/oauth/revoke", form={"token": token}, headers=site.basic())
        for _ in range(2)
    ]

    assert [answer.status for answer in answers] == [200, 200]
    assert await site.takes(token, MACHINE) == 401


async def test_nobody_ends_what_is_not_theirs(site: Site) -> None:
    """Another client's token stays good; of an unknown one there is nothing to say (OA-20)."""
    token = await site.machine_token()
    other = site.basic("other")

    theirs = await site.send("POST", "/oauth/revoke", form={"token": token}, headers=other)
    unknown = await site.send("POST", "/oauth/revoke", form={"token": "a.b.c"}, headers=other)
    forged = token[:-8] + ("AAAAAAAA" if token[-8:] != "AAAAAAAA" else "BBBBBBBB")
    tampered = await site.send("POST", "/oauth/revoke", form={"token": forged}, headers=other)

    assert (theirs.status, json.loads(theirs.body)["error"]) == (400, "invalid_grant")
    assert (unknown.status, tampered.status) == (200, 200)
    assert await site.takes(token, MACHINE) == 200


async def test_a_client_learns_of_its_own_tokens_only(site: Site) -> None:
    """Of all others that they are not active, and nothing else (OA-21)."""
    token = await site.machine_token(resource=f"{site.base_url}/system")
    person = await site.person_token()

    async def about(asked: str, client: str) -> dict[str, object]:
        form, headers = {"token": asked}, site.basic(client)
        answer = await site.send("POST", "/oauth/introspect", form=form, headers=headers)
        assert answer.headers["cache-control"] == "no-store"
        found: dict[str, object] = json.loads(answer.body)
        return found

    own = await about(token, "integrator")
    assert (own["active"], own["client_id"], own["sub"]) == (True, "integrator", "integrator")
    assert own["aud"] == f"{site.base_url}/system"
    for asked, client in [(token, "other"), (person, "integrator"), ("x", "integrator")]:
        assert await about(asked, client) == {"active": False}


async def test_a_public_client_gives_its_tokens_back_and_asks_about_none(site: Site) -> None:
    """It cannot prove who it is, so that it learns nothing (OA-21)."""
    token = await site.person_token()
    form = {"token": token, "client_id": "strata-sandbox"}

    asked = await site.send("POST", "/oauth/introspect", form=form)
    ended = await site.send("POST", "/oauth/revoke", form=form)

    assert (asked.status, ended.status) == (401, 200)
    assert await site.takes(token) == 401


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"scope": "governance:clock:write"}, "invalid_scope"),
        ({"scope": "system:crm:read  system:crm:read"}, "invalid_scope"),
        ({"resource": "https://other.example"}, "invalid_target"),
        ({"resource": "http://127.0.0.1/system/"}, "invalid_target"),
        ({"audience": "https://other.example"}, "invalid_target"),
    ],
)
async def test_a_machine_gets_no_more_than_it_may(
    site: Site, asked: dict[str, str], error: str
) -> None:
    """Neither scope nor resource (OA-16, OA-17)."""
    answer = await site.send("POST", "/oauth/token", form={**GRANT, **asked}, headers=site.basic())

    assert wrong_with(answer, site) == []
    assert (answer.status, json.loads(answer.body)["error"]) == (400, error)


async def test_a_machine_may_ask_for_several_layers(site: Site) -> None:
    """The token opens those, and no other (OA-17, AZ-15)."""
    wanted = [("resource", f"{site.base_url}/{layer}") for layer in ("system", "governance")]
    form = [*GRANT.items(), *wanted]
    answer = await site.send("POST", "/oauth/token", form=form, headers=site.basic())
    token = json.loads(answer.body)["access_token"]
    one = await site.machine_token(resource=f"{site.base_url}/system")

    assert await site.takes(token, MACHINE) == 200
    assert await site.takes(token, "/governance/v1/catalog") == 200
    assert await site.takes(one, "/governance/v1/catalog") == 401
    assert await site.takes(one, "/metrics") == 401


def claims(site: Site, **changes: object) -> dict[str, object]:
    """Return what a right assertion says, but for some changes; one to None leaves out."""
    now = int(time.time())
    right: dict[str, object] = {
        "iss": "signer",
        "sub": "signer",
        "aud": f"{site.base_url}/oauth/token",
        "exp": now + 60,
        "iat": now,
        "jti": f"jti-{time.monotonic_ns()}",
        **changes,
    }
    return {name: value for name, value in right.items() if value is not None}


def signed(site: Site, said: dict[str, object], **header: object) -> str:
    """Return an assertion with the signer's curve key."""
    head = {"alg": "ES256", "kid": "curve", **header}
    return jwt.encode(head, said, site.curve_key, algorithms=[str(head["alg"])])


async def shown(site: Site, assertion: str, **more: str) -> Answer:
    """Ask for a token by an assertion."""
    form = {**GRANT, "client_assertion_type": BY_KEY, "client_assertion": assertion, **more}
    return await site.send("POST", "/oauth/token", form=form)


@pytest.mark.parametrize("algorithm", ["ES256", "RS256", "PS256"])
async def test_a_client_proves_who_it_is_by_its_own_key(site: Site, algorithm: str) -> None:
    """For the token endpoint or for us as issuer, in each of three algorithms (RFC 7523)."""
    key = site.curve_key if algorithm == "ES256" else site.rsa_key
    head = {"alg": algorithm, "kid": key.kid, "typ": "JWT"}
    said = claims(site, aud=[site.base_url])

    answer = await shown(site, jwt.encode(head, said, key, algorithms=[algorithm]))

    assert answer.status == 200, answer.body
    assert await site.takes(json.loads(answer.body)["access_token"], MACHINE) == 200


async def test_an_assertion_is_good_once(site: Site) -> None:
    """Its id is remembered until it expires (OA-26)."""
    assertion = signed(site, claims(site))

    first, second = await shown(site, assertion), await shown(site, assertion)

    assert (first.status, second.status) == (200, 401)


UNPROVEN: dict[str, dict[str, object]] = {
    "OA-26 another audience": {"aud": "https://other.example/oauth/token"},
    "OA-26 an address beside ours": {"aud": "/oauth/token"},
    "OA-26 two audiences": {"aud": ["https://other.example", "x"]},
    "OA-26 no audience": {"aud": None},
    "OA-26 no id": {"jti": None},
    "OA-26 no end": {"exp": None},
    "an end in six minutes": {"exp": int(time.time()) + 3_600},
    "an end that is past": {"exp": int(time.time()) - 3_600},
    "a beginning to come": {"nbf": int(time.time()) + 3_600},
    "issued in the future": {"iat": int(time.time()) + 3_600},
    "another issuer": {"iss": "other"},
    "another client": {"sub": "other", "iss": "other"},
    "a client that there is not": {"sub": "nobody", "iss": "nobody"},
}


@pytest.mark.parametrize("said", UNPROVEN)
async def test_an_assertion_that_says_something_else_proves_nothing(site: Site, said: str) -> None:
    """One answer to all of them."""
    answer = await shown(site, signed(site, claims(site, **UNPROVEN[said])))

    assert wrong_with(answer, site) == []
    assert (answer.status, json.loads(answer.body)["error"]) == (401, "invalid_client")


async def test_an_assertion_that_is_signed_otherwise_proves_nothing(site: Site) -> None:
    """Not unsigned, not with a public key as a secret, not by another key (OA-26)."""
    stranger = ECKey.generate_key("P-256", {"kid": "curve"})
    good = signed(site, claims(site))
    head, body, _ = good.split(".")
    none = "eyJhbGciOiJub25lIiwia2lkIjoiY3VydmUifQ"
    hs256 = "eyJhbGciOiJIUzI1NiIsImtpZCI6ImN1cnZlIn0"
    public = site.curve_key.as_pem(private=False)
    mac = encoded(hmac.digest(public, f"{hs256}.{body}".encode(), "sha256"))
    forged = {
        "unsigned": f"{none}.{body}.",
        "of no algorithm": f"{none}.{body}.AA",
        "without a signature": f"{head}.{body}.",
        "with a public key for a secret": f"{hs256}.{body}.{mac}",
        "by a stranger": jwt.encode({"alg": "ES256", "kid": "curve"}, claims(site), stranger),
        "under an unknown key": signed(site, claims(site), kid="other"),
        "under the other key": signed(site, claims(site), kid="rsa"),
        "as an access token": signed(site, claims(site), typ="at+jwt"),
        "no token at all": "x",
        "an access token of ours": await site.machine_token(),
    }

    answers = {said: await shown(site, assertion) for said, assertion in forged.items()}

    assert {said: answer.status for said, answer in answers.items()} == dict.fromkeys(forged, 401)


async def test_an_assertion_beside_another_proof_or_kind_is_malformed(site: Site) -> None:
    """A client proves itself in one way, and says which (OA-13, OA-26)."""
    assertion = signed(site, claims(site))
    answers = [
        await shown(site, assertion, client_secret="x"),
        await shown(site, assertion, client_assertion_type="urn:other"),
    ]
    named = await shown(site, assertion, client_id="other")

    assert [json.loads(each.body)["error"] for each in answers] == ["invalid_request"] * 2
    assert named.status == 401
