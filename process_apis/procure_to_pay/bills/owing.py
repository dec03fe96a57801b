"""How a bill stands in the books, and what keeps it from being paid. Pure decisions.

Source: domain handbook, 3(e) 10 to 12.
"""

from collections.abc import Sequence
from decimal import Decimal

from msgspec.structs import replace

from process_apis.procure_to_pay.records import BillCase, Hold
from process_apis.procure_to_pay.rules import bank_is_verified
from system_apis.canonical.billing import Invoice, InvoiceStatus
from system_apis.canonical.money import Money
from system_apis.canonical.payables import PayableDraft, PayableKind, PayableLine
from system_apis.canonical.procurement import Vendor, VendorBillDraft


def assessed(case: BillCase) -> Money:
    """Return the tax that the company owes itself on a bill, nothing where the vendor charges."""
    return case.self_assessed or Money.zero(case.bill.currency)


def payable(case: BillCase, vendor: Vendor) -> PayableDraft:
    """Return a bill as it is to stand in the books."""
    bill = case.bill
    return PayableDraft(
        legal_entity=case.legal_entity,
        vendor_number=vendor.number,
        vendor_name=vendor.legal_name,
        bill_number=bill.number,
        currency=bill.currency,
        issue_date=bill.issue_date,
        due_date=bill.due_date,
        lines=tuple(
            PayableLine(
                description=line.description,
                project_number=case.project_number,
                quantity=line.quantity,
                unit_price=line.unit_price,
                net=line.net,
            )
            for line in bill.lines
        ),
        net=bill.net,
        tax=bill.tax,
        gross=bill.gross,
        self_assessed_rate=case.self_assessed_rate or Decimal(0),
        self_assessed=assessed(case),
        held=bool(case.holds),
    )


def holds(
    bill: VendorBillDraft,
    vendor: Vendor,
    called_back: frozenset[tuple[str, str]],
    invoices: Sequence[Invoice],
) -> tuple[Hold, ...]:
    """Return what keeps a bill from being paid.

    `invoices` are the client's for the same project: with a paid-when-paid clause all of them
    up to the bill's due date must be paid, and one of them must be at least as new as the bill's
    month.
    """
    kept = []
    if not bank_is_verified(vendor, called_back):
        kept.append(Hold.BANK_UNVERIFIED)
    if bill.paid_when_paid:
        asked = [
            each
            for each in invoices
            if each.status is not InvoiceStatus.VOID and each.issue_date <= bill.due_date
        ]
        since = bill.issue_date.replace(day=1)
        is_billed = any(each.issue_date >= since for each in asked)
        if not is_billed or any(each.status is not InvoiceStatus.PAID for each in asked):
            kept.append(Hold.PAID_WHEN_PAID)
    return tuple(kept)


def vendor_credit(case: BillCase, vendor: Vendor) -> PayableDraft:
    """Return what takes a posted bill out of what is owed, as the vendor credits it."""
    return replace(
        payable(case, vendor),
        kind=PayableKind.CREDIT,
        bill_number=case.credit_number or "",
        corrects=case.bill.number,
        issue_date=case.credit_date or case.bill.issue_date,
        due_date=case.credit_date or case.bill.issue_date,
        held=False,
    )
