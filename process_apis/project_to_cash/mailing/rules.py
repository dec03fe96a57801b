"""What a client is told of an invoice or a credit note, and whether it is mailed. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from msgspec import Struct

from process_apis.project_to_cash.credit_records import ClientCreditNote
from process_apis.project_to_cash.mailing.records import MailedKind
from process_apis.project_to_cash.records import ClientInvoice
from system_apis.canonical.billing import InvoiceDraft, InvoiceLine
from system_apis.canonical.credits import CreditNoteDraft
from system_apis.canonical.money import Money
from system_apis.canonical.party import LegalEntity

CREDITED = "all of the invoice was credited before it was sent"
NEVER_SENT = "the invoice that it credits was never sent"
ELECTRONIC = "the law wants it electronic: the books send it"
DECLINED = "a person declined"
GIVEN_UP = "a person gave it up"


class Letter(Struct, frozen=True):
    """An invoice, or a credit note of it, in words, as it is mailed."""

    kind: MailedKind
    invoice_id: str
    subject: str
    text: tuple[str, ...]


def credited(notes: Iterable[ClientCreditNote], currency: str) -> Money:
    """Return what posted credit notes take back."""
    return Money.total((each.draft.gross for each in notes), currency)


def is_all_credited(invoice: ClientInvoice, notes: Sequence[ClientCreditNote]) -> bool:
    """Whether nothing of an invoice is left after its posted credit notes."""
    return bool(notes) and invoice.draft.gross <= credited(notes, invoice.draft.currency)


def invoice_letter(
    invoice: ClientInvoice, seller: LegalEntity, client: str, notes: Sequence[ClientCreditNote]
) -> Letter:
    """Return an invoice in words, with what was credited of it since it was posted."""
    draft = invoice.draft
    told = [
        f"Invoice {invoice.number} of {_named(seller)} to {client} ({draft.client_number})",
        f"Issued {draft.issue_date}, due {draft.due_date}, project {draft.project_number}",
    ]
    if draft.purchase_order:
        told.append(f"Your purchase order: {draft.purchase_order}")
    told += [*_lines(draft.lines), *_totals(draft)]
    if draft.exemption_reason:
        told.append(draft.exemption_reason)
    told += [f"Credited by {each.number}: {each.draft.gross}" for each in notes]
    left = draft.gross - credited(notes, draft.currency)
    told.append(f"To be paid until {draft.due_date}: {left}")
    return Letter(MailedKind.INVOICE, invoice.id, f"Invoice {invoice.number}", tuple(told))


def credit_letter(note: ClientCreditNote, seller: LegalEntity, client: str) -> Letter:
    """Return a credit note in words."""
    draft = note.draft
    text = (
        f"Credit note {note.number} of {_named(seller)} to {client} ({draft.client_number})",
        f"Issued {draft.issue_date}, of invoice {draft.invoice_number}: {draft.reason}",
        *_lines(draft.lines),
        *_totals(draft),
    )
    subject = f"Credit note {note.number} of invoice {draft.invoice_number}"
    return Letter(MailedKind.CREDIT_NOTE, note.invoice_id, subject, text)


def _named(seller: LegalEntity) -> str:
    return f"{seller.name} ({seller.tax_id})" if seller.tax_id else seller.name


def _lines(lines: Iterable[InvoiceLine]) -> Iterator[str]:
    for each in lines:
        price = f"{_plain(each.unit_price.value)} {each.unit_price.currency}"
        yield f"{each.description}: {_plain(each.quantity)} x {price} = {each.net}"


def _totals(draft: InvoiceDraft | CreditNoteDraft) -> tuple[str, ...]:
    rate = f"{_plain(draft.tax_rate * 100)} % ({draft.tax_category})"
    return (f"Net {draft.net}, tax of {rate} {draft.tax}, gross {draft.gross}",)


def _plain(number: Decimal) -> str:
    """Return a number without the zeros behind it."""
    told = f"{number:,f}"
    return told.rstrip("0").rstrip(".") if "." in told else told
