"""Whether a bill is right: ordered, received, not billed before, and taxed as it must be. Pure.

Sources: domain handbook, 3(e) 7 to 9, and 5 (P2P).
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from datetime import date
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from process_apis.procure_to_pay.records import (
    STANDING,
    BillCase,
    Finding,
    MatchType,
    Variance,
)
from process_apis.procure_to_pay.rules import AP
from process_apis.procure_to_pay.terms import EU, ProcureToPayTerms
from system_apis.canonical.money import Money, Rounding
from system_apis.canonical.procurement import (
    BillLine,
    BillStatus,
    OrderLine,
    OrderStatus,
    PurchaseOrder,
    Vendor,
    VendorBill,
    VendorBillDraft,
    VendorStatus,
    normalised,
)

OWNERS = {Finding.QTY_OVER_RECEIPT: "project_manager", Finding.PRICE: "procurement"}
BILLABLE = {
    OrderStatus.SENT,
    OrderStatus.PARTIALLY_RECEIVED,
    OrderStatus.RECEIVED,
    OrderStatus.CLOSED,
}
OUT = {BillStatus.DUPLICATE, BillStatus.VOID}
Place = tuple[str, int]


class Evidence(Struct, frozen=True):
    """What there is of one line of an order: receipts, drafts of them, and approved time."""

    received: Decimal
    has_receipts: bool
    worked: Decimal


class MatchFacts(Struct, frozen=True, kw_only=True):
    """What a bill is held against."""

    vendor: Vendor
    country: str
    rounding: Rounding
    orders: Mapping[str, PurchaseOrder]
    evidence: Mapping[Place, Evidence]
    elsewhere: Mapping[Place, Decimal]

    def line(self, billed: BillLine) -> tuple[PurchaseOrder, OrderLine] | None:
        """Return the order line that a line of a bill names, if there is one."""
        order = self.orders.get(billed.purchase_order_number or "")
        if order is None or order.vendor_id != self.vendor.id or order.status not in BILLABLE:
            return None
        found = [each for each in order.lines if each.number == billed.purchase_order_line]
        return (order, found[0]) if found else None


class KnownBill(Struct, frozen=True, kw_only=True):
    """A bill of a vendor's that is known already, ours or another hand's."""

    id: str
    number: str
    issue_date: date
    gross: Money
    is_disputed: bool


def known_before(case: BillCase, others: Iterable[BillCase]) -> list[KnownBill]:
    """Return the vendor's bills that came before one and that were bills of their own."""
    mine = (case.opened_at, case.id)
    return [
        KnownBill(
            id=each.id,
            number=each.bill.number,
            issue_date=each.bill.issue_date,
            gross=each.bill.gross,
            is_disputed=each.stage is BillStatus.DISPUTED,
        )
        for each in others
        if each.stage not in OUT and (each.opened_at, each.id) < mine
    ]


def of_other_hands(bills: Iterable[VendorBill], ours: Iterable[BillCase]) -> list[KnownBill]:
    """Return the bills in the procurement system that did not come through us."""
    known = [*ours]
    ids, references = {each.bill_id for each in known}, {each.reference for each in known}
    return [
        KnownBill(
            id=each.id,
            number=each.number,
            issue_date=each.issue_date,
            gross=each.gross,
            is_disputed=each.status is BillStatus.DISPUTED,
        )
        for each in bills
        if each.status not in OUT and each.reference not in references and each.id not in ids
    ]


def near(
    bill: VendorBillDraft, bills: Iterable[VendorBill], terms: ProcureToPayTerms
) -> list[VendorBill]:
    """Return the bills among which a bill's twin may be: of its number, or of its days."""
    number = normalised(bill.number)
    return [
        each
        for each in bills
        if normalised(each.number) == number
        or abs(each.issue_date - bill.issue_date) <= terms.alike_within
    ]


def duplicate(bill: VendorBillDraft, known: Iterable[KnownBill]) -> KnownBill | None:
    """Return the vendor's bill of the same number, however it is spelled."""
    number = normalised(bill.number)
    return next((each for each in known if normalised(each.number) == number), None)


