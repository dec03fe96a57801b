"""What a firm's order comes to, its receipt and its bills, as `tests.proof.buying` reckons them."""

from fractions import Fraction

from tests.firms.amounts import as_of, halves
from tests.firms.reckoning import Facts, deals
from tests.proof.buying import reckoned
from tests.proof.buying.reckoned import Asked, Bill, Line, Tolerances, wrong

NOTHING = Fraction(0)
USUAL = Tolerances(NOTHING, NOTHING, Fraction(2, 100), Fraction(50), Fraction(1))


def bought(firm: Facts) -> Facts:
    """Return what was ordered, received and billed."""
    order = firm["procurement"]["po"]
    [deal] = [each for each in deals(firm) if each.project == order["project"]]
    ordered, rate = Fraction(order["hours"]), Fraction(order["rate"])
    worked = sum(
        (Fraction(r["hours"]) for r in deal.hours() if r["employee"] == order["contractor"]),
        NOTHING,
    )
    line = Line(ordered, rate, NOTHING, worked, True, worked)
    buys = _deal(firm, line, even=deal.even)
    received = buys.rounded(worked * rate)
    bills, owed = _bills(firm["procurement"]["bills"], buys)
    return {
        "po_amount": deal.told(buys.rounded(ordered * rate)),
        "receipt_hours": as_of(worked),
        "receipt_amount": deal.told(received),
        "bills": [
            {
                "number": number,
                "amount": deal.told(net),
                "outcome": outcome,
                "hours_over": as_of(hours),
                "amount_over": deal.told(buys.rounded(hours * rate)),
            }
            for number, net, outcome, hours in bills
        ],
        "self_assessed_tax": deal.told(owed),
        "po_hours_left": as_of(ordered - worked),
        "po_amount_left": deal.told(buys.rounded(ordered * rate) - received),
    }


def _deal(firm: Facts, line: Line, *, even: bool) -> reckoned.Deal:
    case = firm["procurement"]
    [company] = [e for e in firm["entities"] if e["id"] == case["po"]["legal_entity"]]
    return reckoned.Deal(
        currency=case["po"]["currency"],
        even=even,
        vendor=case["vendor"]["country"],
        active=True,
        company=company["country"],
        tax_rate=Fraction(case["self_assessed_tax_rate"]),
        tolerances=USUAL,
        ordered=(line,),
        bills=(),
    )


def _bills(
    told: list[Facts], buys: reckoned.Deal
) -> tuple[list[tuple[str, Fraction, str, Fraction]], Fraction]:
    """Return each bill with its outcome and the hours that are too many, and our own tax."""
    found, owed = [], NOTHING
    line, before = buys.ordered[0], dict[int, Fraction]()
    taken = set[str]()
    for each in told:
        hours = Fraction(each["hours"])
        net = halves(hours * line.rate, buys.currency, even=False)
        bill = Bill((Asked(0, hours, line.rate, net),), NOTHING)
        said = wrong(buys, bill, before)
        over = NOTHING
        if each["number"] in taken:
            outcome = "DUPLICATE"
        elif said:
            outcome = said[0][0]
            over = hours - (line.received - before.get(0, NOTHING))
        else:
            outcome = "MATCHED"
            before[0] = before.get(0, NOTHING) + hours
            owed += reckoned.self_assessed(buys, bill) or NOTHING
        taken.add(each["number"])
        found.append((each["number"], net, outcome, over))
    return found, owed
