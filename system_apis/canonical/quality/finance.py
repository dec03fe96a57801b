"""What is wrong with invoices and money: rules DQ-F1 to DQ-F10 of the domain handbook, 5.

A fact that is not known is None, and nothing is said of it. Each rule returns what it found.
"""

from datetime import date, timedelta
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.billing import (
    ClientBalance,
    FiscalPeriod,
    Invoice,
    InvoiceDraft,
    InvoiceStatus,
    Payment,
)
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.money import Money, minor_unit

UNPLACED_AFTER = timedelta(days=30)


class InvoiceFacts(Struct, frozen=True, kw_only=True):
    """An invoice as the ERP has it, what we expect of it, and what else corrects or bills it."""

    invoice: Invoice
    expected: InvoiceDraft | None = None
    billed_elsewhere: tuple[str, ...] = ()
    credit_notes: tuple[CreditNote, ...] = ()
    period: FiscalPeriod | None = None


class AmountFacts(Struct, frozen=True, kw_only=True):
    """An amount as a system wrote it, before it is money."""

    amount: Decimal
    currency: str


class ReceivableFacts(Struct, frozen=True, kw_only=True):
    """What a client owes each company, and what it paid that no invoice took yet."""

    balances: tuple[ClientBalance, ...] = ()
    on: date
    payments: tuple[Payment, ...] = ()


class RecognitionFacts(Struct, frozen=True, kw_only=True):
    """What was recognised of a performance obligation, and its price."""

    recognized: Money
    transaction_price: Money


def sums_differ(facts: InvoiceFacts) -> str | None:
    """DQ-F1: net is the sum of the lines, gross is net plus tax; a draft of ours cannot differ."""
    invoice = facts.invoice
    if (invoice.net + invoice.tax).value != invoice.gross.value:
        return f"gross {invoice.gross} is not net {invoice.net} plus tax {invoice.tax}"
    if not invoice.lines:  # an opening balance has none
        return None
    total = Money.total((each.net for each in invoice.lines), invoice.currency)
    return (
        f"net {invoice.net} is not the lines' {total}" if total.value != invoice.net.value else None
    )


def tax_groups_differ(facts: InvoiceFacts) -> str | None:
    """DQ-F2: tax is the sum of its groups (EN 16931, BR-CO-14 [K]); posting stops if not.

    The code is `TAX_GROUPS_DIFFER`.
    """
    invoice = facts.invoice
    if invoice.tax_groups is None:
        return None
    tax = invoice.tax
    total = Money.total((each.tax for each in invoice.tax_groups), invoice.currency)
    return f"tax {tax} is not the groups' {total}" if total.value != tax.value else None


def total_unexpected(facts: InvoiceFacts) -> str | None:
    """DQ-F3: the ERP comes to the total that we expect; posting stops if not (TOTAL_MISMATCH)."""
    if facts.expected is None:
        return None
    ours, theirs = facts.expected.gross, facts.invoice.gross
    return f"gross is {theirs}, and {ours} was expected" if ours.value != theirs.value else None


def billed_twice(facts: InvoiceFacts) -> str | None:
    """DQ-F4: work is billed once; the ledger's key refuses a second time, and bills wait (B10)."""
    twice = facts.billed_elsewhere
    return f"lines bill {', '.join(twice)}, which another invoice bills" if twice else None


def credited_too_much(facts: InvoiceFacts) -> str | None:
    """DQ-F5: no more is taken back than was billed; crediting stops (CREDIT_EXCEEDS_INVOICE)."""
    invoice = facts.invoice
    standing = [each for each in facts.credit_notes if each.status is not InvoiceStatus.VOID]
    total = Money.total((each.gross for each in standing), invoice.currency)
    return f"gross {invoice.gross} is credited with {total}" if invoice.gross < total else None


def unplaced_long(facts: ReceivableFacts) -> str | None:
    """DQ-F6: money that came in is placed within 30 days; the worklist asks finance at once."""
    old = [
        each.reference or f"{each.unapplied} of {each.date}"
        for each in facts.payments
        if each.unapplied.value > 0 and facts.on - each.date > UNPLACED_AFTER
    ]
    return f"unapplied since more than 30 days: {', '.join(old)}" if old else None


def balance_negative(facts: ReceivableFacts) -> str | None:
    """DQ-F7: a client does not owe less than nothing."""
    below = [each for each in facts.balances if each.balance.value < 0]
    said = ", ".join(f"{each.balance} in {each.legal_entity}" for each in below)
    return f"balance is {said}" if said else None


def posted_in_closed_period(facts: InvoiceFacts) -> str | None:
    """DQ-F8: nothing is posted into a closed period; a bill waits until it is open (B13)."""
    period = facts.period
    if facts.invoice.status is not InvoiceStatus.DRAFT or period is None:
        return None
    return (
        f"issue_date {facts.invoice.issue_date} is in a closed period"
        if not period.is_open
        else None
    )


def recognised_too_much(facts: RecognitionFacts) -> str | None:
    """DQ-F9: no more is recognised than the price; a `RevenueSchedule` cannot be made otherwise."""
    over = facts.transaction_price < facts.recognized
    return f"recognized {facts.recognized} is over {facts.transaction_price}" if over else None


def precision_wrong(facts: AmountFacts) -> str | None:
    """DQ-F10: an amount is in whole minor units of its currency; `Money` takes no other."""
    unit = minor_unit(facts.currency)
    wrong = facts.amount % unit != 0
    return f"amount {facts.amount} has a part of {unit} {facts.currency}" if wrong else None
