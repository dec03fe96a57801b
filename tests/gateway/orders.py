"""A small API of orders, mounted as any API is, and the desk that its handlers work at."""

from datetime import date
from decimal import Decimal
from types import ModuleType
from typing import Annotated

from litestar import get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from governance.access import Forbidden, current_caller
from governance.policy import (
    ApiPolicy,
    DataClass,
    Layer,
    Lifecycle,
    Objective,
    Operation,
    Owner,
    RatePlan,
    Stage,
    TenantRule,
)
from system_apis.canonical.money import Money
from system_apis.canonical.record import Id
from system_apis.errors import NotFound

KNOWN_ID = "or_01J9ZC3K6ZD0W5Y9Q8R7S6T5V4"
OTHER_ID = "or_01J9ZC3K6ZD0W5Y9Q8R7S6T5V5"

MARGIN = "system:orders:read_margin"
Number = Annotated[str, Meta(pattern=r"\A[A-Z0-9-]{1,20}\Z")]


class Line(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of an order."""

    text: str
    amount: Money
    hours: Decimal | None = None
    margin: Annotated[Decimal | UnsetType, Meta(extra={"scope": MARGIN})] = UNSET


class Order(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody orders."""

    number: str
    total: Money
    lines: list[Line] = []


class Desk:
    """Where orders arrive."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.entered = 0
        self.raises: list[Exception] = []


@get("/orders", opt={"operation": "list"})
async def list_orders(
    desk: NamedDependency[Desk],
    number: FromQuery[Number | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    cursor: FromQuery[str | None] = None,
) -> list[Order]:
    """Return orders."""
    desk.entered += 1
    return desk.orders[:limit]


@get("/orders/{order_id:str}", opt={"operation": "read"})
async def read_order(desk: NamedDependency[Desk], order_id: FromPath[Id]) -> Order:
    """Return one order."""
    desk.entered += 1
    if desk.raises:
        raise desk.raises.pop()
    if order_id == OTHER_ID:
        raise NotFound("desk", order_id)
    return Order(number="O-1", total=Money.of("10.00", "USD"))


@post("/orders", opt={"operation": "place"})
async def place_order(desk: NamedDependency[Desk], data: JSONBody[Order]) -> Order:
    """Place an order, for a legal entity that the caller sees."""
    desk.entered += 1
    if desk.raises:
        raise desk.raises.pop()
    if not current_caller().sees("NWA-US"):
        raise Forbidden("you do not see NWA-US")
    desk.orders.append(data)
    return data


@post("/orders/{order_id:str}/notes", opt={"operation": "note"})
async def note_order(
    desk: NamedDependency[Desk], order_id: FromPath[Id], data: JSONBody[Line]
) -> Line:
    """Put a line on an order; no key is needed."""
    desk.entered += 1
    return data


def orders_api(
    *,
    name: str = "system_apis.orders.v1",
    lifecycle: Lifecycle | None = None,
    rate_plan: RatePlan | None = None,
    handlers: list[HTTPRouteHandler] | None = None,
    owner: Owner | None = None,
    operations: dict[str, Operation] | None = None,
    objective: Objective | None = None,
) -> ModuleType:
    """Return the module of the orders API."""
    module = ModuleType(name)
    policy = ApiPolicy(
        name="orders",
        layer=Layer.SYSTEM,
        version=1,
        title="Orders",
        owner=owner or Owner("Order desk", "orders@northwind.example"),
        lifecycle=lifecycle or Lifecycle(Stage.ACTIVE, date(2026, 1, 1)),
        rate_plan=rate_plan or RatePlan(),
        objective=objective or Objective("0.999", 250),
        data_class=DataClass.INTERNAL,
        operations=operations or ORDER_OPERATIONS,
    )
    everything = [list_orders, read_order, place_order, note_order]
    vars(module).update(POLICY=policy, handlers=everything if handlers is None else handlers)
    return module


ORDER_OPERATIONS = {
    "list": Operation("system:orders:read", TenantRule.BY_FILTER),
    "read": Operation("system:orders:read", TenantRule.BY_RECORD),
    "place": Operation(
        "system:orders:write", TenantRule.BY_RECORD, writes=True, idempotency_key=True
    ),
    "note": Operation("system:orders:write", TenantRule.BY_RECORD, writes=True),
}
