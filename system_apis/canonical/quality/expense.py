"""What is wrong with an expense: rules DQ-X1 to DQ-X4 of the domain handbook, 5.

A fact that is not known is None, and nothing is said of it. Each rule returns what it found.
"""

from collections.abc import Mapping
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.time import ExpenseLine

PER_DIEM = "per_diem"
NO_RECEIPT_BELOW = {"USD": Decimal(75)}


class ExpenseFacts(Struct, frozen=True, kw_only=True):
    """An expense, the others of the firm, and the project it is on."""

    expense: ExpenseLine
    others: tuple[ExpenseLine, ...] = ()
    receipt_needed: bool = True
    project_currency: str | None = None
    rate_known: bool | None = None
    project_takes_expenses: bool | None = None


def needs_receipt(expense: ExpenseLine, below: Mapping[str, Decimal] = NO_RECEIPT_BELOW) -> bool:
    """Whether an expense must be proven: a per diem never, and small ones not in every country.

    The floor of US dollars is that of Treas. Reg. 1.274-5; elsewhere there is none [P].
    """
    floor = below.get(expense.amount.currency, Decimal(0))
    return expense.category != PER_DIEM and expense.amount.value >= floor


def receipt_missing(facts: ExpenseFacts) -> str | None:
    """DQ-X1: an expense has a receipt where its kind and amount ask for one."""
    missing = facts.receipt_needed and not facts.expense.receipt_hash
    return "receipt_hash is absent" if missing else None


def exchange_rate_missing(facts: ExpenseFacts) -> str | None:
    """DQ-X2: money of another currency has a rate; a bill waits for it (B12)."""
    ours, theirs = facts.expense.amount.currency, facts.project_currency
    missing = theirs not in {None, ours} and facts.rate_known is False
    return f"amount in {ours} has no rate to {theirs}" if missing else None


def receipt_used_twice(facts: ExpenseFacts) -> str | None:
    """DQ-X3: a receipt is claimed once, by whomever."""
    expense = facts.expense
    twins = [
        each.number
        for each in facts.others
        if each.id != expense.id
        and expense.receipt_hash
        and expense.receipt_hash == each.receipt_hash
    ]
    return f"receipt_hash is also that of {', '.join(twins)}" if twins else None


def project_closed(facts: ExpenseFacts) -> str | None:
    """DQ-X4: a project that is closed takes no expense."""
    closed = facts.project_takes_expenses is False
    return (
        f"project_number {facts.expense.project_number} is closed for expenses" if closed else None
    )
