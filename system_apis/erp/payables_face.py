"""The ERP over HTTP, as far as it is about what is owed to vendors."""

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody

from system_apis.answers import (
    IdempotencyKey,
    IfNoneMatch,
    command_key,
    page_across,
    require_entity,
    tagged,
)
from system_apis.canonical.payables import Payable, PayableDraft
from system_apis.canonical.record import Page
from system_apis.systems import Systems


@get("/payables", opt={"operation": "payables"})
async def payables(
    systems: NamedDependency[Systems],
    bill_number: FromQuery[str | None] = None,
    vendor_number: FromQuery[str | None] = None,
    legal_entity: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Payable]:
    """Return what is owed to vendors, a page at a time, one ERP after the other."""
    return await page_across(
        systems.erps,
        cursor,
        lambda erp, at: erp.payables(
            bill_number=bill_number,
            vendor_number=vendor_number,
            legal_entity=legal_entity,
            cursor=at,
        ),
    )


@get("/payables/{payable_id:str}", opt={"operation": "payable"})
async def payable(
    systems: NamedDependency[Systems],
    payable_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[Payable | None]:
    """Return one payable."""
    erp = await systems.erp_of(payable_id)
    return tagged(await erp.payable(payable_id), if_none_match)


@post("/payables", opt={"operation": "create_payable"})
async def create_payable(
    systems: NamedDependency[Systems],
    data: JSONBody[PayableDraft],
    idempotency_key: IdempotencyKey,
) -> Payable:
    """Write a vendor's bill or credit; nothing is posted yet."""
    require_entity(data.legal_entity)
    erp = systems.erp(data.legal_entity, on=data.issue_date)
    return await erp.create_payable(data, key=command_key(idempotency_key))


@post("/payables/{payable_id:str}/posting", status_code=200, opt={"operation": "post_payable"})
async def post_payable(
    systems: NamedDependency[Systems],
    payable_id: FromPath[str],
    idempotency_key: IdempotencyKey,
) -> Payable:
    """Post a payable, which gives it a number of the books."""
    erp = await systems.erp_of(payable_id)
    return await erp.post_payable(payable_id, key=command_key(idempotency_key))


@post("/payables/{payable_id:str}/release", status_code=200, opt={"operation": "release_payable"})
async def release_payable(
    systems: NamedDependency[Systems],
    payable_id: FromPath[str],
    idempotency_key: IdempotencyKey,
) -> Payable:
    """Let a payable be paid that was held."""
    erp = await systems.erp_of(payable_id)
    return await erp.release_payable(payable_id, key=command_key(idempotency_key))


handlers = [payables, payable, create_payable, post_payable, release_payable]
