"""Why a project's revenue of a month is what it is: entry by entry, and what they follow from.

Pure. What costs measured is told only to who may see costs.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from process_apis.explanations.tree import Part, facts
from process_apis.project_to_cash.records import ClientInvoice
from process_apis.revenue.figures import earned
from process_apis.revenue.figures.facts import RevenueFacts
from process_apis.revenue.figures.standing import Judged, days_of
from process_apis.revenue.records import OF_THE_MONTH, REVENUE, RevenueEntry
from system_apis.canonical.money import Money


class RevenueGrounds(Struct, frozen=True, kw_only=True):
    """What a month's revenue is explained from: its entries, and the facts as they are now."""

    judged: Judged
    entries: Sequence[RevenueEntry]
    invoices: Sequence[ClientInvoice]
    tells_costs: bool


def why_revenue(of: RevenueGrounds, trail: Sequence[Part]) -> Part:
    """Return why a month's revenue is what the ledger says, and what it would be now."""
    judged = of.judged
    contract, currency = judged.facts.contract, judged.facts.currency
    booked = [each for each in of.entries if each.kind in OF_THE_MONTH]
    beside = [each for each in of.entries if each.kind not in OF_THE_MONTH]
    total = Money.total((each.amount for each in booked), currency)
    return Part(
        what=f"revenue of {contract.project_number} in {judged.month}",
        amount=total,
        facts=facts(method=judged.facts.method, terms_version=judged.terms_version),
        parts=tuple(_entry(each, of) for each in booked),
        because=(
            *(_entry(each, of) for each in beside if _may_tell(each, of)),
            _worked_out(of, total),
            Part(
                what=f"contract {contract.number}",
                facts=facts(
                    version=contract.version,
                    read_at=judged.as_of.isoformat(),
                    method=contract.revenue_method,
                    price=judged.facts.price_at(days_of(judged.month).end),
                    cap=contract.nte_cap,
                ),
            ),
            *trail,
        ),
    )


def _may_tell(entry: RevenueEntry, of: RevenueGrounds) -> bool:
    """Whether somebody may be told of an entry: a loss that is provided for tells costs."""
    return entry.kind in REVENUE or of.tells_costs


def _entry(each: RevenueEntry, of: RevenueGrounds) -> Part:
    rate = each.functional.at if each.functional else None
    basis = each.basis if of.tells_costs else None
    return Part(
        what=f"entry {each.sequence}: {each.kind}",
        amount=each.amount,
        facts=facts(
            id=each.id,
            method=each.method,
            so_far=each.cumulative,
            terms_version=each.terms_version,
            booked_by=each.booked_by,
            booked_at=each.booked_at.isoformat(),
            cost_incurred=basis.cost_incurred if basis else None,
            estimate_at_completion=basis.estimate_at_completion if basis else None,
            share_done=basis.share if basis else None,
            in_own_currency=each.functional.amount if each.functional else None,
            at_rate=f"{rate.rate} {rate.rate_type} of {rate.rate_date}" if rate else None,
        ),
    )


def _worked_out(of: RevenueGrounds, booked: Money) -> Part:
    """Return what the month's work comes to by what the systems say now.

    It is what was booked, unless something changed since and is not trued up yet.
    """
    judged, days = of.judged, days_of(of.judged.month)
    known, terms = judged.facts, judged.terms
    before = earned.recognized(known, days.before, terms)
    now = earned.recognized(known, days.end, terms)
    promised = earned.promised(known, days.end, terms) - earned.promised(known, days.before, terms)
    parts = [
        *_promise(of, promised),
        *_lines(of),
        *_given_back(known, of),
    ]
    return Part(
        what="worked out from what is recorded now",
        amount=now - before,
        facts=facts(
            earned_before=before,
            earned_by_the_end=now,
            booked=booked,
            not_booked_yet=(now - before - booked) or None,
        ),
        parts=tuple(parts),
    )


def _promise(of: RevenueGrounds, promised: Money) -> Iterator[Part]:
    """Yield what of a fixed promise was earned in the month, with the work that measures it."""
    facts_, days = of.judged.facts, days_of(of.judged.month)
    if facts_.price_at(days.end) is None and facts_.contract.recurring is None:
        return
    share = earned.percent_complete(facts_, days.end, of.judged.terms) if of.tells_costs else None
    yield Part(
        what="earned of the agreed price or fee",
        amount=promised,
        facts=facts(
            method=facts_.method,
            price=facts_.price_at(days.end),
            share_done=None if share is None else share.quantize(Decimal("0.000001")),
            fee=facts_.contract.recurring.monthly_fee if facts_.contract.recurring else None,
        ),
        because=tuple(_people(of)),
    )


def _people(of: RevenueGrounds) -> Iterator[Part]:
    """Yield the hours that everybody worked in the month; what they cost is not told by person."""
    days = days_of(of.judged.month)
    hours: dict[str, Decimal] = {}
    for each in of.judged.facts.worked:
        if days.start <= each.day <= days.end:
            hours[each.employee] = hours.get(each.employee, Decimal(0)) + each.hours
    for employee, worked in sorted(hours.items()):
        yield Part(what=f"hours of {employee}", quantity=worked)


def _lines(of: RevenueGrounds) -> Iterator[Part]:
    """Yield each line of an invoice, or of one that is to come, that the month may invoice."""
    days = days_of(of.judged.month)
    written: dict[tuple[str, Money], list[str]] = {}
    for invoice in of.invoices:
        for number, line in enumerate(invoice.draft.lines, 1):
            where = f"invoice {invoice.number or invoice.id} line {number}"
            written.setdefault((line.kind, line.net), []).append(where)
    for each in earned.beside(of.judged.facts, days.end):
        if each.day < days.start:
            continue
        found = written.get((each.kind, each.amount), [])
        yield Part(
            what=f"{each.kind} of the work".replace("_", " "),
            amount=each.amount,
            facts=facts(
                earned_on=each.day,
                billed_by=found.pop(0) if found else "no invoice yet, or a credit note",
            ),
        )


def _given_back(known: RevenueFacts, of: RevenueGrounds) -> Iterator[Part]:
    days = days_of(of.judged.month)
    for each in known.given_back:
        if days.start <= each.day <= days.end:
            yield Part(
                what="service credit",
                amount=-each.amount,
                facts=facts(of=each.day),
            )
