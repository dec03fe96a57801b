"""What people call a record that is judged: never by an id of ours. Pure."""

from msgspec import Struct

from system_apis.canonical.quality.client import ClientFacts
from system_apis.canonical.quality.contract import ContractFacts
from system_apis.canonical.quality.expense import ExpenseFacts
from system_apis.canonical.quality.finance import InvoiceFacts, ReceivableFacts
from system_apis.canonical.quality.people_time import EntryFacts, PersonFacts
from system_apis.canonical.quality.procurement import BillFacts, ReceiptFacts, VendorFacts
from system_apis.canonical.quality.project import ProjectFacts


def called(facts: Struct) -> str | None:
    """Return what people call the record that some facts are of, if it has a name."""
    match facts:
        case ClientFacts(client=client):
            return f"client {client.legal_name} ({client.number})"
        case ContractFacts(contract=contract):
            return f"contract {contract.number} of {contract.project_number}"
        case ProjectFacts(project=project):
            return f"project {project.number} {project.name}"
        case PersonFacts(employee=person, calendar_known=None):
            return f"employee {person.number} of {person.legal_entity}"
        case PersonFacts(employee=person):
            return f"company {person.legal_entity}"
        case VendorFacts(vendor=vendor):
            return f"vendor {vendor.legal_name}"
        case InvoiceFacts() | ReceivableFacts():
            return _of_money(facts)
        case _:
            return _of_work(facts)


def _of_money(facts: InvoiceFacts | ReceivableFacts) -> str | None:
    if isinstance(facts, InvoiceFacts):
        invoice = facts.invoice
        what = f"invoice {invoice.number}" if invoice.number else "an invoice without a number"
        return f"{what} of {invoice.gross}, client {invoice.client_number}"
    for payment in facts.payments:
        return f"payment of {payment.amount} on {payment.date}, client {payment.client_number}"
    return next((f"client {each.client_number}" for each in facts.balances), None)


def _of_work(facts: Struct) -> str | None:
    match facts:
        case EntryFacts(entry=entry):
            return f"time entry {entry.number} of {entry.work_date} on {entry.project_number}"
        case ExpenseFacts(expense=line):
            return f"expense {line.number} of {line.date} on {line.project_number}"
        case BillFacts(bill=bill):
            return f"vendor's bill {bill.number} of {bill.gross}"
        case ReceiptFacts(receipt=receipt):
            return f"receipt {receipt.number} on {receipt.purchase_order_number}"
    return None
