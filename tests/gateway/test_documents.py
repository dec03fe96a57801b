"""The gateway describes itself, to people and to machines, without any other host."""

import re
from datetime import UTC, date, datetime
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import validate

from gateway.problem_types import Slug
from governance.policy import Brownout, Lifecycle, Stage
from tests.gateway.house import Caller, House, running
from tests.gateway.orders import orders_api

LINKSET = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
LEAVING = Lifecycle(
    Stage.ACTIVE,
    date(2026, 1, 1),
    deprecated_on=date(2027, 1, 1),
    sunset_on=date(2027, 7, 1),
    successor="/system/orders/v2",
    brownouts=(
        Brownout(datetime(2027, 3, 1, 9, tzinfo=UTC), datetime(2027, 3, 1, 9, 15, tzinfo=UTC)),
    ),
)
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
    assert set(scopes["scopes"]) == {
        "system:orders:read",
        "system:orders:read_margin",
        "system:orders:write",
    }
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

    whole, orders = msgspec.json.decode(catalog.body)["linkset"]
    assert catalog.headers["content-type"] == LINKSET
    assert whole["item"] == [{"href": "http://127.0.0.1:8000/system/orders/v1"}]
    assert orders["anchor"] == "http://127.0.0.1:8000/system/orders/v1"
    assert orders["service-desc"][0]["href"].endswith("/system/orders/v1/openapi.json")
    assert orders["service-doc"][0]["href"].endswith("/docs#/system/orders/v1")
    assert orders["service-meta"][0]["href"].endswith("/governance/v1/catalog")
    assert orders["status"][0]["href"].endswith("/ready")
    assert "system:orders:read" in msgspec.json.decode(resource.body)["scopes_supported"]
    assert msgspec.json.decode(server.body)["token_endpoint"].endswith("/oauth/token")
    assert b'"d"' not in jwks.body


async def test_the_head_of_the_catalog_says_what_it_is(caller: Caller) -> None:
    """A HEAD has the type and the link of RFC 9727, and no body."""
    head = await caller.send("HEAD", "/.well-known/api-catalog", token=None)

    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-type"] == LINKSET
    assert head.headers["link"] == '</.well-known/api-catalog>; rel="api-catalog"'


async def test_a_version_on_its_way_out_is_so_in_every_document(house: House) -> None:
    """The documents, the page and the catalog follow the dates, while the gateway runs."""
    house.wall.set(datetime(2026, 12, 31, tzinfo=UTC))
    async with running(house.app(orders_api(lifecycle=LEAVING)), house) as caller:
        before, page = await documents(caller)
        house.wall.set(datetime(2027, 1, 1, tzinfo=UTC))
        after, later = await documents(caller)
        catalog = await caller.send("GET", "/.well-known/api-catalog", token=None)

    places = [each["paths"]["/system/orders/v1/orders"]["get"] for each in (before, after)]
    assert [place.get("deprecated", False) for place in places] == [False, True]
    assert [place["x-sunset"] for place in places] == ["2027-07-01", "2027-07-01"]
    assert after["x-lifecycle"]["stage"] == "deprecated"
    assert '<span class="active">' in page
    assert '<span class="deprecated">' in later
    for said in ("gone on 2027-07-01", "off from 2027-03-01 09:00", "/system/orders/v2"):
        assert said in later
    _, orders = msgspec.json.decode(catalog.body)["linkset"]
    assert orders["successor-version"] == [{"href": "http://127.0.0.1:8000/system/orders/v2"}]


async def documents(caller: Caller) -> tuple[Any, str]:
    """Return the OpenAPI document and the page."""
    document = await caller.send("GET", PATHS[1], token=None)
    page = await caller.send("GET", "/docs", token=None)
    return msgspec.json.decode(document.body), page.body.decode()


async def test_a_document_says_who_answers_for_what_under_which_scope(caller: Caller) -> None:
    """Owner, layer, data class, and for each operation its scope, tenant rule and meanings."""
    document, _ = await documents(caller)

    place = document["paths"]["/system/orders/v1/orders"]["get"]
    assert document["openapi"].startswith("3.1")
    assert document["x-owner"] == {"team": "Order desk", "contact": "orders@northwind.example"}
    assert (document["x-layer"], document["x-data-class"]) == ("system", "internal")
    assert place["security"] == [{"oauth": ["system:orders:read"]}]
    assert (place["x-tenants"], place["x-operation"]) == ("by_filter", "list")
    told = {each["name"]: each.get("description") for each in place["parameters"]}
    assert told["limit"] == "How many at most."
    order = document["components"]["schemas"]["Order"]["properties"]
    assert order["total"]["description"] == "The total."


async def test_use_is_shown_to_those_who_may_see_it_and_to_nobody_else(house: House) -> None:
    """Without a token, or with one for other things, the page names no consumer."""
    async with running(house.app(orders_api()), house) as caller:
        await caller.send("GET", "/system/orders/v1/orders")
        await house.governance.usage.flush()
        seeing = house.token(scopes=frozenset({"governance:usage:read"}))
        pages = [await caller.send("GET", "/docs", token=t) for t in (None, "", seeing)]
        bad = await caller.send("GET", "/docs", token="x")

    shown = [b"<td>robot<td>list<td>*<td>1" in page.body for page in pages]
    assert [page.status for page in pages] == [200, 200, 200]
    assert shown == [False, False, True]
    assert [b"Consumer" in page.body for page in pages] == [False, False, True]
    assert {page.headers["cache-control"] for page in pages} == {"no-store"}
    assert bad.status == 401


async def test_readiness_follows_the_checks_and_the_stop(house: House, caller: Caller) -> None:
    """A process is ready while its checks hold, and never again once it is stopping."""
    state = [True]

    async def database() -> bool:
        return state[0]

    house.governance.health.add("database", database, remedy="start it")
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
