"""AZ-24: a total over people is shown to all, unless it is over one: then it is that person's."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from litestar import Response, get
from litestar.params import FromPath
from msgspec.structs import replace

from experience_apis.delivery.projects import MarginView, ProjectView
from gateway.apis import APIS
from gateway.mounting import read_api
from process_apis.engagements import EngagementStatus
from system_apis.canonical.money import Money
from system_apis.canonical.record import Page
from system_apis.restricted import restricted_within
from tests.gateway.house import House, running
from tests.gateway.orders import ORDER_OPERATIONS, orders_api

READ, COST = "system:orders:read", "system:psa:read_cost"
EXECUTIVE = "/experience/executive/v1"
PERSONAL = {
    (EXECUTIVE, "Utilization", "firm"),
    (EXECUTIVE, "Utilization", "by_employee"),
    (EXECUTIVE, "UtilizedPart", "utilized"),
    (EXECUTIVE, "ForecastAccuracy", "firm"),
    (EXECUTIVE, "TimeEntryCompliance", "firm"),
    (EXECUTIVE, "TimeEntryCompliance", "not_on_time"),
    (EXECUTIVE, "CompliancePart", "compliance"),
}
LABOR, OTHER = b'"60.00"', b'"95.00"'


def _project(people: int) -> ProjectView:
    revenue, cost = Money("200.00", "USD"), Money("60.00" if people == 1 else "95.00", "USD")
    return ProjectView(
        project_number=f"P-{people}",
        name="Audit",
        client_number="CL-1",
        client_name="Client",
        legal_entity="NWA-US",
        currency="USD",
        billing_model="time_and_materials",
        project_manager="Paula",
        status=EngagementStatus.ACTIVE,
        agreed_at=datetime(2026, 10, 1, tzinfo=UTC),
        activated_at=None,
        margin=MarginView(
            revenue=revenue,
            labor_cost=cost,
            expenses=Money.zero("USD"),
            margin=revenue - cost,
            margin_share=Decimal("0.5"),
            people=people,
        ),
    )


@get("/projects", opt={"operation": "list"})
async def listed() -> Page[ProjectView]:
    """Return a project of nobody, one of one person, and one of two."""
    return Page([_project(0), _project(1), _project(2)])


@get("/projects/{people:str}", opt={"operation": "read"})
async def one(people: FromPath[str]) -> Response[ProjectView]:
    """Return a project of some people."""
    return Response(_project(int(people)))


API = orders_api(
    handlers=[listed, one],
    operations={name: ORDER_OPERATIONS[name] for name in ("list", "read")},
)


@pytest.mark.parametrize("scopes", [{READ}, {READ, COST}], ids=["without", "with"])
async def test_az_24_the_margin_of_one_person_is_for_who_may_see_costs(
    tmp_path: Path, scopes: set[str]
) -> None:
    """In a page, and alone: the others' margins stay, and so does the rest of the project."""
    house = House(tmp_path)
    token = house.token(scopes=frozenset(scopes))
    async with running(house.app(API), house) as caller:
        answers = [
            await caller.send("GET", f"/system/orders/v1/projects{path}", token=token)
            for path in ("", "/1", "/2")
        ]

    page, alone, pair = (answer.body for answer in answers)
    shown = COST in scopes
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert (LABOR in page, LABOR in alone) == (shown, shown)
    assert b'"margin"' in alone if shown else b'"margin"' not in alone
    assert (OTHER in page, OTHER in pair) == (True, True)
    assert page.count(b'"project_number"') == 3


def test_az_24_above_the_systems_only_what_rests_on_costs_or_tells_of_few_takes_a_scope() -> None:
    """Margins and revenue rest on costs, and what tells of few people is personal."""
    held = {
        (read_api(module).policy.path, each.record, each.field)
        for module in APIS
        for mounted in read_api(module).operations
        for each in restricted_within(mounted.handler.fn.__annotations__["return"])
        if read_api(module).policy.layer != "system"
    }

    assert (
        held
        == {
            ("/experience/delivery/v1", "ProjectView", "margin"),
            ("/experience/executive/v1", "GroupFigures", "costs"),
            ("/experience/finance/v1", "GroupFigures", "costs"),
            ("/experience/finance/v1", "ProjectStanding", "costs"),
            ("/experience/staffing/v1", "ForecastRow", "revenue_by_cost"),
            ("/process/change-requests/v1", "ChangeFigures", "forecast"),
            ("/process/change-requests/v1", "ChangeFigures", "percent_complete_after"),
            ("/process/change-requests/v1", "ChangeFigures", "percent_complete_before"),
            ("/process/procure-to-pay/v1", "OrderRequest", "margin"),
            ("/process/resource-to-revenue/v1", "Fitting", "margin"),
            ("/process/revenue/v1", "ProjectStanding", "costs"),
            ("/process/revenue/v1", "RevenueBasis", "cost_incurred"),
            ("/process/revenue/v1", "RevenueBasis", "estimate_at_completion"),
        }
        | PERSONAL
    )


async def test_a_project_without_a_margin_says_so_to_everybody(tmp_path: Path) -> None:
    """What is not there keeps no secret: `null` is told, and nothing is left out."""
    house = House(tmp_path)

    @get("/projects", opt={"operation": "list"})
    async def without() -> ProjectView:
        """Return a project whose margin is not known."""
        return replace(_project(2), margin=None)

    api = orders_api(handlers=[without], operations={"list": ORDER_OPERATIONS["list"]})
    async with running(house.app(api), house) as caller:
        token = house.token(scopes=frozenset({READ}))
        answer = await caller.send("GET", "/system/orders/v1/projects", token=token)

    assert b'"margin":null' in answer.body
