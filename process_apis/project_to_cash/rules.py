"""What an invoice says: lines, cap, tax and totals. Pure decisions.

Sources: domain handbook 0.4 (rounding), 3(d) (amount rules).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from process_apis.project_to_cash.readiness import BillingFacts
from process_apis.project_to_cash.records import (
    Allocation,
    BilledLine,
    BillingEvent,
    Blocker,
    EventStatus,
    SourceType,
)
from system_apis.canonical.billing import (
    InvoiceDraft,
    InvoiceLine,
    LineKind,
    PostingTerms,
    TaxRounding,
)
from system_apis.canonical.contracts import CapScope, Contract, TaxTerms
from system_apis.canonical.money import Money, Price
from system_apis.canonical.time import EntryStatus, ExpenseLine, TimeEntry

BILLABLE = {EntryStatus.APPROVED, EntryStatus.LOCKED}
MORE_MAY_COME = {"B04", "B05", "B06", "B07"}


class Prepared(Struct, frozen=True):
    """An invoice as it would be, line by line with its sources, and what the cap keeps back."""

    draft: InvoiceDraft
    billed: tuple[BilledLine, ...]
    over_cap: Money


class Tier(Struct, frozen=True):
    """Up to `up_to` (None: without limit) these roles approve, in this order."""

    up_to: Decimal | None
    roles: tuple[str, ...]


class ApprovalPolicy(Struct, frozen=True, kw_only=True):
    """Who approves an invoice, by its amount in the reporting currency [P]."""

    version: int
    currency: str
    rates: Mapping[str, Decimal]
    tiers: tuple[Tier, ...]


def prepare(facts: BillingFacts, terms: PostingTerms) -> Prepared:
    """Return the invoice of a time-and-materials period from its approved, billable sources."""
    entries = [each for each in facts.entries if each.billable and each.status in BILLABLE]
    spent = [each for each in facts.expenses if each.billable and each.status in BILLABLE]
    fees = _fees(entries, facts.contract, terms)
    expenses = _expenses(spent, facts.contract)
    over_cap = _over_cap(facts, fees, expenses)
    billed = (*fees, *_adjustment(facts.event.id, over_cap), *expenses)
    return Prepared(_draft(facts, tuple(each.line for each in billed), terms), billed, over_cap)


def _fees(
    entries: Sequence[TimeEntry], contract: Contract, terms: PostingTerms
) -> tuple[BilledLine, ...]:
    """One line per person and rate, in the order of the people's numbers."""
    rates = {each.role: each.rate for each in contract.rates}
    groups: dict[tuple[str, Decimal], list[TimeEntry]] = {}
    for entry in sorted(entries, key=_in_order):
        if entry.role in rates:
            groups.setdefault((entry.employee, rates[entry.role].value), []).append(entry)
    return tuple(_fee(rows, rates[rows[0].role], terms) for rows in groups.values())


def _in_order(entry: TimeEntry) -> tuple[str, str, date, str]:
    return entry.employee, entry.role, entry.work_date, entry.number


def _fee(rows: Sequence[TimeEntry], rate: Price, terms: PostingTerms) -> BilledLine:
    """One person's line; each entry takes its share so that the shares make up the line."""
    hours = Decimal(0)
    so_far = Money.zero(rate.currency)
    sources = []
    for row in rows:
        hours += row.hours
        net = rate.times(hours, terms.rounding)
        sources.append(
            Allocation(
                source_type=SourceType.TIME_ENTRY,
                source_id=row.id,
                sign=1,
                quantity=row.hours,
                approved=row.hours,
                unit_rate=rate,
                amount=net - so_far,
            )
        )
        so_far = net
    roles = ", ".join(dict.fromkeys(row.role for row in rows))
    line = InvoiceLine(
        kind=LineKind.TIME,
        description=f"{roles}, {hours.normalize():f} h",
        quantity=hours,
        unit_price=rate,
        net=so_far,
        employee=rows[0].employee,
    )
    return BilledLine(line, tuple(sources))


def _expenses(spent: Sequence[ExpenseLine], contract: Contract) -> tuple[BilledLine, ...]:
    """All billable expenses at cost, on one line."""
    if not spent or not contract.expenses_billable:
        return ()
    net = Money.total((each.amount for each in spent), contract.currency)
    line = _lump(LineKind.EXPENSES, "Expenses at cost", net)
    sources = tuple(
        Allocation(
            source_type=SourceType.EXPENSE_LINE,
            source_id=each.id,
            sign=1,
            quantity=each.amount.value,
            approved=each.amount.value,
            unit_rate=Price("1", each.amount.currency),
            amount=each.amount,
        )
        for each in sorted(spent, key=lambda each: (each.date, each.number))
    )
    return (BilledLine(line, sources),)


