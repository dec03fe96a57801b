"""What the catalog does not say is found, by its place, and the firm's own catalog says it all."""

from collections.abc import Callable
from datetime import date
from inspect import signature
from pathlib import Path
from types import ModuleType
from typing import get_args

import msgspec
import pytest
from litestar import get
from litestar.di import Dependency, NamedDependency, Provide
from litestar.params import FromQuery
from msgspec import Struct
from openapi_spec_validator import validate

from gateway.apis import APIS
from gateway.mounting import read_api
from gateway.published.catalog_lint import Lack, lacks_of
from gateway.published.openapi import openapi_document
from governance.policy import Lifecycle, Operation, Owner, Stage, TenantRule
from tests.gateway.orders import ORDER_OPERATIONS, Desk, orders_api
from tests.gateway.test_commands import strata

NO_PARTS = {
    name: Provide(lambda: None, sync_to_thread=False)
    for module in APIS
    for one in read_api(module).operations
    for name, told in signature(one.handler.fn).parameters.items()
    if any(isinstance(said, Dependency) for said in get_args(told.annotation)[1:])
}
OPERATIONS = {"list": Operation("system:erp:read", TenantRule.BY_FILTER)}


class Undocumented(Struct, frozen=True):
    """A record with a field that nobody knows."""

    zq_unknown: str


class Colours(Struct, frozen=True):
    """A record whose field is spelled as in Britain."""

    colour_code: str


@get("/x", opt={"operation": "list"})
async def asking(desk: NamedDependency[Desk], zq_filter: FromQuery[str | None] = None) -> None:
    """Ask for something by a parameter that nobody knows."""


@get("/x", opt={"operation": "list"})
async def answering() -> Undocumented:
    """Answer with a record that nobody knows."""
    return Undocumented("")


@get("/x", opt={"operation": "list"})
async def painting() -> Colours:
    """Answer with colors."""
    return Colours("")


def leaving(successor: str | None) -> Lifecycle:
    """Return the lifecycle of a version that something follows."""
    return Lifecycle(Stage.ACTIVE, date(2026, 1, 1), date(2027, 1, 1), date(2027, 7, 1), successor)


LACKS: dict[str, tuple[Callable[[], ModuleType], str]] = {
    "a contact that is none": (
        lambda: orders_api(owner=Owner("Order desk", "ask Ana")),
        "contact 'ask Ana' is no address",
    ),
    "no owner": (lambda: orders_api(owner=Owner("", "")), "names no owner"),
    "a scope that nobody has": (
        lambda: orders_api(operations=ORDER_OPERATIONS),
        "no role gives the scope system:orders:read",
    ),
    "a parameter without words": (
        lambda: orders_api(handlers=[asking], operations=OPERATIONS),
        "'zq_filter' is not documented",
    ),
    "a field without words": (
        lambda: orders_api(handlers=[answering], operations=OPERATIONS),
        "Undocumented.zq_unknown is not documented",
    ),
    "a British field": (
        lambda: orders_api(handlers=[painting], operations=OPERATIONS),
        "'colour_code' is not in American spelling",
    ),
    "a successor that is not there": (
        lambda: orders_api(lifecycle=leaving("/system/orders/v2")),
        "no other version that is mounted",
    ),
    "a successor that is itself": (
        lambda: orders_api(lifecycle=leaving("/system/orders/v1")),
        "no other version that is mounted",
    ),
    "no successor": (lambda: orders_api(lifecycle=leaving(None)), "names its successor"),
}


@pytest.mark.parametrize("lack", LACKS)
def test_what_an_api_lacks_is_named_at_its_place(lack: str) -> None:
    """Each lack says where it is and what it is."""
    make, said = LACKS[lack]

    found = lacks_of([make()])

    assert [each for each in found if said in each.what and "orders" in each.where]


def test_a_successor_that_leaves_too_is_a_lack() -> None:
    """Nobody is sent to a version that is on its way out as well."""
    module = orders_api(lifecycle=leaving("/system/crm/v1"))

    found = lacks_of([module, *APIS])

    assert Lack("/system/orders/v1", "its successor /system/crm/v1 is on its way out itself") in (
        found
    )


async def test_the_catalog_of_the_gateway_is_complete(tmp_path: Path) -> None:
    """The command that CI runs finds nothing, in words and as JSON."""
    code, out, _ = await strata(tmp_path / "data", "catalog", "check")
    again, told, _ = await strata(tmp_path / "data", "catalog", "check", "--json")

    assert (code, again) == (0, 0)
    assert "complete" in out
    assert msgspec.json.decode(told) == []


@pytest.mark.parametrize("module", APIS, ids=lambda module: module.__name__)
def test_every_version_has_a_valid_document_with_a_meaning_for_everything(
    module: ModuleType,
) -> None:
    """OpenAPI 3.1, valid; each parameter of a query and each field of a record says what it is."""
    api = read_api(module)
    life = {api.policy.path: api.policy.lifecycle}
    document = msgspec.json.decode(
        openapi_document(api.policy.title, [api], NO_PARTS, life, keep_hours=24)
    )
    operations = [one for item in document["paths"].values() for one in item.values()]

    validate(document)
    assert document["openapi"].startswith("3.1.")
    assert document["x-owner"]["contact"] == api.policy.owner.contact
    assert len(operations) == len(api.operations)
    assert all(each["security"][0]["oauth"] for each in operations)
    assert all(each["summary"] and each["description"] for each in operations)
    assert [
        each["name"]
        for one in operations
        for each in one.get("parameters", [])
        if each["in"] == "query" and not each.get("description")
    ] == []
    assert [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, said in schema.get("properties", {}).items()
        if name != "Problem" and not said.get("description")
    ] == []
