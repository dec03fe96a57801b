"""Which invoice the money of a client is for, as the story has it."""

from experience_apis.finance.views import InvoiceView
from gateway.demo.facts import ClientPayment


def paid_by(payment: ClientPayment, invoices: list[InvoiceView]) -> InvoiceView | None:
    """Return the invoice that a payment is for: the one of its amount, else the oldest unpaid."""
    owed = [
        each
        for each in invoices
        if each.project_number == payment.project and each.posted and each.posted != each.paid
    ]
    exact = [
        each
        for each in owed
        if each.posted and (each.posted - each.credited).value == payment.amount
    ]
    return next(iter([*exact, *owed]), None)
