"""The CRM over HTTP: opportunities, and clients whose address is in its parts."""

from datetime import date
from typing import Annotated

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from msgspec import Meta, Struct

from governance.policy import (
    ApiPolicy,
    DataClass,
    Layer,
    Lifecycle,
    Objective,
    Owner,
    RatePlan,
    Stage,
)
from system_apis.answers import Fields, IfNoneMatch, fields_of, page_across, part_of, tagged
from system_apis.canonical.party import Address, Client, ClientStatus
from system_apis.canonical.record import Country, Id, Page, Source, Text
from system_apis.crm import opportunities_face
from system_apis.systems import Systems

POLICY = ApiPolicy(
    name="crm",
    layer=Layer.SYSTEM,
    version=2,
    title="Customer relationships",
    owner=Owner(team="Sales Systems", contact="sales-systems@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 27)),
    rate_plan=RatePlan(limit="600/minute"),
    objective=Objective(availability="0.995", latency_ms=500),
    data_class=DataClass.CONFIDENTIAL,
    operations=opportunities_face.OPERATIONS,
)
INTERNAL = ("changes",)


class PostalAddress(Struct, frozen=True):
    """A postal address in its parts, as an envelope and an e-invoice need them."""

    lines: Annotated[tuple[Text, ...], Meta(description="Street, building and floor, a line each.")]
    postal_code: Text
    city: Text
    country: Country
    subdivision: (
        Annotated[Text, Meta(description="The state, province or region, in the source's words.")]
        | None
    ) = None

    @classmethod
    def of(cls, address: Address) -> "PostalAddress":
        """Split an address."""
        lines = (line.strip(" ,") for line in address.street.splitlines())
        return cls(
            lines=tuple(line for line in lines if line),
            postal_code=address.postal_code,
            city=address.city,
            country=address.country,
            subdivision=address.region,
        )


class ClientRecord(Struct, frozen=True, kw_only=True):
    """A firm that buys services."""

    id: Id
    number: str
    legal_name: str
    country: str
    status: ClientStatus
    tax_id: str | None = None
    duns: str | None = None
    lei: str | None = None
    domain: str | None = None
    billing_address: PostalAddress | None = None
    payment_terms_days: int | None = None
    parent_client_id: Id | None = None
    einvoice_endpoints: tuple[str, ...] | None = None
    source: Source
    version: int = 1

    @classmethod
    def of(cls, client: Client) -> "ClientRecord":
        """Say the same in the words of this version."""
        address = client.billing_address
        return cls(
            id=client.id,
            number=client.number,
            legal_name=client.legal_name,
            country=client.country,
            status=client.status,
            tax_id=client.tax_id,
            duns=client.duns,
            lei=client.lei,
            domain=client.domain,
            billing_address=None if address is None else PostalAddress.of(address),
            payment_terms_days=client.payment_terms_days,
            parent_client_id=client.parent_client_id,
            einvoice_endpoints=client.einvoice_endpoints,
            source=client.source,
            version=client.version,
        )


@get("/clients", opt={"operation": "clients"})
async def clients(
    systems: NamedDependency[Systems],
    number: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[ClientRecord]:
    """Return clients in the order they were created, a page at a time."""
    crm = systems.crm
    if source is not None:
        found = await crm.client(await systems.id_of_source(source, "client"))
        return Page([ClientRecord.of(found)])
    page = await page_across(
        {crm.instance: crm}, cursor, lambda one, at: one.clients(number=number, cursor=at)
    )
    return Page([ClientRecord.of(each) for each in page.items], page.next_cursor)


@get("/clients/{client_id:str}", opt={"operation": "client"})
async def client(
    systems: NamedDependency[Systems],
    client_id: FromPath[str],
    fields: FromQuery[Fields | None] = None,
    if_none_match: IfNoneMatch = None,
) -> Response[ClientRecord | None]:
    """Return one client: the whole record, or only the fields that are named with commas."""
    names = fields_of(ClientRecord, fields)
    record = ClientRecord.of(await systems.crm.client(client_id))
    return part_of(record, names) if names else tagged(record, if_none_match)


handlers = [*opportunities_face.handlers, clients, client]
