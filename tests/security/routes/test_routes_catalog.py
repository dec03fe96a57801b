"""What runs is what is declared: nothing is mounted that nobody governs."""

import re

import msgspec
import pytest
from msgspec import Struct
from openapi_spec_validator import validate

from governance.v1 import Catalog
from tests.security.routes.attacked import Attacked
from tests.security.routes.bodies import GOOD
from tests.security.routes.table import ROUTES, WITH_BODY

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("routes")]
OPEN = [
    "/health",
    "/ready",
    "/docs",
    "/docs/problems",
    "/docs/style.css",
    "/schema/openapi.json",
    "/oauth/jwks",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
    "/.well-known/api-catalog",
]
# What we alone ask, for figures over a company's people; nobody asks it over HTTP.
INTERNAL = {"changes", "worked", "entries_with", "weeks", "forecasts", "past_approvals"}


class Parameter(Struct):
    """A parameter in the document."""

    name: str
    place: str = msgspec.field(name="in")
    required: bool = False


class Described(Struct):
    """An operation in the document."""

    parameters: list[Parameter] = []


class Document(Struct):
    """The document."""

    paths: dict[str, dict[str, Described]]


# Time, expenses, what is paid for them and bookings come in by the rules of their process, and by
# no address of the system.
JUDGED_FIRST = frozenset(
    {
        "entries_of",
        "enter_time",
        "decide_time",
        "expenses_of",
        "expenses_with",
        "enter_expense",
        "decide_expense",
        "submit_week",
        "record_pay_run",
        "record_contractor_hours",
        "staffing_request",
        "book",
        "cancel_booking",
    }
)


async def test_the_document_has_every_operation_and_no_other(site: Attacked) -> None:
    """Methods, addresses and parameters of the OpenAPI document are those that are attacked."""
    answer = await site.send("GET", "/schema/openapi.json", token=None)
    document = msgspec.json.decode(answer.body, type=Document)
    described = {
        f"{method.upper()} {path}": {
            (each.name, each.required)
            for each in operation.parameters
            if each.place in {"path", "query"}
        }
        for path, item in document.paths.items()
        for method, operation in item.items()
    }

    validate(msgspec.json.decode(answer.body))
    assert described == {
        str(route): {
            *((name, True) for name in route.path_names),
            *((query.name, query.required) for query in route.query),
        }
        for route in ROUTES
    }


async def test_the_catalog_has_every_operation_with_its_scope(site: Attacked) -> None:
    """The catalog's operations are those at an address, but for those that only we call."""
    answer = await site.send("GET", "/governance/v1/catalog")
    apis = msgspec.json.decode(answer.body, type=Catalog).apis
    declared = {
        (api.path, name, operation.scope)
        for api in apis
        for name, operation in api.operations.items()
    }

    mounted = {(r.mounted.policy.path, r.mounted.name, r.scope) for r in ROUTES}
    internal = {name for _, name, _ in declared - mounted} - JUDGED_FIRST
    assert mounted - declared == set()
    assert {name for name in internal if not name.endswith("_by_key")} == INTERNAL


async def test_every_body_has_a_good_one_to_spoil(site: Attacked) -> None:
    """No operation with a body is left out of the attack."""
    assert site.ids
    assert {str(route) for route in WITH_BODY} == GOOD.keys()


@pytest.mark.parametrize("path", OPEN)
async def test_an_open_address_says_nothing_of_the_firm(site: Attacked, path: str) -> None:
    """What is open to strangers holds no record, no person and no secret."""
    answer = await site.send("GET", path, token=None)

    assert answer.status == 200
    for word in (*site.secrets, *(each.name for each in site.firm.people), "CUST-", "INV-US"):
        assert word.encode() not in answer.body


async def test_only_what_is_said_to_be_open_is_open(site: Attacked) -> None:
    """Every address that the pages link to asks for a token, or is on the list of open ones."""
    page = (await site.send("GET", "/docs", token=None)).body.decode()
    links = {link.partition("#")[0] for link in re.findall(r'href="([^"]+)"', page)}
    documents = {link for link in links if link.endswith("/openapi.json")}

    assert links - documents <= set(OPEN)
    assert documents - {"/schema/openapi.json"} == {
        f"{route.mounted.policy.path}/openapi.json" for route in ROUTES
    }
    answers = [await site.send("GET", link, token=None) for link in sorted(links)]
    assert {answer.status for answer in answers} == {200}


@pytest.mark.parametrize(
    "path",
    ["/", "/admin", "/debug", "/schema", "/openapi.json", "/.git/config", "/_sandbox/ledger"],
)
async def test_nothing_else_answers(site: Attacked, path: str) -> None:
    """An address that nobody declared is none, with a token and without."""
    answers = [await site.send("GET", path, token=token) for token in ("", None)]

    assert [answer.status for answer in answers] == [404, 404]