def _lump(kind: LineKind, description: str, net: Money) -> InvoiceLine:
    return InvoiceLine(
        kind=kind,
        description=description,
        quantity=Decimal(1),
        unit_price=Price(net.amount, net.currency),
        net=net,
    )


def _over_cap(
    facts: BillingFacts, fees: Sequence[BilledLine], expenses: Sequence[BilledLine]
) -> Money:
    """Return what exceeds the not-to-exceed cap: max(0, billed to date + this - cap)."""
    nothing = Money.zero(facts.contract.currency)
    cap = facts.contract.nte_cap
    if cap is None:
        return nothing
    counted = [each.line.net for each in fees]
    if facts.contract.nte_scope is CapScope.FEES_AND_EXPENSES:
        counted += [each.line.net for each in expenses]
    total = Money.total(counted, cap.currency)
    excess = facts.billed + total - cap
    return min(max(excess, nothing), total)


def _adjustment(billing_event_id: str, over_cap: Money) -> tuple[BilledLine, ...]:
    """What exceeds the cap is taken off on one line; the work stays held, unbilled."""
    if not over_cap:
        return ()
    text = "Adjustment to the agreed not-to-exceed amount"
    line = _lump(LineKind.NTE_ADJUSTMENT, text, -over_cap)
    source = Allocation(
        source_type=SourceType.ADJUSTMENT,
        source_id=billing_event_id,
        sign=1,
        quantity=Decimal(1),
        approved=Decimal(1),
        unit_rate=line.unit_price,
        amount=line.net,
    )
    return (BilledLine(line, (source,)),)


def after_check(
    event: BillingEvent, prepared: Prepared, found: Sequence[Blocker], *, at: datetime
) -> BillingEvent:
    """Return a billing event with what a check found; the first findings are kept for good.

    Its version rises when the amount over the cap changes, so that an earlier answer of
    finance does not hold for another amount.
    """
    changed = event.over_cap is not None and event.over_cap != prepared.over_cap
    status = EventStatus.BLOCKED if found else EventStatus.READY
    if not prepared.billed and not any(each.code in MORE_MAY_COME for each in found):
        status = EventStatus.NOTHING_TO_BILL
    first = event.first_checked_at is None
    return replace(
        event,
        status=status,
        version=event.version + changed,
        blockers=tuple(found),
        first_blockers=tuple(found) if first else event.first_blockers,
        first_checked_at=at if first else event.first_checked_at,
        amount_expected=prepared.draft.gross,
        over_cap=prepared.over_cap,
    )


def _draft(
    facts: BillingFacts, lines: tuple[InvoiceLine, ...], terms: PostingTerms
) -> InvoiceDraft:
    contract = facts.contract
    tax_terms = contract.tax or TaxTerms(category="O", rate=Decimal(0))
    net = Money.total((line.net for line in lines), contract.currency)
    tax = expected_tax(lines, tax_terms.rate, terms, contract.currency)
    issued = facts.event.planned_date
    return InvoiceDraft(
        legal_entity=contract.legal_entity,
        client_number=facts.client.number if facts.client else facts.event.client_number,
        project_number=facts.project_number,
        currency=contract.currency,
        issue_date=issued,
        due_date=issued + timedelta(days=contract.payment_terms_days or 0),
        purchase_order=order_on(contract, facts.on),
        tax_category=tax_terms.category,
        tax_rate=tax_terms.rate,
        lines=lines,
        net=net,
        tax=tax,
        gross=net + tax,
    )


def expected_tax(
    lines: Sequence[InvoiceLine], rate: Decimal, terms: PostingTerms, currency: str
) -> Money:
    """Return the tax we expect of the ERP, worked out the way that it declares."""

    def taxed(base: Decimal) -> Money:
        return Money.of(base * rate, currency, terms.rounding)

    match terms.tax_rounding:
        case TaxRounding.LINE:
            return Money.total((taxed(line.net.value) for line in lines), currency)
        case TaxRounding.GROUP:
            return taxed(Money.total((line.net for line in lines), currency).value)
        case TaxRounding.EXACT_GROUP:
            exact = (line.quantity * line.unit_price.value for line in lines)
            return taxed(sum(exact, start=Decimal(0)))


def order_on(contract: Contract, day: date) -> str | None:
    """Return the number of the purchase order an invoice of a day names, the oldest valid one."""
    valid = [each for each in contract.purchase_orders if each.valid_to >= day]
    return min(valid, key=lambda each: each.received_at).number if valid else None


def approvers(gross: Money, policy: ApprovalPolicy) -> tuple[str, ...]:
    """Return the roles that approve an invoice of this total, in order.

    Of a currency without a rate nobody can say how much it is: the last tier approves it.
    """
    same = gross.currency == policy.currency
    rate = Decimal(1) if same else policy.rates.get(gross.currency)
    for tier in policy.tiers:
        if tier.up_to is None or (rate is not None and gross.value * rate < tier.up_to):
            return tier.roles
    return policy.tiers[-1].roles
