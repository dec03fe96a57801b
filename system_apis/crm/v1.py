"""The CRM over HTTP, first version: opportunities, and clients with one line of street."""

from datetime import UTC, date, datetime

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from governance.policy import (
    ApiPolicy,
    Brownout,
    DataClass,
    Layer,
    Lifecycle,
    Objective,
    Owner,
    RatePlan,
    Stage,
)
from system_apis.answers import IfNoneMatch, page_across, tagged
from system_apis.canonical.party import Client
from system_apis.canonical.record import Page
from system_apis.crm import opportunities_face
from system_apis.systems import Systems

POLICY = ApiPolicy(
    name="crm",
    layer=Layer.SYSTEM,
    version=1,
    title="Customer relationships",
    owner=Owner(team="Sales Systems", contact="sales-systems@strata.example"),
    lifecycle=Lifecycle(
        stage=Stage.DEPRECATED,
        since=date(2026, 11, 23),
        deprecated_on=date(2026, 11, 27),
        sunset_on=date(2027, 11, 30),
        successor="/system/crm/v2",
        brownouts=(
            Brownout(
                datetime(2027, 10, 19, 9, tzinfo=UTC), datetime(2027, 10, 19, 9, 15, tzinfo=UTC)
            ),
            Brownout(datetime(2027, 11, 16, 9, tzinfo=UTC), datetime(2027, 11, 16, 10, tzinfo=UTC)),
        ),
    ),
    rate_plan=RatePlan(limit="600/minute"),
    objective=Objective(availability="0.995", latency_ms=500),
    data_class=DataClass.CONFIDENTIAL,
    operations=opportunities_face.OPERATIONS,
)
INTERNAL = ("changes",)


@get("/clients", opt={"operation": "clients"})
async def clients(
    systems: NamedDependency[Systems],
    number: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Client]:
    """Return clients in the order they were created, a page at a time."""
    crm = systems.crm
    if source is not None:
        return Page([await crm.client(await systems.id_of_source(source, "client"))])
    return await page_across(
        {crm.instance: crm}, cursor, lambda one, at: one.clients(number=number, cursor=at)
    )


@get("/clients/{client_id:str}", opt={"operation": "client"})
async def client(
    systems: NamedDependency[Systems],
    client_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[Client | None]:
    """Return one client."""
    return tagged(await systems.crm.client(client_id), if_none_match)


handlers = [*opportunities_face.handlers, clients, client]
