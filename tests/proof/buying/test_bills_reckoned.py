"""A vendor's bill is held against order, receipts and time as the handbook says, to the unit."""

from datetime import timedelta
from fractions import Fraction
from random import Random

from msgspec.structs import replace

from process_apis.procure_to_pay.bills.rules import Evidence, MatchFacts, matched
from process_apis.procure_to_pay.records import BillCase
from process_apis.procure_to_pay.rules import line_standing
from process_apis.procure_to_pay.terms import ProcureToPayTerms, TaxRate
from system_apis.canonical.money import Money, Price, Rounding
from system_apis.canonical.procurement import (
    BillLine,
    BillStatus,
    PurchaseOrder,
    VendorBillDraft,
    VendorStatus,
)
from tests.firms.amounts import halves
from tests.process_apis.rules import buying_facts
from tests.proof.buying import reckoned
from tests.proof.buying.reckoned import Asked, Bill, Deal, Line, Tolerances
from tests.proof.revenue.drawn import CURRENCIES
from tests.proof.revenue.told import number
from tests.proof.seeds import Case, from_each_seed, holds

ZERO = Fraction(0)
UNIT = {"JPY": Fraction(1), "KWD": Fraction(1, 1000)}


def _drawn(chance: Random) -> Case:
    """Draw an order with its receipts, and bills of it that are right or nearly so."""
    currency, even = chance.choice(CURRENCIES), chance.random() < 0.5
    ordered = tuple(_line(chance) for _ in range(chance.randint(1, 2)))
    deal = Deal(
        currency=currency,
        even=even,
        vendor=chance.choice(("DE", "NL", "US")),
        active=chance.random() < 0.9,
        company=chance.choice(("DE", "FR", "GB")),
        tax_rate=chance.choice((Fraction(19, 100), Fraction(1, 5), None)),
        tolerances=_tolerances(chance),
        ordered=ordered,
        bills=(),
    )
    bills = tuple(_bill(chance, deal) for _ in range(chance.randint(1, 4)))
    return (deal._replace(bills=bills),)


def _tolerances(chance: Random) -> Tolerances:
    usual = Tolerances(ZERO, ZERO, Fraction(2, 100), Fraction(50), Fraction(1))
    if chance.random() < 0.6:
        return usual
    return Tolerances(
        Fraction(chance.randint(0, 5), 100),
        Fraction(chance.randint(0, 5), 100),
        Fraction(chance.randint(0, 5), 100),
        Fraction(chance.randint(0, 100)),
        Fraction(chance.randint(0, 200), 100),
    )


def _line(chance: Random) -> Line:
    quantity = Fraction(chance.randint(4, 400), 4)
    there = quantity * Fraction(chance.randint(0, 12), 10)
    return Line(
        quantity=quantity,
        rate=Fraction(chance.randint(100, 20_000), 100),
        tolerance=chance.choice((ZERO, ZERO, Fraction(5, 100))),
        received=there if chance.random() < 0.9 else ZERO,
        has_receipts=chance.random() < 0.7,
        worked=there,
    )


def _bill(chance: Random, deal: Deal) -> Bill:
    unit, lines = UNIT.get(deal.currency, Fraction(1, 100)), []
    for _ in range(chance.randint(1, 2)):
        of = chance.randrange(len(deal.ordered))
        line = deal.ordered[of]
        quantity = chance.choice((line.received, line.received / 2, line.worked, line.quantity))
        quantity = (quantity or Fraction(1)) + chance.choice((ZERO, ZERO, Fraction(1, 4)))
        price = line.rate + chance.choice((ZERO, ZERO, ZERO, Fraction(1, 100), Fraction(-1, 10)))
        net = deal.rounded(quantity * price)
        net += chance.choice((0, 0, 0, 1, -3, 5000)) * unit
        named = None if chance.random() < 0.05 else of
        lines.append(Asked(named, quantity, price, max(ZERO, net)))
    charged = (deal.tax_rate or ZERO) if reckoned.at_home(deal) else ZERO
    tax = halves(sum((a.net for a in lines), ZERO) * charged, deal.currency, even=deal.even)
    tax += chance.choice((0, 0, 0, 1, 100, 101)) * unit
    return Bill(tuple(lines), tax, other_currency=chance.random() < 0.05)


def _order(deal: Deal) -> PurchaseOrder:
    told = buying_facts.order()
    lines = tuple(
        replace(
            told.lines[0],
            number=at,
            quantity=number(line.quantity),
            rate=Price(f"{number(line.rate):f}", deal.currency),
            amount=_money(deal.rounded(line.quantity * line.rate), deal.currency),
            received=number(line.received if line.has_receipts else ZERO),
            receipt_tolerance=number(line.tolerance),
        )
        for at, line in enumerate(deal.ordered, start=1)
    )
    total = Money.total((each.amount for each in lines), deal.currency)
    return replace(told, currency=deal.currency, lines=lines, total=total)


