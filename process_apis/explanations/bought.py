"""Why an order or a vendor's bill is what it is: its lines, down to the hours received. Pure."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from msgspec import Struct

from process_apis.explanations.tree import Fact, Part, facts
from process_apis.procure_to_pay.ordering.requests import OrderRequest
from process_apis.procure_to_pay.records import STANDING, BillCase
from system_apis.canonical.money import Money
from system_apis.canonical.payables import Payable
from system_apis.canonical.procurement import (
    BillLine,
    OrderLine,
    PurchaseOrder,
    ServiceReceipt,
    Vendor,
)
from system_apis.canonical.time import TimeEntry

Place = tuple[str | None, int | None]


class Bought(Struct, frozen=True, kw_only=True):
    """What orders and bills are explained from: the vendor's, as the systems have them now."""

    vendor: Vendor
    orders: Mapping[str, PurchaseOrder]
    receipts: Sequence[ServiceReceipt]
    entries: Mapping[str, TimeEntry]
    cases: Sequence[BillCase]
    payables: Mapping[str, Payable]
    request: OrderRequest | None = None


def why_bill(case: BillCase, of: Bought, trail: Sequence[Part]) -> Part:
    """Return why a vendor's bill is what it is, and why it may be paid or not."""
    bill = case.bill
    return Part(
        what=f"bill {bill.number}",
        amount=bill.gross,
        facts=facts(
            stage=case.stage,
            found=case.outcome,
            match=case.match,
            vendor=f"{of.vendor.number} {of.vendor.legal_name}",
            company=case.legal_entity,
            issued=bill.issue_date,
            due=bill.due_date,
            came_by=case.arrival,
            duplicate_of=case.duplicate_of,
            looks_like=case.looks_like,
            terms_version=case.terms_version or None,
        ),
        parts=(
            Part(
                what="net of tax",
                amount=bill.net,
                parts=tuple(_billed(each, number, of) for number, each in enumerate(bill.lines, 1)),
            ),
            Part(what="tax", amount=bill.tax, facts=facts(as_="the vendor wrote it")),
        ),
        because=(*_wrong(case), *_in_the_books(case, of), *trail),
    )


def why_order(order: PurchaseOrder, of: Bought, trail: Sequence[Part]) -> Part:
    """Return why an order is what it is, and what of it was received and billed."""
    request = of.request
    return Part(
        what=f"order {order.number}",
        amount=order.total,
        facts=facts(
            stage=order.status,
            revision=order.revision,
            vendor=f"{of.vendor.number} {of.vendor.legal_name}",
            company=order.legal_entity,
            approved_total=order.approved_total,
            asked_by=request.requested_by if request else None,
            approvers=", ".join(request.approvers) if request else None,
            terms_version=request.terms_version if request else None,
            **_read(order),
        ),
        parts=tuple(_ordered(each, order, of) for each in order.lines),
        because=tuple(trail),
    )


def _billed(line: BillLine, number: int, of: Bought) -> Part:
    order = of.orders.get(line.purchase_order_number or "")
    ordered = next(
        (
            each
            for each in (order.lines if order else ())
            if each.number == line.purchase_order_line
        ),
        None,
    )
    place = (line.purchase_order_number, line.purchase_order_line)
    there = (
        (_ordered_as(ordered, order), _received(place, of)) if order is not None and ordered else ()
    )
    return Part(
        what=f"line {number}: {line.description}",
        amount=line.net,
        quantity=line.quantity,
        facts=facts(
            unit_price=f"{line.unit_price.amount} {line.unit_price.currency}",
            order=line.purchase_order_number,
            order_line=line.purchase_order_line,
        ),
        because=there,
    )


def _ordered_as(line: OrderLine, order: PurchaseOrder) -> Part:
    return Part(
        what=f"ordered by {order.number} line {line.number}",
        amount=line.amount,
        quantity=line.quantity,
        facts=_agreed(line),
    )


def _ordered(line: OrderLine, order: PurchaseOrder, of: Bought) -> Part:
    place = (order.number, line.number)
    return Part(
        what=f"line {line.number}: {line.role} for {line.project_number}",
        amount=line.amount,
        quantity=line.quantity,
        facts=_agreed(line),
        because=(_received(place, of), _asked(place, order.currency, of)),
    )


