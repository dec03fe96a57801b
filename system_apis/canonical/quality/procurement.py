"""What is wrong with what is bought: rules DQ-V1 to DQ-V5 of the domain handbook, 5.

A fact that is not known is None, and nothing is said of it. Each rule returns what it found.
"""

from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.procurement import (
    BillStatus,
    OrderLine,
    ReceiptSource,
    ServiceReceipt,
    Vendor,
    VendorBill,
    VendorGap,
    VendorStatus,
    normalised,
)

_TAKEN_BACK = {BillStatus.VOID, BillStatus.DUPLICATE}


class VendorFacts(Struct, frozen=True, kw_only=True):
    """A vendor at a moment."""

    vendor: Vendor
    now: datetime


class BillFacts(Struct, frozen=True, kw_only=True):
    """A bill, and the other bills of its vendor."""

    bill: VendorBill
    others: tuple[VendorBill, ...] = ()


class ReceiptFacts(Struct, frozen=True, kw_only=True):
    """A service receipt, the order line it is of, and how many hours of it were approved."""

    receipt: ServiceReceipt
    line: OrderLine | None = None
    approved_hours: Decimal | None = None


def vendor_not_cleared(facts: VendorFacts) -> str | None:
    """DQ-V1: only an active, insured vendor gets an order."""
    vendor = facts.vendor
    if vendor.status is not VendorStatus.ACTIVE:
        return f"status is {vendor.status}"
    lapsed = VendorGap.INSURANCE in vendor.gaps(facts.now)
    return f"insurance_expiry is {vendor.insurance_expiry}" if lapsed else None


def bank_unverified(facts: VendorFacts) -> str | None:
    """DQ-V2: every bank account was verified by a second person, who called back."""
    accounts = facts.vendor.bank_accounts or ()
    open_ones = [each.masked for each in accounts if not each.is_verified]
    return f"bank_accounts {', '.join(open_ones)} are not verified" if open_ones else None


def billed_before(facts: BillFacts) -> str | None:
    """DQ-V3: a vendor bills a number once; recording it again is refused (DUPLICATE_BILL)."""
    bill = facts.bill
    twins = [
        each.number
        for each in facts.others
        if each.id != bill.id
        and not _TAKEN_BACK & {each.status, bill.status}
        and each.vendor_id == bill.vendor_id
        and normalised(each.number) == normalised(bill.number)
    ]
    return f"number {bill.number} was billed as {', '.join(twins)}" if twins else None


def over_order(facts: ReceiptFacts) -> str | None:
    """DQ-V4: no more is received than was ordered; recording it is refused (OVER_RECEIPT)."""
    line = facts.line
    if line is None or facts.receipt.is_reversed:
        return None
    most = line.quantity * (1 + line.receipt_tolerance)
    over = line.received > most
    return f"quantity received is {line.received} of {line.quantity}" if over else None


def hours_not_approved(facts: ReceiptFacts) -> str | None:
    """DQ-V5: what rests on hours is not more than the hours that were approved."""
    receipt, hours = facts.receipt, facts.approved_hours
    if receipt.rests_on is not ReceiptSource.TIME_ENTRIES or hours is None:
        return None
    over = not receipt.is_reversed and hours < receipt.quantity
    return f"quantity {receipt.quantity} rests on {hours} approved hours" if over else None
