"""Which invoices money belongs to: exact reference, then amount and client. Pure decisions.

What neither tells is placed by a person (domain handbook, 3d, step 11).
"""

import re
from collections.abc import Sequence

from process_apis.project_to_cash.receivables import Application, Match
from process_apis.project_to_cash.records import ClientInvoice
from system_apis.canonical.billing import Payment
from system_apis.canonical.money import Money


def proposals(payment: Payment, invoices: Sequence[ClientInvoice]) -> list[Application]:
    """Return how a payment's unapplied money is applied without asking anybody.

    `invoices` are those of the payment's company that something is owed on. What the named
    invoices do not owe stays unapplied; an amount alone must fit one invoice of the client
    exactly, and no other.
    """
    applied = {each.invoice_number for each in payment.applications}
    possible = [
        each
        for each in invoices
        if each.draft.currency == payment.amount.currency
        and each.draft.client_number == payment.client_number
        and each.number not in applied
        and each.owed.value > 0
    ]
    named = [each for each in possible if is_named(each.number or "", payment.reference or "")]
    if named:
        return _oldest_first(payment.unapplied, named)
    fitting = [each for each in possible if each.owed == payment.unapplied]
    if len(fitting) == 1:
        return [_application(fitting[0], payment.unapplied, Match.AMOUNT)]
    return []


def is_named(number: str, text: str) -> bool:
    """Whether a remittance text holds an invoice's number, and not as a part of another one."""
    if not number:
        return False
    alone = rf"(?<![A-Z0-9])(?<![A-Z0-9][-/]){re.escape(number.upper())}(?![-/]?[A-Z0-9])"
    return re.search(alone, text.upper()) is not None


def _oldest_first(money: Money, invoices: Sequence[ClientInvoice]) -> list[Application]:
    left, found = money, []
    for invoice in sorted(invoices, key=lambda each: (each.draft.due_date, each.number or "")):
        amount = min(left, invoice.owed)
        if amount.value > 0:
            found.append(_application(invoice, amount, Match.REFERENCE))
            left -= amount
    return found


def _application(invoice: ClientInvoice, amount: Money, match: Match) -> Application:
    return Application(
        invoice_number=invoice.number or "", amount=amount, match=match, invoice_id=invoice.id
    )