def lookalike(
    bill: VendorBillDraft, known: Iterable[KnownBill], terms: ProcureToPayTerms
) -> KnownBill | None:
    """Return the vendor's bill of about the same amount and date; one sent back is none."""
    for each in known:
        if each.is_disputed or each.gross.currency != bill.currency:
            continue
        apart = abs(each.gross.value - bill.gross.value)
        if apart <= terms.alike_amount and (
            abs(each.issue_date - bill.issue_date) <= terms.alike_within
        ):
            return each
    return None


def billed(others: Iterable[BillCase], facts: MatchFacts) -> dict[Place, Decimal]:
    """Return how much of each order line was billed rightly, here and by other hands."""
    found = dict(facts.elsewhere)
    for each in others:
        if each.stage in STANDING:
            for line in each.bill.lines:
                if line.purchase_order_number and line.purchase_order_line:
                    place = (line.purchase_order_number, line.purchase_order_line)
                    found[place] = found.get(place, Decimal(0)) + line.quantity
    return found


def matched(
    case: BillCase, others: Iterable[BillCase], facts: MatchFacts, terms: ProcureToPayTerms
) -> BillCase:
    """Return a case as it stands once its bill was held against order, receipts and time."""
    earlier = billed((each for each in others if each.id != case.id), facts)
    lines, types, found = case.bill.lines, set[MatchType](), list[Variance]()
    for number, line in enumerate(lines, start=1):
        type_, variances = _line(number, line, facts, earlier, terms)
        types |= {type_} if type_ else set()
        found += variances
    found = [*_vendor(case, facts), *_currency(case, facts), *found]
    found += _total(case, facts, terms) if not found else []
    rate = self_assessed_rate(facts.vendor.country, facts.country, terms)
    found += _tax(case, facts, rate, terms)
    assessed = None if not rate else _share(case.bill.net, rate, facts.rounding)
    projects = {place[1].project_number for each in lines if (place := facts.line(each))}
    return replace(
        case,
        stage=BillStatus.EXCEPTION if found else BillStatus.MATCHED,
        match=None if not types else MatchType.TWO_WAY if len(types) > 1 else types.pop(),
        variances=tuple(sorted(found, key=lambda each: list(Finding).index(each.code))),
        self_assessed=assessed,
        self_assessed_rate=rate,
        project_number=projects.pop() if len(projects) == 1 else None,
    )


def let_pass(case: BillCase, codes: Set[str]) -> BillCase:
    """Return a case without what a person lets pass; it is right when nothing else is wrong."""
    left = tuple(each for each in case.variances if each.code not in codes)
    if case.stage is not BillStatus.EXCEPTION or left == case.variances:
        return case
    stage = BillStatus.EXCEPTION if left else BillStatus.MATCHED
    return replace(case, stage=stage, variances=left)


def _line(
    number: int,
    line: BillLine,
    facts: MatchFacts,
    earlier: dict[Place, Decimal],
    terms: ProcureToPayTerms,
) -> tuple[MatchType | None, list[Variance]]:
    """Hold a line against its order line, and count it as billed for the lines after it."""
    found = facts.line(line)
    if found is None:
        reason = f"line {number} names no order that the vendor was sent"
        return None, [_variance(Finding.NO_PO, reason, line.net, number)]
    order, ordered = found
    place = (order.number, ordered.number)
    seen, before = facts.evidence[place], earlier.get(place, Decimal(0))
    earlier[place] = before + line.quantity
    type_ = MatchType.THREE_WAY if seen.has_receipts else MatchType.TWO_WAY
    there = seen.received if seen.has_receipts else seen.worked
    if not there:
        reason = f"nothing was received on line {ordered.number} of {order.number}"
        return type_, [_variance(Finding.NO_RECEIPT, reason, line.net, number)]
    ordered_at_most = ordered.quantity * (1 + ordered.receipt_tolerance)
    most = min(there * (1 + terms.quantity_tolerance), ordered_at_most)
    over = before + line.quantity - most
    variances = []
    if over > 0:
        over = min(over, line.quantity)
        reason = f"{before + line.quantity} billed of {most:f} received on {order.number}"
        amount = ordered.rate.times(over, facts.rounding)
        variances += [_variance(Finding.QTY_OVER_RECEIPT, reason, amount, number, over)]
    return type_, [*variances, *_price(number, line, ordered, facts, terms)]


