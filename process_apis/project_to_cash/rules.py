"""What an invoice says: lines, cap, tax and totals. Pure decisions.

Sources: domain handbook 0.4 (rounding), 3(d) (amount rules).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from process_apis.project_to_cash.invoicing import down_payments, tax
from process_apis.project_to_cash.invoicing import invoice_lines as lines
from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.invoicing.worked import COUNTED, standing
from process_apis.project_to_cash.records import (
    BilledLine,
    BillingEvent,
    BillingKind,
    Blocker,
    EventStatus,
)
from system_apis.canonical.billing import (
    InvoiceDraft,
    InvoiceLine,
    PostingTerms,
    TaxRounding,
)
from system_apis.canonical.contracts import CapScope, Contract
from system_apis.canonical.money import Money
from system_apis.canonical.time import ExpenseLine, TimeEntry

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

    def has_rate(self, currency: str) -> bool:
        """Whether an amount of a currency can be told in the reporting currency."""
        return currency == self.currency or currency in self.rates


def prepare(facts: BillingFacts, terms: PostingTerms) -> Prepared:
    """Return the invoice of a billing event from its sources, as they are approved."""
    entries = [each for each in standing(facts.entries) if _is_billable(each)]
    spent = [each for each in facts.expenses if _is_billable(each)]
    spent = [each for each in spent if each.id not in facts.billed_sources]
    spent = [each for each in spent if each.amount.currency == facts.contract.currency]
    fees = (*_fees(facts, entries, terms), *_released(facts))
    expenses = lines.expenses(spent, facts.contract) if facts.event.bills_work else ()
    over_cap = _over_cap(facts, fees, expenses)
    billed = (*fees, *lines.adjustment(facts.event.id, over_cap), *expenses)
    if facts.deposit is not None:
        billed = (*billed, *down_payments.applied(facts.contract, billed, facts.deposit))
    return Prepared(_draft(facts, tuple(each.line for each in billed), terms), billed, over_cap)


def _is_billable(row: TimeEntry | ExpenseLine) -> bool:
    return row.billable and row.status in COUNTED


def _released(facts: BillingFacts) -> tuple[BilledLine, ...]:
    """Return the held work that fits under the cap now, oldest first; what is over is adjusted."""
    if facts.event.sequence == 1:
        return ()
    cap = facts.contract.nte_cap
    return lines.released(facts.held, None if cap is None else cap - facts.billed)


def _fees(
    facts: BillingFacts, entries: Sequence[TimeEntry], terms: PostingTerms
) -> tuple[BilledLine, ...]:
    """Return the fee lines that the contract's way of billing makes."""
    event, contract = facts.event, facts.contract
    match event.kind:
        case BillingKind.TIME:
            fresh = [each for each in entries if each.id not in facts.billed_sources]
            return lines.time(fresh, contract, terms)
        case BillingKind.MILESTONE:
            due = lines.milestone(event, contract)
        case BillingKind.RETAINER:
            carried = facts.carried_hours
            due = lines.retainer(event, contract, entries, terms, carried=carried)
        case BillingKind.SUBSCRIPTION:
            due = lines.subscription(event, contract, terms)
        case BillingKind.DOWN_PAYMENT:
            due = down_payments.invoiced(contract)
    return lines.unbilled(due, facts.billed_sources, terms)


def _over_cap(
    facts: BillingFacts, fees: Sequence[BilledLine], expenses: Sequence[BilledLine]
) -> Money:
    """Return what exceeds the not-to-exceed cap: max(0, billed to date + this - cap)."""
    nothing = Money.zero(facts.contract.currency)
    cap = facts.contract.nte_cap
    if cap is None or facts.event.kind is BillingKind.DOWN_PAYMENT:
        return nothing
    counted = [each.line.net for each in fees]
    if facts.contract.nte_scope is CapScope.FEES_AND_EXPENSES:
        counted += [each.line.net for each in expenses]
    total = Money.total(counted, cap.currency)
    excess = facts.billed + total - cap
    return min(max(excess, nothing), total)


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
    tax_terms = tax.drafted_with(contract.tax)
    net = Money.total((line.net for line in lines), contract.currency)
    owed = expected_tax(lines, tax_terms.rate, terms, contract.currency)
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
        tax=owed,
        gross=net + owed,
        exemption_reason=tax.exemption_reason(tax_terms),
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
    worth = in_reporting_currency(gross, policy)
    for tier in policy.tiers:
        if tier.up_to is None or (worth is not None and worth < tier.up_to):
            return tier.roles
    return policy.tiers[-1].roles


def in_reporting_currency(gross: Money, policy: ApprovalPolicy) -> Decimal | None:
    """Return what an amount is in the reporting currency; None without a rate."""
    same = gross.currency == policy.currency
    rate = Decimal(1) if same else policy.rates.get(gross.currency)
    return None if rate is None else gross.value * rate
