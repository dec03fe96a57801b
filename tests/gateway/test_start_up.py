"""An API that does not declare what it must is not mounted, and the error names it."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import JSONBody
from msgspec import Struct

from gateway.mounting import Unmountable, address_of
from governance.policy import (
    Lifecycle,
    Objective,
    Operation,
    Owner,
    RatePlan,
    Share,
    Stage,
    TenantRule,
)
from governance.rate_limits import Config
from tests.gateway.house import House
from tests.gateway.orders import ORDER_OPERATIONS, list_orders, orders_api, place_order, read_order


class Loose(Struct):
    """A body that lets unknown fields through."""

    name: str


class Inner(Struct, forbid_unknown_fields=True):
    """A body that holds a body that does."""

    loose: list[Loose]


class Floating(Struct, forbid_unknown_fields=True):
    """A body with a float."""

    hours: float | None


class Open(Struct, forbid_unknown_fields=True):
    """A body with anything in it."""

    more: dict[str, str]


class Anything(Struct, forbid_unknown_fields=True):
    """A body with anything at all in it."""

    more: Any


class Fine(Struct, forbid_unknown_fields=True):
    """A body that is fine."""

    hours: Decimal | None


def taking(body: object) -> list[HTTPRouteHandler]:
    """Return the orders API's handlers, with another that takes a body."""

    async def take(data: object) -> None:
        """Take a body."""

    take.__annotations__["data"] = JSONBody[body]  # type: ignore[valid-type]
    return [list_orders, read_order, place_order, post("/x", opt={"operation": "note"})(take)]


@get("/nothing")
async def undeclared() -> None:
    """Do what no operation says."""


@get("/x", opt={"operation": "list"})
async def silent() -> None:
    return None


@get("/x", opt={"operation": "place"})
async def writing_get() -> None:
    """Change something by a GET."""


@get("/x", opt={"operation": "list"})
async def plain_text() -> str:
    """Answer with text."""
    return "{}"


ONE = Operation("system:orders:read", TenantRule.BY_FILTER)
FLAWS: dict[str, tuple[Callable[[], ModuleType], str]] = {
    "no owner": (lambda: orders_api(owner=Owner(" ", "")), "owner"),
    "no handlers": (lambda: orders_api(handlers=[]), "handlers"),
    "an operation that nothing does": (
        lambda: orders_api(handlers=[list_orders, read_order, place_order]),
        "without a handler: note",
    ),
    "a handler without an operation": (lambda: orders_api(handlers=[undeclared]), "undeclared"),
    "an unknown operation": (
        lambda: orders_api(operations={"list": ONE}),
        "'read' is no operation",
    ),
    "a scope of no shape": (
        lambda: orders_api(operations={**ORDER_OPERATIONS, "read": Operation("all", ONE.tenants)}),
        "'all' is no scope",
    ),
    "no tenant rule": (
        lambda: orders_api(operations={**ORDER_OPERATIONS, "read": Operation(ONE.scope, None)}),  # type: ignore[arg-type]  # that is the flaw
        "tenant rule",
    ),
    "another address": (lambda: orders_api(name="system_apis.sales.v1"), "/system/sales/v1"),
    "another version": (lambda: orders_api(name="system_apis.orders.v2"), "/system/orders/v2"),
    "an unreadable limit": (lambda: orders_api(rate_plan=RatePlan("often")), "'often'"),
    "an unknown fallback": (lambda: orders_api(rate_plan=RatePlan("1/minute", "hope")), "'hope'"),
    "a deprecation without dates": (
        lambda: orders_api(lifecycle=Lifecycle(Stage.DEPRECATED, date(2026, 1, 1))),
        "dates",
    ),
    "a sunset that comes first": (
        lambda: orders_api(
            lifecycle=Lifecycle(
                Stage.ACTIVE, date(2026, 1, 1), date(2027, 1, 1), date(2027, 1, 1), "/system/x/v2"
            )
        ),
        "sunset_on does not lie after",
    ),
    "no objective": (lambda: orders_api(objective=Objective("often", 250)), "no objective"),
    "a handler that does not say what it does": (
        lambda: orders_api(handlers=[silent]),
        "silent: has no docstring",
    ),
    "a GET that writes": (lambda: orders_api(handlers=[writing_get]), "writing_get"),
    "an answer of text": (lambda: orders_api(handlers=[plain_text]), "text or bytes"),
    "a loose body": (lambda: orders_api(handlers=taking(Loose)), "take: its body's Loose"),
    "a loose body inside": (lambda: orders_api(handlers=taking(Inner)), "take: its body's Loose"),
    "a float": (lambda: orders_api(handlers=taking(Floating)), "float"),
    "a dict": (lambda: orders_api(handlers=taking(Open)), "dict"),
    "anything": (lambda: orders_api(handlers=taking(Anything)), "Any"),
    "a bare dict": (lambda: orders_api(handlers=taking(dict)), "no Struct"),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_a_flaw_stops_the_start_up(house: House, flaw: str) -> None:
    """The gateway does not start, and says what lacks where."""
    make, said = FLAWS[flaw]

    with pytest.raises(Unmountable, match="orders") as refused:
        house.app(make())

    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("address", "plan", "says"),
    [
        ("/system/sales/v1", RatePlan(), "is no API"),
        ("/system/orders/v1", RatePlan("often"), "'often' is no rate limit"),
        ("/system/orders/v1", RatePlan(operations={"burn": Share()}), "'burn'"),
    ],
)
def test_a_rate_plan_of_the_settings_that_makes_no_sense_stops_the_start_up(
    tmp_path: Path, address: str, plan: RatePlan, says: str
) -> None:
    """A mistyped address, limit or operation is found at once, not when somebody calls."""
    house = House(tmp_path, Config(plans={address: plan}))

    with pytest.raises(Unmountable, match=says):
        house.app(orders_api())


def test_a_module_without_a_policy_is_no_api(house: House) -> None:
    """A module that declares nothing is named."""
    with pytest.raises(Unmountable, match=r"system_apis\.empty\.v1: declares no POLICY"):
        house.app(ModuleType("system_apis.empty.v1"))


def test_a_good_body_is_mounted(house: House) -> None:
    """Strict Structs with decimals are what a body should be."""
    assert house.app(orders_api(handlers=taking(Fine)))


def test_an_operation_for_the_program_alone_needs_no_handler(house: House) -> None:
    """An operation that is called by processes only is declared in `INTERNAL`."""
    api = orders_api(handlers=[list_orders, read_order, place_order])
    vars(api)["INTERNAL"] = frozenset({"note"})

    assert house.app(api)


@pytest.mark.parametrize(
    ("module", "address"),
    [
        ("system_apis.crm.v1", "/system/crm/v1"),
        ("process_apis.opportunity_to_project.v2", "/process/opportunity-to-project/v2"),
        ("experience_apis.finance.v1", "/experience/finance/v1"),
        ("governance.v1", "/governance/v1"),
    ],
)
def test_an_address_is_a_path(module: str, address: str) -> None:
    """Where a module lies is where its API is found."""
    assert address_of(module) == address