def _facts(deal: Deal) -> MatchFacts:
    status = VendorStatus.ACTIVE if deal.active else VendorStatus.SUSPENDED
    return MatchFacts(
        vendor=buying_facts.vendor(status, deal.vendor),
        country=deal.company,
        rounding=Rounding.HALF_EVEN if deal.even else Rounding.HALF_UP,
        orders={"PO-1": _order(deal)},
        evidence={
            ("PO-1", at): Evidence(number(line.received), line.has_receipts, number(line.worked))
            for at, line in enumerate(deal.ordered, start=1)
        },
        elsewhere={},
    )


def _draft(deal: Deal, bill: Bill, at: int) -> VendorBillDraft:
    currency = "CHF" if bill.other_currency else deal.currency

    def told(amount: Fraction) -> Money:
        return Money.of(number(amount), currency)

    nothing = Money.zero(currency)
    lines = tuple(
        BillLine(
            description="Hours",
            purchase_order_number=None if asked.of is None else "PO-1",
            purchase_order_line=None if asked.of is None else asked.of + 1,
            quantity=number(asked.quantity),
            unit_price=Price(f"{number(asked.price):f}", currency),
            net=told(asked.net),
            tax=nothing if place else told(bill.tax),
        )
        for place, asked in enumerate(bill.lines)
    )
    net = Money.total((each.net for each in lines), currency)
    tax = Money.total((each.tax for each in lines), currency)
    return VendorBillDraft(
        vendor_id=buying_facts.VENDOR_ID,
        legal_entity="NWA-DE",
        number=f"B-{at}",
        currency=currency,
        issue_date=buying_facts.DAY,
        due_date=buying_facts.DAY + timedelta(days=30),
        lines=lines,
        net=net,
        tax=tax,
        gross=net + tax,
    )


def _terms(deal: Deal) -> ProcureToPayTerms:
    limits = deal.tolerances
    rates = () if deal.tax_rate is None else (TaxRate(deal.company, number(deal.tax_rate)),)
    return ProcureToPayTerms(
        quantity_tolerance=number(limits.quantity),
        price_tolerance=number(limits.price),
        total_share=number(limits.share),
        total_amount=number(limits.amount),
        tax_amount=number(limits.tax),
        tax_rates=rates,
    )


def _money(amount: Fraction, currency: str) -> Money:
    return Money.of(number(amount), currency)


def _played(deal: Deal) -> list[BillCase]:
    """Have the bills come one after the other."""
    cases: list[BillCase] = []
    for at, bill in enumerate(deal.bills):
        case = buying_facts.case(_draft(deal, bill, at), at=at)
        cases.append(matched(case, cases, _facts(deal), _terms(deal)))
    return cases


@from_each_seed
def test_each_bill_is_found_wrong_in_what_the_handbook_says(seed: int) -> None:
    """Each code with its amount; and the tax that the buyer owes itself."""

    def promise(deal: Deal) -> None:
        before: dict[int, Fraction] = {}
        for bill, found in zip(deal.bills, _played(deal), strict=True):
            meant = [] if bill.other_currency else reckoned.wrong(deal, bill, before)
            if not bill.other_currency:
                told = [(str(v.code), Fraction(v.amount_over.amount)) for v in found.variances]
                gross = sum((a.net for a in bill.lines), bill.tax)
                assert sorted(told) == sorted(
                    (code, gross if amount is None else amount) for code, amount in meant
                )
                owed = reckoned.self_assessed(deal, bill)
                assert found.self_assessed == (
                    None if owed is None else _money(owed, deal.currency)
                )
            assert (found.stage is BillStatus.MATCHED) == (not meant and not bill.other_currency)
            if found.stage is BillStatus.MATCHED:
                for asked in bill.lines:
                    before[asked.of or 0] = before.get(asked.of or 0, ZERO) + asked.quantity

    holds(promise, _drawn, seed=seed, times=1500)


@from_each_seed
def test_never_more_is_matched_than_is_there_or_ordered(seed: int) -> None:
    """I5: matched <= received <= ordered, each with what is let be, whatever bills come."""

    def promise(deal: Deal) -> None:
        order, cases = _order(deal), _played(deal)
        rounding = Rounding.HALF_EVEN if deal.even else Rounding.HALF_UP
        for line, ordered in zip(deal.ordered, order.lines, strict=True):
            standing = line_standing(order, ordered, cases, rounding)
            there = line.received if line.has_receipts else line.worked
            most = min(there * (1 + deal.tolerances.quantity), line.quantity * (1 + line.tolerance))
            assert Fraction(standing.billed) <= most

    holds(promise, _drawn, seed=seed, times=500)
