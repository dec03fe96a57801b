"""The gateway describes itself, to people and to machines, without any other host."""

import re

import msgspec
import pytest
from openapi_spec_validator import validate

from gateway.problem_types import Slug
from tests.gateway.house import Caller, House

PATHS = ["/schema/openapi.json", "/system/orders/v1/openapi.json"]


@pytest.mark.parametrize("path", PATHS)
async def test_the_openapi_document_is_a_valid_one(caller: Caller, path: str) -> None:
    """Each document is valid, strict about bodies, and honest about problems and tokens."""
    answer = await caller.send("GET", path, token=None)
    document = msgspec.json.decode(answer.body)

    validate(document)
    place = document["paths"]["/system/orders/v1/orders"]["post"]
    assert "application/problem+json" in place["responses"]["default"]["content"]
    assert "400" not in place["responses"]
    scopes = document["components"]["securitySchemes"]["oauth"]["flows"]["clientCredentials"]
    assert set(scopes["scopes"]) == {"system:orders:read", "system:orders:write"}
    money = document["components"]["schemas"]["Money"]
    assert money["properties"]["amount"]["type"] == "string"
    assert document["paths"].keys() == {
        "/system/orders/v1/orders",
        "/system/orders/v1/orders/{order_id}",
        "/system/orders/v1/orders/{order_id}/notes",
    }


async def test_the_pages_need_nothing_from_elsewhere(caller: Caller) -> None:
    """The pages load nothing from another host and run no script."""
    for path in ("/docs", "/docs/problems"):
        answer = await caller.send("GET", path, token=None)
        page = answer.body.decode()

        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "<script" not in page
        assert "//" not in page
        for link in re.findall(r'href="([^"#]+)', page):
            assert (await caller.send("GET", link, token=None)).status == 200


async def test_the_page_names_owner_scope_and_limit(caller: Caller) -> None:
    """A reader finds whom to ask and what to ask for."""
    page = (await caller.send("GET", "/docs", token=None)).body.decode()

    for said in ("Order desk", "orders@northwind.example", "system:orders:write", "600/minute"):
        assert said in page


async def test_the_type_of_a_problem_leads_to_its_words(caller: Caller) -> None:
    """Every slug is an anchor on the page that a problem's `type` points at."""
    page = (await caller.send("GET", "/docs/problems", token=None)).body.decode()

    assert {slug for slug in Slug if f'id="{slug}"' not in page} == set()


async def test_a_machine_finds_the_way_from_the_well_known_addresses(caller: Caller) -> None:
    """The catalog leads to the documents, and the resource to the authorization server."""
    catalog = await caller.send("GET", "/.well-known/api-catalog", token=None)
    resource = await caller.send("GET", "/.well-known/oauth-protected-resource", token=None)
    server = await caller.send("GET", "/.well-known/oauth-authorization-server", token=None)
    jwks = await caller.send("GET", "/oauth/jwks", token=None)

    (orders,) = msgspec.json.decode(catalog.body)["linkset"]
    assert catalog.headers["content-type"].startswith("application/linkset+json")
    assert orders["anchor"] == "http://127.0.0.1:8000/system/orders/v1"
    assert orders["service-desc"][0]["href"].endswith("/system/orders/v1/openapi.json")
    assert "system:orders:read" in msgspec.json.decode(resource.body)["scopes_supported"]
    assert msgspec.json.decode(server.body)["token_endpoint"].endswith("/oauth/token")
    assert b'"d"' not in jwks.body


async def test_readiness_follows_the_checks_and_the_stop(house: House, caller: Caller) -> None:
    """A process is ready while its checks hold, and never again once it is stopping."""
    state = [True]

    async def database() -> bool:
        return state[0]

    house.governance.health.add("database", database)
    good = await caller.send("GET", "/ready", token=None)
    state[0] = False
    bad = await caller.send("GET", "/ready", token=None)
    state[0] = True
    house.governance.health.stop()
    stopping = await caller.send("GET", "/ready", token=None)
    alive = await caller.send("GET", "/health", token=None)

    assert [one.status for one in (good, bad, stopping, alive)] == [200, 503, 503, 200]
    assert msgspec.json.decode(bad.body)["checks"] == {"database": "failing"}
    assert msgspec.json.decode(stopping.body)["checks"]["process"] == "stopping"
