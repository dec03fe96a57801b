"""Procurement over HTTP: vendors, purchase orders, service receipts and vendor bills."""

from datetime import date
from typing import Annotated

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct

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
from system_apis.answers import IdempotencyKey, IfNoneMatch, command_key, page_across, tagged
from system_apis.canonical.procurement import (
    OrderRevision,
    PurchaseOrder,
    PurchaseOrderDraft,
    ServiceReceipt,
    ServiceReceiptDraft,
    Vendor,
    VendorBill,
    VendorBillDraft,
)
from system_apis.canonical.record import Page, Text
from system_apis.systems import Systems

_READ = Operation(scope="system:procurement:read", tenants=TenantRule.BY_RECORD)
_FIRM_WIDE = Operation(scope="system:procurement:read", tenants=TenantRule.FIRM_WIDE)
_BANK_ACCOUNTS = Operation(
    scope="system:procurement:read", tenants=TenantRule.FIRM_WIDE, sensitive=True
)
_WRITE = Operation(
    scope="system:procurement:write",
    tenants=TenantRule.BY_RECORD,
    writes=True,
    idempotency_key=True,
)
_BILL = Operation(
    scope="system:procurement:record_bill",
    tenants=TenantRule.BY_RECORD,
    writes=True,
    idempotency_key=True,
)
POLICY = ApiPolicy(
    name="procurement",
    layer=Layer.SYSTEM,
    version=1,
    title="Vendors, orders and bills",
    owner=Owner(team="Procurement Systems", contact="procurement-systems@strata.example"),
    lifecycle=Lifecycle(stage=Stage.ACTIVE, since=date(2026, 11, 24)),
    rate_plan=RatePlan(limit="600/minute"),
    objective=Objective(availability="0.995", latency_ms=800),
    data_class=DataClass.RESTRICTED,
    operations={
        "vendor": _BANK_ACCOUNTS,
        "vendors": _BANK_ACCOUNTS,
        "purchase_order": _READ,
        "purchase_orders": _READ,
        "purchase_order_by_key": _READ,
        "create_purchase_order": _WRITE,
        "revise_purchase_order": _WRITE,
        "approve_purchase_order": _WRITE,
        "send_purchase_order": _WRITE,
        "cancel_purchase_order": _WRITE,
        "receipt": _READ,
        "receipts": _READ,
        "receipt_by_key": _READ,
        "record_receipt": _WRITE,
        "reverse_receipt": _WRITE,
        "bill": _READ,
        "bills": _READ,
        "bill_by_key": _READ,
        "record_bill": _BILL,
        "dispute_bill": _WRITE,
        "approve_bill": _WRITE,
        "record_contractor_hours": Operation(
            scope="system:procurement:write", tenants=TenantRule.BY_RECORD, writes=True
        ),
        "changes": _FIRM_WIDE,
    },
)
INTERNAL = (
    "purchase_order_by_key",
    "receipt_by_key",
    "bill_by_key",
    "record_contractor_hours",
    "changes",
)


class OrderApproval(Struct, frozen=True, forbid_unknown_fields=True):
    """The revision of an order that is approved."""

    revision: Annotated[int, Meta(ge=1, le=1_000_000)]


