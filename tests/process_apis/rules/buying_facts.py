"""Orders, vendors and bills as the tests of buying need them."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from process_apis.procure_to_pay.bills.rules import Evidence, MatchFacts
from process_apis.procure_to_pay.records import BillCase
from system_apis.canonical.money import Money, Price, Rounding
from system_apis.canonical.procurement import (
    BankAccount,
    BillLine,
    BillStatus,
    OrderLine,
    OrderStatus,
    OrderUnit,
    PurchaseOrder,
    Vendor,
    VendorBillDraft,
    VendorStatus,
)
from system_apis.canonical.record import Source

DAY = date(2026, 10, 31)
NOW = datetime(2026, 10, 31, 12, tzinfo=UTC)
SOURCE = Source("procurement", "coupa", "x", "1")
VENDOR_ID, ORDER_ID = "vn_" + "0" * 26, "po_" + "0" * 26
VERIFIED = BankAccount(masked="**01", entered_by="a", verified_by="b", verified_at=NOW)


def vendor(
    status: VendorStatus = VendorStatus.ACTIVE,
    country: str = "NL",
    accounts: tuple[BankAccount, ...] = (VERIFIED,),
) -> Vendor:
    return Vendor(
        id=VENDOR_ID,
        number="VN-1",
        legal_name="Delta Data BV",
        country=country,
        status=status,
        bank_accounts=accounts,
        tax_form_on_file=True,
        insurance_expiry=DAY + timedelta(days=1),
        sanctions_checked_at=NOW,
        source=SOURCE,
    )


def order(hours: str = "100", rate: str = "70.00") -> PurchaseOrder:
    amount = Money.of(Decimal(hours) * Decimal(rate), "EUR")
    line = OrderLine(
        project_number="P-2001",
        role="Engineer",
        contractor="C901",
        unit=OrderUnit.HOURS,
        quantity=Decimal(hours),
        rate=Price(rate, "EUR"),
        number=1,
        amount=amount,
        received=Decimal(0),
    )
    return PurchaseOrder(
        id=ORDER_ID,
        number="PO-1",
        vendor_id=VENDOR_ID,
        legal_entity="NWA-DE",
        currency="EUR",
        status=OrderStatus.SENT,
        revision=1,
        reference=None,
        lines=(line,),
        total=amount,
        source=SOURCE,
    )


def bill(
    number: str,
    hours: str = "80",
    price: str = "70.00",
    *,
    currency: str = "EUR",
    tax: str = "0.00",
    on: date = DAY,
    order_number: str | None = "PO-1",
) -> VendorBillDraft:
    net = Money.of(Decimal(hours) * Decimal(price), currency)
    line = BillLine(
        description="Hours",
        purchase_order_number=order_number,
        purchase_order_line=1 if order_number else None,
        quantity=Decimal(hours),
        unit_price=Price(price, currency),
        net=net,
        tax=Money.of(tax, currency),
    )
    return VendorBillDraft(
        vendor_id=VENDOR_ID,
        legal_entity="NWA-DE",
        number=number,
        currency=currency,
        issue_date=on,
        due_date=on + timedelta(days=30),
        lines=(line,),
        net=net,
        tax=line.tax,
        gross=net + line.tax,
    )


def case(
    draft: VendorBillDraft, *, at: int = 0, stage: BillStatus = BillStatus.RECEIVED
) -> BillCase:
    return BillCase(
        id=f"vb_{draft.number}_{at}",
        arrival=f"mail-{at}",
        legal_entity="NWA-DE",
        vendor_id=VENDOR_ID,
        bill=draft,
        stage=stage,
        received_by="U-FI1",
        opened_at=NOW + timedelta(minutes=at),
    )


def facts(
    received: str = "80",
    *,
    worked: str = "0",
    of: Vendor | None = None,
    has_receipts: bool = True,
    country: str = "DE",
) -> MatchFacts:
    seen = Evidence(Decimal(received), has_receipts, Decimal(worked))
    return MatchFacts(
        vendor=of or vendor(),
        country=country,
        rounding=Rounding.HALF_UP,
        orders={"PO-1": order()},
        evidence={("PO-1", 1): seen},
        elsewhere={},
    )