def _agreed(line: OrderLine) -> tuple[Fact, ...]:
    return facts(
        rate=f"{line.rate.amount} {line.rate.currency}",
        unit=line.unit,
        contractor=line.contractor,
        start=line.start,
        end=line.end,
    )


def _received(place: Place, of: Bought) -> Part:
    """Return what was received on a line: receipts, and what takes some of them back."""
    number, line = place
    found = [
        each
        for each in of.receipts
        if (each.purchase_order_number, each.line) == place and not each.is_reversed
    ]
    currency = of.orders[number or ""].currency
    return Part(
        what=f"received on {number} line {line}",
        amount=Money.total((each.amount for each in found), currency),
        quantity=sum((each.quantity for each in found), Decimal(0)),
        parts=tuple(_receipt(each, of) for each in found),
    )


def _receipt(receipt: ServiceReceipt, of: Bought) -> Part:
    entries = [of.entries[each] for each in receipt.evidence if each in of.entries]
    return Part(
        what=f"receipt {receipt.number}",
        amount=receipt.amount,
        quantity=receipt.quantity,
        facts=facts(
            start=receipt.start,
            end=receipt.end,
            rests_on=receipt.rests_on,
            accepted_by=receipt.accepted_by,
            accepted_at=receipt.accepted_at.isoformat(),
            **_read(receipt),
        ),
        because=tuple(_hours(each) for each in entries),
    )


def _hours(entry: TimeEntry) -> Part:
    return Part(
        what=f"time entry {entry.number}",
        quantity=entry.hours,
        facts=facts(
            by=entry.employee,
            on=entry.work_date,
            status=entry.status,
            adjusts=entry.adjusts,
            **_read(entry),
        ),
    )


def _asked(place: Place, currency: str, of: Bought) -> Part:
    """Return what was rightly billed of a line, bill by bill."""
    found = [
        (case, line)
        for case in of.cases
        if case.stage in STANDING
        for line in case.bill.lines
        if (line.purchase_order_number, line.purchase_order_line) == place
    ]
    return Part(
        what="billed",
        amount=Money.total((line.net for _, line in found), currency),
        quantity=sum((line.quantity for _, line in found), Decimal(0)),
        parts=tuple(
            Part(
                what=f"bill {case.bill.number}",
                amount=line.net,
                quantity=line.quantity,
                facts=facts(stage=case.stage, issued=case.bill.issue_date),
            )
            for case, line in found
        ),
    )


def _wrong(case: BillCase) -> tuple[Part, ...]:
    """Return what was found wrong with a bill, and what keeps it from being paid."""
    found = [
        Part(
            what=f"{each.code} at line {each.line}" if each.line else str(each.code),
            amount=each.amount_over,
            facts=facts(reason=each.reason, owner=each.owner, over=each.over or None),
        )
        for each in case.variances
    ]
    return (*found, *(Part(what=f"held: {each}") for each in case.holds))


def _in_the_books(case: BillCase, of: Bought) -> tuple[Part, ...]:
    """Return how a bill stands in the company's books, if it is there."""
    payable = of.payables.get(case.payable_id or "")
    if payable is None:
        return ()
    return (
        Part(
            what=f"payable {payable.number or payable.id}",
            amount=payable.gross,
            facts=facts(
                stage=payable.status,
                held="not to be paid yet" if payable.held else None,
                own_tax=payable.self_assessed if payable.self_assessed else None,
                own_tax_rate=case.self_assessed_rate,
                taken_back_by=case.credit_number,
                **_read(payable),
            ),
        ),
    )


def _read(record: PurchaseOrder | ServiceReceipt | TimeEntry | Payable) -> dict[str, object]:
    """Return which record of which system was read, and as of when it was so."""
    source = record.source
    at = source.updated_at.isoformat() if source.updated_at else None
    told = f"{source.instance}:{source.record_id}"
    return {"source": told, "source_version": record.version, "as_of": at}