class BillDispute(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a bill is disputed; the vendor is told."""

    reason: Text


@get("/vendors", opt={"operation": "vendors"})
async def vendors(
    systems: NamedDependency[Systems],
    number: FromQuery[str | None] = None,
    tax_id: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[Vendor]:
    """Return vendors in the order they were created, a page at a time."""
    system = systems.procurement
    if source is not None:
        return Page([await system.vendor(await systems.id_of_source(source, "vendor"))])
    return await page_across(
        {system.instance: system},
        cursor,
        lambda one, at: one.vendors(number=number, tax_id=tax_id, cursor=at),
    )


@get("/vendors/{vendor_id:str}", opt={"operation": "vendor"})
async def vendor(
    systems: NamedDependency[Systems],
    vendor_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[Vendor | None]:
    """Return one vendor."""
    return tagged(await systems.procurement.vendor(vendor_id), if_none_match)


@get("/purchase-orders", opt={"operation": "purchase_orders"})
async def purchase_orders(
    systems: NamedDependency[Systems],
    number: FromQuery[str | None] = None,
    project_number: FromQuery[str | None] = None,
    legal_entity: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[PurchaseOrder]:
    """Return purchase orders in the order they were created, a page at a time."""
    system = systems.procurement
    if source is not None:
        found = await systems.id_of_source(source, "purchase_order")
        return Page([await system.purchase_order(found)])
    return await page_across(
        {system.instance: system},
        cursor,
        lambda one, at: one.purchase_orders(
            number=number, project_number=project_number, legal_entity=legal_entity, cursor=at
        ),
    )


@get("/purchase-orders/{purchase_order_id:str}", opt={"operation": "purchase_order"})
async def purchase_order(
    systems: NamedDependency[Systems],
    purchase_order_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[PurchaseOrder | None]:
    """Return one purchase order."""
    return tagged(await systems.procurement.purchase_order(purchase_order_id), if_none_match)


@post("/purchase-orders", opt={"operation": "create_purchase_order"})
async def create_purchase_order(
    systems: NamedDependency[Systems],
    data: JSONBody[PurchaseOrderDraft],
    idempotency_key: IdempotencyKey,
) -> PurchaseOrder:
    """Write an order that waits for approval."""
    key = command_key(idempotency_key)
    return await systems.procurement.create_purchase_order(data, key=key)


@post(
    "/purchase-orders/{purchase_order_id:str}/revisions",
    opt={"operation": "revise_purchase_order"},
)
async def revise_purchase_order(
    systems: NamedDependency[Systems],
    purchase_order_id: FromPath[str],
    data: JSONBody[OrderRevision],
    idempotency_key: IdempotencyKey,
) -> PurchaseOrder:
    """Put other lines in the place of an order's own; it may have to be approved again."""
    key = command_key(idempotency_key)
    return await systems.procurement.revise_purchase_order(purchase_order_id, data, key=key)


@post(
    "/purchase-orders/{purchase_order_id:str}/approval",
    status_code=200,
    opt={"operation": "approve_purchase_order"},
)
async def approve_purchase_order(
    systems: NamedDependency[Systems],
    purchase_order_id: FromPath[str],
    data: JSONBody[OrderApproval],
    idempotency_key: IdempotencyKey,
) -> PurchaseOrder:
    """Say that one revision of an order is approved."""
    return await systems.procurement.approve_purchase_order(
        purchase_order_id, revision=data.revision, key=command_key(idempotency_key)
    )


@post(
    "/purchase-orders/{purchase_order_id:str}/sending",
    status_code=200,
    opt={"operation": "send_purchase_order"},
)
async def send_purchase_order(
    systems: NamedDependency[Systems],
    purchase_order_id: FromPath[str],
    idempotency_key: IdempotencyKey,
) -> PurchaseOrder:
    """Send an approved order to its vendor."""
    key = command_key(idempotency_key)
    return await systems.procurement.send_purchase_order(purchase_order_id, key=key)


@post(
    "/purchase-orders/{purchase_order_id:str}/cancellation",
    status_code=200,
    opt={"operation": "cancel_purchase_order"},
)
async def cancel_purchase_order(
    systems: NamedDependency[Systems],
    purchase_order_id: FromPath[str],
    idempotency_key: IdempotencyKey,
) -> PurchaseOrder:
    """Take an order back of which nothing was received."""
    key = command_key(idempotency_key)
    return await systems.procurement.cancel_purchase_order(purchase_order_id, key=key)


@get("/receipts", opt={"operation": "receipts"})
async def receipts(
    systems: NamedDependency[Systems],
    purchase_order_number: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[ServiceReceipt]:
    """Return receipts in the order they were recorded, reversed ones too."""
    system = systems.procurement
    return await page_across(
        {system.instance: system},
        cursor,
        lambda one, at: one.receipts(purchase_order_number=purchase_order_number, cursor=at),
    )


@get("/receipts/{receipt_id:str}", opt={"operation": "receipt"})
async def receipt(
    systems: NamedDependency[Systems],
    receipt_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[ServiceReceipt | None]:
    """Return one service receipt."""
    return tagged(await systems.procurement.receipt(receipt_id), if_none_match)


@post("/purchase-orders/{purchase_order_id:str}/receipts", opt={"operation": "record_receipt"})
async def record_receipt(
    systems: NamedDependency[Systems],
    purchase_order_id: FromPath[str],
    data: JSONBody[ServiceReceiptDraft],
    idempotency_key: IdempotencyKey,
) -> ServiceReceipt:
    """Record services that were accepted, never more than was ordered and tolerated."""
    key = command_key(idempotency_key)
    return await systems.procurement.record_receipt(purchase_order_id, data, key=key)


@post("/receipts/{receipt_id:str}/reversal", status_code=200, opt={"operation": "reverse_receipt"})
async def reverse_receipt(
    systems: NamedDependency[Systems],
    receipt_id: FromPath[str],
    idempotency_key: IdempotencyKey,
) -> ServiceReceipt:
    """Take back a receipt that no bill rests on."""
    return await systems.procurement.reverse_receipt(receipt_id, key=command_key(idempotency_key))


@get("/bills", opt={"operation": "bills"})
async def bills(
    systems: NamedDependency[Systems],
    number: FromQuery[str | None] = None,
    vendor_id: FromQuery[str | None] = None,
    purchase_order_number: FromQuery[str | None] = None,
    legal_entity: FromQuery[str | None] = None,
    source: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
) -> Page[VendorBill]:
    """Return vendor bills in the order they were recorded, a page at a time."""
    system = systems.procurement
    if source is not None:
        return Page([await system.bill(await systems.id_of_source(source, "bill"))])
    return await page_across(
        {system.instance: system},
        cursor,
        lambda one, at: one.bills(
            number=number,
            vendor_id=vendor_id,
            purchase_order_number=purchase_order_number,
            legal_entity=legal_entity,
            cursor=at,
        ),
    )


@get("/bills/{bill_id:str}", opt={"operation": "bill"})
async def bill(
    systems: NamedDependency[Systems],
    bill_id: FromPath[str],
    if_none_match: IfNoneMatch = None,
) -> Response[VendorBill | None]:
    """Return one vendor bill."""
    return tagged(await systems.procurement.bill(bill_id), if_none_match)


@post("/bills", opt={"operation": "record_bill"})
async def record_bill(
    systems: NamedDependency[Systems],
    data: JSONBody[VendorBillDraft],
    idempotency_key: IdempotencyKey,
) -> VendorBill:
    """Record a bill that came in; a second one of the vendor's with its number is refused."""
    return await systems.procurement.record_bill(data, key=command_key(idempotency_key))


@post("/bills/{bill_id:str}/dispute", status_code=200, opt={"operation": "dispute_bill"})
async def dispute_bill(
    systems: NamedDependency[Systems],
    bill_id: FromPath[str],
    data: JSONBody[BillDispute],
    idempotency_key: IdempotencyKey,
) -> VendorBill:
    """Tell the vendor that its bill is disputed, and why."""
    key = command_key(idempotency_key)
    return await systems.procurement.dispute_bill(bill_id, data.reason, key=key)


@post("/bills/{bill_id:str}/approval", status_code=200, opt={"operation": "approve_bill"})
async def approve_bill(
    systems: NamedDependency[Systems],
    bill_id: FromPath[str],
    idempotency_key: IdempotencyKey,
) -> VendorBill:
    """Approve a bill for posting."""
    return await systems.procurement.approve_bill(bill_id, key=command_key(idempotency_key))


handlers = [
    vendors,
    vendor,
    purchase_orders,
    purchase_order,
    create_purchase_order,
    revise_purchase_order,
    approve_purchase_order,
    send_purchase_order,
    cancel_purchase_order,
    receipts,
    receipt,
    record_receipt,
    reverse_receipt,
    bills,
    bill,
    record_bill,
    dispute_bill,
    approve_bill,
]
