"""What buying decides: who approves it, how it stands, and what is owed. Pure decisions.

Source: domain handbook, 3(e).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from process_apis.procure_to_pay.records import STANDING, Accrual, BillCase, LineStanding
from process_apis.procure_to_pay.terms import Exchange, ProcureToPayTerms
from system_apis.canonical.money import Money, Rounding
from system_apis.canonical.procurement import (
    FINEST_QUANTITY,
    BillStatus,
    OrderLine,
    OrderUnit,
    PurchaseOrder,
    ServiceReceipt,
    Vendor,
)
from system_apis.canonical.time import EntryStatus, TimeEntry

NAME = "procure-to-pay"
AP = "finance"


def approvers(amount: Money, terms: ProcureToPayTerms, exchange: Exchange) -> tuple[str, ...]:
    """Return the roles that approve an order of an amount, in order.

    Of a currency without a rate nobody can say how much it is: the last tier approves it.
    """
    return approvers_of_all([amount], terms, exchange)


def approvers_of_all(
    amounts: Iterable[Money], terms: ProcureToPayTerms, exchange: Exchange
) -> tuple[str, ...]:
    """Return the roles that approve orders which could have been one, whatever their currencies."""
    told = [exchange.worth(each) for each in amounts]
    known = [each for each in told if each is not None]
    worth = sum(known, start=Decimal(0)) if len(known) == len(told) else None
    for tier in terms.order_tiers:
        if tier.up_to is None or (worth is not None and worth <= tier.up_to):
            return tier.roles
    return terms.order_tiers[-1].roles


def bank_is_verified(vendor: Vendor, called_back: frozenset[tuple[str, str]]) -> bool:
    """Whether every account of a vendor was verified by somebody who had not entered it.

    `called_back` names accounts, and who called the vendor back about them.
    """
    accounts = vendor.bank_accounts or ()
    return bool(accounts) and all(
        each.is_verified
        or any(account == each.masked and by != each.entered_by for account, by in called_back)
        for each in accounts
    )


def accrued(
    order: PurchaseOrder,
    receipts: Sequence[ServiceReceipt],
    cases: Sequence[BillCase],
    on: date,
) -> list[Accrual]:
    """Return what of an order was received by a day and not billed, every line of it.

    What was billed beyond what was received is no asset of ours: it accrues nothing. A bill asks
    for its amount until the day of its credit, which changes nothing of the days before.
    """
    found = []
    nothing = Money.zero(order.currency)
    for line in order.lines:
        there = [
            each.amount
            for each in receipts
            if each.line == line.number and not each.is_reversed and each.end <= on
        ]
        asked = [
            each.net
            for case in cases
            if _asks(case, on)
            for each in case.bill.lines
            if (each.purchase_order_number, each.purchase_order_line) == (order.number, line.number)
        ]
        received, billed_ = (Money.total(each, order.currency) for each in (there, asked))
        found.append(
            Accrual(
                purchase_order_number=order.number,
                line=line.number,
                project_number=line.project_number,
                vendor_id=order.vendor_id,
                legal_entity=order.legal_entity,
                received=received,
                billed=billed_,
                accrued=max(received - billed_, nothing),
            )
        )
    return found


def _asks(case: BillCase, on: date) -> bool:
    """Whether a bill asked for its amount at the end of a day."""
    credited = case.credit_date
    stood = case.stage is BillStatus.VOID and credited is not None and credited > on
    return case.bill.issue_date <= on and (case.stage in STANDING or stood)


def line_standing(
    order: PurchaseOrder, line: OrderLine, cases: Iterable[BillCase], rounding: Rounding
) -> LineStanding:
    """Return what of an order's line was received and billed, and what is left of it."""
    lines = [
        each
        for case in cases
        if case.stage in STANDING
        for each in case.bill.lines
        if (each.purchase_order_number, each.purchase_order_line) == (order.number, line.number)
    ]
    billed_so_far = sum((each.quantity for each in lines), start=Decimal(0))
    received = line.rate.times(line.received, rounding)
    return LineStanding(
        line=line.number,
        project_number=line.project_number,
        ordered=line.quantity,
        received=line.received,
        billed=billed_so_far,
        left=line.quantity - line.received,
        amount=line.amount,
        amount_received=received,
        amount_billed=Money.total((each.net for each in lines), order.currency),
        amount_left=line.amount - received,
    )


def approved_of(entries: Iterable[TimeEntry], contractor: str) -> list[TimeEntry]:
    """Return the approved time of one contractor, by day."""
    done = {EntryStatus.APPROVED, EntryStatus.LOCKED}
    ours = [each for each in entries if each.employee == contractor and each.status in done]
    return sorted(ours, key=lambda each: (each.work_date, each.number))


def quantity_of(
    entries: Sequence[TimeEntry], unit: OrderUnit, hours_per_day: Decimal
) -> Decimal | None:
    """Return what time comes to in an order's unit; None when there is nothing to receive.

    Corrections may make it less than nothing: so much is to be taken back.
    """
    hours = sum((each.hours for each in entries), start=Decimal(0))
    if hours == 0 or unit is OrderUnit.LUMP:
        return None
    return hours if unit is OrderUnit.HOURS else (hours / hours_per_day).quantize(FINEST_QUANTITY)
