"""An order, a receipt and a bill that do not add up are none."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from system_apis.canonical.money import Money, Price
from system_apis.canonical.procurement import (
    BankAccount,
    OrderLine,
    OrderLineDraft,
    OrderStatus,
    OrderUnit,
    PurchaseOrder,
    Vendor,
    VendorBillDraft,
    VendorGap,
    VendorStatus,
    normalised,
)
from system_apis.canonical.record import Source
from tests.system_apis.sandbox.purchases import bill_draft, order_draft, order_line, receipt_draft

NOW = datetime(2026, 10, 31, 12, tzinfo=UTC)
SOURCE = Source("procurement", "procurement", "vendor", "1")
GOOD_ACCOUNT = BankAccount(masked="NL** 01", entered_by="ann", verified_by="bob", verified_at=NOW)
VENDOR = Vendor(
    id="vn_00000000000000000000000000",
    number="V-1",
    legal_name="One BV",
    country="NL",
    status=VendorStatus.ACTIVE,
    tax_form_on_file=True,
    bank_accounts=(GOOD_ACCOUNT,),
    sanctions_checked_at=NOW,
    insurance_expiry=date(2026, 10, 31),
    source=SOURCE,
)
LINE = OrderLine(
    number=1,
    project_number="P-1",
    role="Specialist",
    unit=OrderUnit.HOURS,
    quantity=Decimal("2.5"),
    rate=Price("70.333", "EUR"),
    amount=Money("175.83", "EUR"),
    received=Decimal(0),
)
ORDER = PurchaseOrder(
    id="po_00000000000000000000000000",
    number="PO-1",
    vendor_id=VENDOR.id,
    legal_entity="NWA-DE",
    currency="EUR",
    status=OrderStatus.SENT,
    revision=1,
    reference=None,
    lines=(LINE, LINE),
    total=Money("351.66", "EUR"),
    source=SOURCE,
)


@pytest.mark.parametrize(
    ("account", "gap"),
    [
        (GOOD_ACCOUNT, ()),
        (replace(GOOD_ACCOUNT, verified_by="ann"), (VendorGap.VERIFIED_BANK,)),
        (replace(GOOD_ACCOUNT, verified_at=None), (VendorGap.VERIFIED_BANK,)),
        (replace(GOOD_ACCOUNT, verified_by=None), (VendorGap.VERIFIED_BANK,)),
    ],
)
def test_a_bank_account_counts_when_a_second_person_has_verified_it(
    account: BankAccount, gap: tuple[VendorGap, ...]
) -> None:
    """Who entered it cannot vouch for it."""
    vendor = replace(VENDOR, bank_accounts=(account,))

    assert vendor.gaps(NOW) == gap


@pytest.mark.parametrize(
    ("vendor", "gap"),
    [
        (replace(VENDOR, tax_form_on_file=False), VendorGap.TAX_FORM),
        (replace(VENDOR, insurance_expiry=date(2026, 10, 30)), VendorGap.INSURANCE),
        (
            replace(VENDOR, sanctions_checked_at=NOW.replace(year=2025)),
            VendorGap.SANCTIONS_CHECK,
        ),
    ],
)
def test_an_active_vendor_lacks_what_is_missing_or_has_run_out(
    vendor: Vendor, gap: VendorGap
) -> None:
    """A check is good for less than a year, an insurance through its last day."""
    assert VENDOR.gaps(NOW) == ()
    assert vendor.gaps(NOW) == (gap,)


def test_a_lines_amount_is_quantity_times_rate_rounded_either_way() -> None:
    """By less than the smallest unit of its currency."""
    assert replace(LINE, amount=Money("175.84", "EUR")).amount.amount == "175.84"
    with pytest.raises(ValueError, match="quantity x rate"):
        replace(LINE, amount=Money("175.85", "EUR"))
    with pytest.raises(ValueError, match="quantity x rate"):
        replace(LINE, rate=Price("70", "EUR"), amount=Money("175.01", "EUR"))


def test_an_orders_total_is_the_sum_of_its_lines() -> None:
    """To the cent."""
    with pytest.raises(ValueError, match="sum of its lines"):
        replace(ORDER, total=Money("351.67", "EUR"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"quantity": Decimal(0)}, "more than nothing"),
        ({"quantity": Decimal("100000.01")}, "at most"),
        ({"quantity": Decimal("0.00001")}, "four decimals"),
        ({"quantity": Decimal("NaN")}, "more than nothing"),
        ({"quantity": Decimal("sNaN")}, "more than nothing"),
        ({"rate": Price("0", "EUR")}, "rate"),
        ({"receipt_tolerance": Decimal("NaN")}, "tolerance"),
        ({"receipt_tolerance": Decimal("1.01")}, "tolerance"),
        ({"receipt_tolerance": Decimal("-0.01")}, "tolerance"),
        ({"unit": OrderUnit.LUMP}, "lump sum"),
        ({"end": date(2026, 9, 30)}, "first day"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused(change: dict[str, object], said: str) -> None:
    """Each in a sentence of its own."""
    good = order_line("10", "70")

    with pytest.raises(ValueError, match=said):
        OrderLineDraft(**{name: getattr(good, name) for name in good.__struct_fields__} | change)


def test_an_order_has_one_currency() -> None:
    """Its own."""
    with pytest.raises(ValueError, match="currency"):
        order_draft(VENDOR, order_line("1", "70"), order_line("1", "70", currency="USD"))


def test_a_receipts_period_does_not_end_before_it_begins() -> None:
    """A day is a period too."""
    draft = receipt_draft("1")

    assert replace(draft, start=draft.end).end == draft.end
    with pytest.raises(ValueError, match="first day"):
        replace(draft, end=date(2026, 9, 30))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"net": Money("560.01", "EUR")}, "net is"),
        ({"tax": Money("0.01", "EUR")}, "tax is"),
        ({"gross": Money("560.01", "EUR")}, "gross is"),
        ({"due_date": date(2026, 10, 30)}, "due"),
        ({"number": " -/"}, "letter or a digit"),
    ],
)
def test_a_bill_that_does_not_add_up_is_refused(change: dict[str, object], said: str) -> None:
    """Whether it is right is another question."""
    good = bill_draft(VENDOR, "B-1", None)

    with pytest.raises(ValueError, match=said):
        VendorBillDraft(**{name: getattr(good, name) for name in good.__struct_fields__} | change)


def test_a_bill_line_names_an_order_together_with_its_line() -> None:
    """One without the other leads nowhere."""
    [line] = bill_draft(VENDOR, "B-1", ORDER).lines

    with pytest.raises(ValueError, match="together"):
        replace(line, purchase_order_line=None)


def test_a_number_is_the_same_however_it_is_spelled() -> None:
    """Letters and digits make it, in any script."""
    assert normalised("ab 12-c") == normalised("AB/12.C") == "AB12C"
    assert normalised("№ Ä-7") == normalised("№Ä7".lower())
    assert normalised("AB-12") != normalised("AB-12-C")
