"""Orders, receipts and bills, as the tests of a procurement system write them."""

from datetime import UTC, date, datetime
from decimal import Decimal

from system_apis.canonical.money import Money, Price
from system_apis.canonical.procurement import (
    BillLine,
    OrderLineDraft,
    OrderUnit,
    PurchaseOrder,
    PurchaseOrderDraft,
    ReceiptSource,
    ServiceReceiptDraft,
    Vendor,
    VendorBillDraft,
)
from system_apis.procurement.interface import Procurement

NOON = datetime(2026, 10, 31, 12, tzinfo=UTC)


def order_line(
    quantity: str, rate: str, *, currency: str = "EUR", tolerance: str = "0"
) -> OrderLineDraft:
    """Return a line of some hours."""
    return OrderLineDraft(
        project_number="P-900",
        role="Specialist",
        contractor="C-900",
        unit=OrderUnit.HOURS,
        quantity=Decimal(quantity),
        rate=Price(rate, currency),
        receipt_tolerance=Decimal(tolerance),
        start=date(2026, 10, 1),
        end=date(2026, 11, 30),
    )


def order_draft(
    vendor: Vendor,
    *lines: OrderLineDraft,
    legal_entity: str = "NWA-DE",
) -> PurchaseOrderDraft:
    """Return an order of some lines, of ten hours unless told."""
    wanted = lines or (order_line("10", "70.00"),)
    return PurchaseOrderDraft(
        vendor_id=vendor.id,
        legal_entity=legal_entity,
        currency=wanted[0].rate.currency,
        lines=wanted,
    )


def receipt_draft(quantity: str, *, line: int = 1) -> ServiceReceiptDraft:
    """Return services of October that somebody accepted."""
    return ServiceReceiptDraft(
        line=line,
        start=date(2026, 10, 1),
        end=date(2026, 10, 31),
        quantity=Decimal(quantity),
        rests_on=ReceiptSource.TIME_ENTRIES,
        evidence=("TE-1", "TE-2"),
        accepted_by="U-1",
        accepted_at=NOON,
    )


def bill_draft(
    vendor: Vendor,
    number: str,
    order: PurchaseOrder | None,
    *,
    quantity: str = "8",
    price: str = "70.00",
    legal_entity: str = "NWA-DE",
    currency: str = "EUR",
) -> VendorBillDraft:
    """Return a bill of one line, on an order if one is given."""
    net = Money.of(Decimal(quantity) * Decimal(price), currency)
    line = BillLine(
        description="Hours",
        purchase_order_number=order.number if order else None,
        purchase_order_line=1 if order else None,
        quantity=Decimal(quantity),
        unit_price=Price(price, currency),
        net=net,
        tax=Money.zero(currency),
    )
    return VendorBillDraft(
        vendor_id=vendor.id,
        legal_entity=legal_entity,
        number=number,
        currency=currency,
        issue_date=date(2026, 10, 31),
        due_date=date(2026, 11, 30),
        lines=(line,),
        net=net,
        tax=Money.zero(currency),
        gross=net,
    )


async def a_vendor(procurement: Procurement) -> Vendor:
    """Return the first vendor that there is."""
    return (await procurement.vendors()).items[0]


async def sent(
    procurement: Procurement, mark: str, *lines: OrderLineDraft, legal_entity: str = "NWA-DE"
) -> PurchaseOrder:
    """Return an order that was created, approved and sent."""
    draft = order_draft(await a_vendor(procurement), *lines, legal_entity=legal_entity)
    made = await procurement.create_purchase_order(draft, key=f"{mark}-po")
    await procurement.approve_purchase_order(made.id, revision=1, key=f"{mark}-ok")
    return await procurement.send_purchase_order(made.id, key=f"{mark}-send")