def _price(
    number: int, line: BillLine, ordered: OrderLine, facts: MatchFacts, terms: ProcureToPayTerms
) -> Iterator[Variance]:
    """Hold a line's price against the ordered one, and its net against its own price."""
    price = line.unit_price
    if not price.currency == ordered.rate.currency == line.net.currency:
        return
    dearer = price.value - ordered.rate.value * (1 + terms.price_tolerance)
    if dearer > 0:
        reason = f"{price.amount} a unit, ordered at {ordered.rate.amount}"
        amount = Money.of(dearer * line.quantity, price.currency, facts.rounding)
        yield _variance(Finding.PRICE, reason, amount, number)
    said = price.times(line.quantity, facts.rounding)
    apart = line.net - said
    if abs(apart.value) > min(terms.total_share * said.value, terms.total_amount):
        reason = f"line {number} asks for {line.net}, and its quantity and price come to {said}"
        yield _variance(Finding.PRICE, reason, apart, number)


def _vendor(case: BillCase, facts: MatchFacts) -> list[Variance]:
    if facts.vendor.status is VendorStatus.ACTIVE:
        return []
    reason = f"{facts.vendor.legal_name} is {facts.vendor.status}"
    return [_variance(Finding.VENDOR_INACTIVE, reason, case.bill.gross)]


def _currency(case: BillCase, facts: MatchFacts) -> list[Variance]:
    for order in facts.orders.values():
        if order.currency != case.bill.currency:
            reason = f"billed in {case.bill.currency}, {order.number} is in {order.currency}"
            return [_variance(Finding.CURRENCY, reason, case.bill.gross)]
    return []


def _total(case: BillCase, facts: MatchFacts, terms: ProcureToPayTerms) -> list[Variance]:
    """Hold the sum of the lines against what the order makes of their quantities."""
    rated = [
        place[1].rate.times(each.quantity, facts.rounding)
        for each in case.bill.lines
        if (place := facts.line(each))
    ]
    expected = Money.total(rated, case.bill.currency)
    over = case.bill.net - expected
    allowed = min(terms.total_share * expected.value, terms.total_amount)
    if abs(over.value) <= allowed:
        return []
    return [_variance(Finding.PRICE, f"{case.bill.net} billed, {expected} ordered", over)]


def _tax(
    case: BillCase, facts: MatchFacts, assessed: Decimal | None, terms: ProcureToPayTerms
) -> list[Variance]:
    """Hold the tax against the rate at home, or nothing across a border."""
    at_home = facts.vendor.country == facts.country
    if not at_home and assessed is None and {facts.vendor.country, facts.country} <= EU:
        reason = f"no rate is set that {case.legal_entity} assesses itself"
        return [_variance(Finding.TAX, reason, case.bill.gross)]
    rate = terms.tax_rate(facts.country) if at_home else None
    expected = _share(case.bill.net, rate or Decimal(0), facts.rounding)
    over = case.bill.tax - expected
    if abs(over.value) <= terms.tax_amount:
        return []
    return [_variance(Finding.TAX, f"{case.bill.tax} of tax, {expected} expected", over)]


def self_assessed_rate(vendor: str, company: str, terms: ProcureToPayTerms) -> Decimal | None:
    """Return the rate of the tax that a company owes itself on what it buys across a border.

    Art. 44 and 196 of the VAT Directive; None where the vendor charges the tax, or nobody does.
    """
    if vendor == company or not {vendor, company} <= EU:
        return None
    return terms.tax_rate(company)


def _share(net: Money, rate: Decimal, rounding: Rounding) -> Money:
    return Money.of(net.value * rate, net.currency, rounding)


def _variance(
    code: Finding, reason: str, amount: Money, line: int | None = None, over: Decimal = Decimal(0)
) -> Variance:
    owner = OWNERS.get(code, AP)
    return Variance(code=code, owner=owner, reason=reason, line=line, over=over, amount_over=amount)
