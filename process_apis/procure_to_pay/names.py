"""What a paper of buying is found by besides its vendor, so that no history is read for it. Pure.

A bill has its number, its month, the orders it bills, and what the procurement system calls it;
an accrual its company's month.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from process_apis.papers import Paper
from process_apis.procure_to_pay.records import AccrualJournal, BillCase
from system_apis.canonical.procurement import VendorBill, VendorBillDraft, normalised
from system_apis.canonical.revenue import Month


def names_of(paper: Paper) -> frozenset[str]:
    """Return everything that a paper is found by."""
    match paper:
        case BillCase(vendor_id=vendor_id, bill=bill):
            orders = {each.purchase_order_number for each in bill.lines} - {None}
            return frozenset(
                (
                    of_number(vendor_id, bill.number),
                    _issued(vendor_id, bill.issue_date),
                    _recorded_as(vendor_id, paper.reference),
                    *([of_record(vendor_id, paper.bill_id)] if paper.bill_id else []),
                    *(of_order(vendor_id, str(each)) for each in orders),
                )
            )
        case AccrualJournal():
            return frozenset({of_month(paper.legal_entity, paper.month)})
        case _:
            return frozenset()


def of_number(vendor_id: str, number: str) -> str:
    """Return the name of a vendor's bills of a number, however it is spelled."""
    return f"number:{vendor_id}:{normalised(number)}"


def of_order(vendor_id: str, number: str) -> str:
    """Return the name of a vendor's bills that bill an order."""
    return f"order:{vendor_id}:{number}"


def of_record(vendor_id: str, bill_id: str) -> str:
    """Return the name of a vendor's bill that the procurement system has under an id."""
    return f"bill:{vendor_id}:{bill_id}"


def of_month(legal_entity: str, month: Month) -> str:
    """Return the name of a company's accruals of a month."""
    return f"month:{legal_entity}:{month}"


def of_twins(
    bill: VendorBillDraft, elsewhere: Iterable[VendorBill], within: timedelta
) -> frozenset[str]:
    """Return the names of what may be a bill's twin: ours, and ours among bills elsewhere."""
    vendor_id = bill.vendor_id
    found = {of_number(vendor_id, bill.number)}
    found |= {_issued(vendor_id, first) for first in _months(bill.issue_date, within)}
    for each in elsewhere:
        found.add(of_record(vendor_id, each.id))
        if each.reference:
            found.add(_recorded_as(vendor_id, each.reference))
    return frozenset(found)


def _recorded_as(vendor_id: str, reference: str) -> str:
    return f"reference:{vendor_id}:{reference}"


def _issued(vendor_id: str, on: date) -> str:
    return f"issued:{vendor_id}:{on.year:04}-{on.month:02}"


def _months(around: date, within: timedelta) -> list[date]:
    """Return the first days of the months that days around one are in."""
    first = date.fromordinal(max(around.toordinal() - within.days, date.min.toordinal()))
    last = date.fromordinal(min(around.toordinal() + within.days, date.max.toordinal()))
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [date(each // 12, each % 12 + 1, 1) for each in numbers]
