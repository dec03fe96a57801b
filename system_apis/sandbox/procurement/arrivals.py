"""When the firm's vendor, its order and its bills show in the procurement system.

The fixture dates neither vendor nor order, so both are dated by the contractor's first booking:
the vendor's onboarding was done two weeks before it, the order was issued the day before it.
A bill arrives at its moment; one without a moment is yet to be sent, and whoever plays the
vendor sends it. One that repeats a number that came before is turned away at the door.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import msgspec

from system_apis.sandbox import firm as facts
from system_apis.sandbox import purchasing
from system_apis.sandbox.books import Fact
from system_apis.sandbox.procurement.orders import Numbers
from system_apis.sandbox.procurement.records import (
    Code,
    Invoice,
    InvoiceLine,
    Named,
    OrderFields,
    OrderLine,
    OrderLineRef,
    PurchaseOrder,
    RemitTo,
    Supplier,
    SupplierRef,
    Task,
)
from system_apis.sandbox.rounding import rounded

_SUPPLIER, _ORDER = "801", "4001"
_ONBOARDED_BEFORE = timedelta(days=14)
_INSURED_FOR = timedelta(days=365)
_DAY = timedelta(days=1)
_TERMS = 30
# The system's own rule: what must be done before a supplier can be ordered from.
_REQUIRED = {"tax_form", "bank_verified", "sanctions_check", "insurance"}
_NUMBER = re.compile(r"(.*?)(\d{1,9})")


def numbers(firm: facts.Firm) -> Numbers:
    """Return how the firm's orders are numbered, going on from the one that there is."""
    order = firm.procurement.po
    found = _NUMBER.fullmatch(order.id) if order else None
    return Numbers(found[1], int(found[2]) + 1, len(found[2])) if found else Numbers()


def arrivals(firm: facts.Firm) -> Iterator[Fact]:
    """Yield everything that the procurement system will come to know."""
    vendor, order = firm.procurement.vendor, firm.procurement.po
    if vendor is None:
        return
    begun = _begun(firm)
    yield Fact(None, "supplier", _SUPPLIER, msgspec.json.encode(_supplier(vendor, begun)))
    if order is None:
        return
    roles = {each.id: each.role for each in firm.employees}
    role = roles.get(order.contractor, "Contractor")
    issued = _order(order, role, begun, firm.rounding_of(order.legal_entity))
    at = facts.start_of(begun - _DAY) if begun else None
    yield Fact(at, "purchase_order", _ORDER, msgspec.json.encode(issued))
    yield from _bills(firm, vendor, issued)


def _begun(firm: facts.Firm) -> date | None:
    """Return the contractor's first booking, or the first day of the firm's month."""
    order = firm.procurement.po
    booked = [
        each.start for each in firm.assignments if order and each.employee == order.contractor
    ]
    return min(booked, default=firm.period.start if firm.period else None)


def _supplier(vendor: purchasing.Vendor, begun: date | None) -> Supplier:
    done = set(vendor.onboarding)
    on = begun - _ONBOARDED_BEFORE if begun else None
    is_active = on is not None and done >= _REQUIRED
    return Supplier(
        id=_SUPPLIER,
        number=vendor.id,
        name=vendor.name,
        status="active" if is_active else "onboarding",
        country=Code(vendor.country),
        tax_id=vendor.tax_id,
        payment_term_days=vendor.terms_days,
        remit_to_addresses=(_account(vendor, on),) if on and "bank_verified" in done else (),
        tasks=tuple(Task(each, on) for each in vendor.onboarding),
        insurance_expires_on=on + _INSURED_FOR if on and "insurance" in done else None,
        sanctions_checked_at=facts.start_of(on) if on and "sanctions_check" in done else None,
    )


def _account(vendor: purchasing.Vendor, on: date) -> RemitTo:
    """Return the account, which somebody called back about who had not entered it."""
    return RemitTo(
        account_number_masked=f"{vendor.country}** **** **** **01",
        created_by="supplier.desk",
        verified_by="treasury.callback",
        verified_at=facts.start_of(on),
    )


def _order(order: purchasing.Order, role: str, begun: date | None, rounding: str) -> PurchaseOrder:
    line = OrderLine(
        line_num=1,
        uom=Code("HR"),
        quantity=order.hours,
        price=order.rate,
        total=rounded(order.hours * order.rate, order.currency, rounding),
        received=Decimal(0),
        receiving_tolerance=Decimal(0),
        custom_fields=OrderFields(
            project=order.project,
            role=role,
            resource=order.contractor,
            start_date=begun,
            end_date=order.end,
        ),
    )
    return PurchaseOrder(
        id=_ORDER,
        po_number=order.id,
        status="issued",
        version=1,
        supplier=SupplierRef(_SUPPLIER),
        account_type=Named(order.legal_entity),
        currency=Code(order.currency),
        order_lines=(line,),
        total=line.total,
        approved_total=line.total,
    )


def _bills(firm: facts.Firm, vendor: purchasing.Vendor, order: PurchaseOrder) -> Iterator[Fact]:
    dated = [each for each in firm.procurement.bills if each.received_at is not None]
    taken: set[str] = set()
    for count, bill in enumerate(dated, start=8001):
        arrived = _bill(bill, str(count), vendor, order, firm.rounding_of(order.company))
        if arrived.bare_number in taken:
            arrived = msgspec.structs.replace(arrived, status="rejected")
        taken.add(arrived.bare_number)
        yield Fact(bill.received_at, "invoice", arrived.id, msgspec.json.encode(arrived))


def _bill(
    bill: purchasing.Bill,
    record: str,
    vendor: purchasing.Vendor,
    order: PurchaseOrder,
    rounding: str,
) -> Invoice:
    [ordered] = order.order_lines
    currency = order.currency.code
    net = rounded(bill.hours * ordered.price, currency, rounding)
    nothing = rounded(Decimal(0), currency, rounding)
    issued = bill.received_at.date() if bill.received_at else date.min
    line = InvoiceLine(
        line_num=1,
        description=f"Hours of {ordered.custom_fields.resource}",
        order_line=OrderLineRef(order.po_number, ordered.line_num),
        quantity=bill.hours,
        price=ordered.price,
        total=net,
        tax_amount=nothing,
    )
    return Invoice(
        id=record,
        invoice_number=bill.number,
        status="pending_receipt",
        supplier=order.supplier,
        account_type=order.account_type,
        currency=order.currency,
        invoice_date=issued,
        net_due_date=issued + timedelta(days=vendor.terms_days or _TERMS),
        invoice_lines=(line,),
        line_total=net,
        tax_total=nothing,
        gross_total=net,
    )
