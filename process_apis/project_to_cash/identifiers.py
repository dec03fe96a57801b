"""Ids of billing events and invoices: the same thing has the same id, however often it is made."""

import hashlib
from datetime import date

from process_apis.project_to_cash.records import BillingEvent


def billing_event_id(
    contract_id: str, start: date, milestone: str | None = None, sequence: int = 1
) -> str:
    """Return the id of a contract's period or milestone: the natural key of a billing event."""
    part = f"|{milestone}" if milestone else ""
    again = f"|{sequence}" if sequence > 1 else ""
    return _id("be", f"{contract_id}|{start}{part}{again}")


def credit_note_id(invoice_id: str, occasion: str) -> str:
    """Return the id of the credit of an invoice on one occasion."""
    return _id("cn", f"{invoice_id}|{occasion}")


def adopted_event_id(contract_id: str, document_id: str) -> str:
    """Return the id of the billing event that stands for a document of another hand."""
    return _id("be", f"{contract_id}|{document_id}|adopted")


def invoice_id(event: BillingEvent) -> str:
    """Return the id of the invoice of one version of a billing event."""
    return _id("inv", f"{event.id}|{event.version}")


def write_off_id(event_id: str, number: int) -> str:
    """Return the id of an event's write-off, of which so many were put back before."""
    return _id("wo", f"{event_id}|{number}")


def dispute_id(invoice_id: str, objection: str) -> str:
    """Return the id of an objection to an invoice; the same words are the same dispute."""
    return _id("dsp", f"{invoice_id}|{objection}")


def reminder_id(invoice_id: str, level: int) -> str:
    """Return the id of an invoice's reminder of a level."""
    return _id("rem", f"{invoice_id}|{level}")


def revenue_entry_id(project_number: str, month: str, sequence: int) -> str:
    """Return the id of an entry of a project's month in the revenue ledger."""
    return _id("rev", f"{project_number}|{month}|{sequence}")


def change_application_id(subject_id: str, ground: str) -> str:
    """Return the id of a plan that is carried out: the same plan of a subject is one."""
    return _id("chg", f"{subject_id}|{ground}")


def _id(prefix: str, text: str) -> str:
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])
    return f"{prefix}_" + "".join(letters[(number >> (5 * place)) & 31] for place in range(26))
