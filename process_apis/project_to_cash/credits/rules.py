"""What a credit note says: which allocations it takes back, on which lines. Pure decisions.

Sources: domain handbook 0.1 (line-level allocation), 0.4 (rounding), 3(d) (credit and rebill).
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from process_apis.project_to_cash.credit_records import (
    CreditedLine,
    StandingSource,
    TakenBack,
)
from process_apis.project_to_cash.records import ClientInvoice, SourceType
from process_apis.project_to_cash.rules import expected_tax
from system_apis.canonical.billing import InvoiceLine, LineKind, PostingTerms
from system_apis.canonical.credits import CreditNoteDraft
from system_apis.canonical.money import Money, Price

HOURS = {LineKind.TIME, LineKind.OVERAGE}


def chosen(standing: Sequence[StandingSource], numbers: Sequence[str]) -> list[StandingSource]:
    """Return the sources of these numbers, or raise `ValueError` naming what is not billed.

    With the last of an invoice's work goes what its cap took off, which the client never paid.
    """
    work = [each for each in standing if each.source_type is not SourceType.ADJUSTMENT]
    if not work:
        raise ValueError(
            "`sources`: no work stands on this invoice: it is credited already, or what a cap"
            " had held; name work on the invoice of its period, which bills it"
        )
    by_number: dict[str, list[StandingSource]] = {}
    for each in work:
        by_number.setdefault(each.source_number, []).append(each)
    unknown = [number for number in dict.fromkeys(numbers) if number not in by_number]
    if unknown:
        raise ValueError(
            f"`sources`: {', '.join(unknown)} is not billed on this invoice, or credited already;"
            " name what it bills, each by its number"
        )
    found = [each for number in dict.fromkeys(numbers) for each in by_number[number]]
    return _whole(standing) if len(found) == len(work) else found


def _whole(standing: Sequence[StandingSource]) -> list[StandingSource]:
    """Return all that stands with its adjustment, but for one that leaves nothing to give back."""
    currency = standing[0].amount.currency
    if Money.zero(currency) < Money.total((each.amount for each in standing), currency):
        return list(standing)
    return [each for each in standing if each.source_type is not SourceType.ADJUSTMENT]


def work_lines(
    taken: Sequence[StandingSource], lines: Sequence[InvoiceLine], terms: PostingTerms
) -> list[CreditedLine]:
    """Return a credit line for each invoice line that the sources are of, in its order."""
    by_line: dict[int, list[StandingSource]] = {}
    for each in sorted(taken, key=lambda one: (one.line, one.row)):
        by_line.setdefault(each.line, []).append(each)
    return [_work_line(rows, lines[number], terms) for number, rows in by_line.items()]


def _work_line(
    rows: Sequence[StandingSource], billed: InvoiceLine, terms: PostingTerms
) -> CreditedLine:
    """Take rows of one line back for exactly what they were billed at.

    Hours are credited as hours when the ERP makes the same amount of them, else as a lump.
    """
    net = Money.total((each.amount for each in rows), billed.net.currency)
    hours = sum((each.quantity for each in rows), start=Decimal(0))
    as_hours = billed.kind in HOURS and billed.unit_price.times(hours, terms.rounding) == net
    line = InvoiceLine(
        kind=billed.kind,
        description=f"Credit of {_named(rows, billed)}",
        quantity=hours if as_hours else Decimal(1),
        unit_price=billed.unit_price if as_hours else Price(net.amount, net.currency),
        net=net,
        employee=billed.employee,
        milestone=billed.milestone,
    )
    return CreditedLine(line, tuple(TakenBack(each, each.quantity, each.amount) for each in rows))


def _named(rows: Sequence[StandingSource], billed: InvoiceLine) -> str:
    """Return the sources' numbers, as many as fit on a line, or what a line without any is."""
    if billed.kind is LineKind.NTE_ADJUSTMENT:
        return billed.description
    numbers = [each.source_number for each in rows]
    if len(numbers) > 10:
        return f"{len(numbers)} entries, {numbers[0]} to {numbers[-1]}"
    return ", ".join(numbers) or billed.description


def service_lines(
    standing: Sequence[StandingSource],
    lines: Sequence[InvoiceLine],
    percent: Decimal,
    terms: PostingTerms,
) -> list[CreditedLine]:
    """Return the credit of a service level that was missed: a share of the period's fee.

    The share is of the fee as it was billed; no more is taken than still stands.
    """
    return [
        _service_line(each, lines[each.line], percent, terms)
        for each in standing
        if each.source_type is SourceType.FEE_PERIOD and each.amount
    ]


def _service_line(
    fee: StandingSource, billed: InvoiceLine, percent: Decimal, terms: PostingTerms
) -> CreditedLine:
    share = percent / 100
    wanted = Money.of(billed.net.value * share, billed.net.currency, terms.rounding)
    net = min(wanted, fee.amount)
    line = InvoiceLine(
        kind=LineKind.SERVICE_CREDIT,
        description=f"Service credit of {percent.normalize():f} %, {billed.description}",
        quantity=Decimal(1),
        unit_price=Price(net.amount, net.currency),
        net=net,
    )
    return CreditedLine(line, (TakenBack(fee, min(share, fee.quantity), net),))


def draft(
    invoice: ClientInvoice,
    lines: Sequence[CreditedLine],
    terms: PostingTerms,
    *,
    on: date,
    reason: str,
) -> CreditNoteDraft:
    """Return the credit note of some lines, taxed as the invoice was."""
    billed, credited = invoice.draft, tuple(each.line for each in lines)
    net = Money.total((each.net for each in credited), billed.currency)
    tax = expected_tax(credited, billed.tax_rate, terms, billed.currency)
    return CreditNoteDraft(
        legal_entity=billed.legal_entity,
        client_number=billed.client_number,
        project_number=billed.project_number,
        invoice_number=invoice.number or "",
        reason=reason,
        currency=billed.currency,
        issue_date=max(on, billed.issue_date),
        tax_category=billed.tax_category,
        tax_rate=billed.tax_rate,
        lines=credited,
        net=net,
        tax=tax,
        gross=net + tax,
    )
