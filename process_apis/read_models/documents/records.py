"""What is kept of the books' documents: what each adds to an invoice's account. Pure decisions."""

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from system_apis.canonical.billing import Invoice, InvoiceStatus, Payment
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.money import Money

POSTED = {InvoiceStatus.POSTED, InvoiceStatus.PARTIALLY_PAID, InvoiceStatus.PAID}
MOST_TRACED = 1_000
INVOICE, CREDIT_NOTE, PAYMENT = "invoice", "credit_note", "payment"
RECORD_TYPES = (INVOICE, CREDIT_NOTE, PAYMENT)
Document = Invoice | CreditNote | Payment


class Posting(Struct, frozen=True, kw_only=True):
    """What a document adds to one invoice, in the smallest units of its currency.

    A payment has one for each invoice that it pays. What is not posted, or names no invoice,
    does not count. Of a document that its system no longer has, one that is `gone` is kept.
    """

    id: str
    part: int = 0
    version: int
    record_type: str = ""
    legal_entity: str = ""
    invoice_number: str = ""
    client_number: str = ""
    project_number: str | None = None
    day: date = date.min
    units: int = 0
    currency: str = ""
    counts: bool = False
    gone: bool = False


class Record(Struct, frozen=True):
    """A document as it is kept: all of its postings, of one version."""

    id: str
    version: int
    postings: tuple[Posting, ...]

    @property
    def gone(self) -> bool:
        """Whether its system no longer has it."""
        return any(each.gone for each in self.postings)


class Wanted(Struct, frozen=True, kw_only=True):
    """What of the books is asked for: until a day, told apart from a day on.

    `projects` are those that count, or None when all but the `hidden` do; `left_out` are the ids
    of invoices that do not count, nor what is taken off them.
    """

    entities: frozenset[str]
    start: date
    end: date
    projects: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()
    client_number: str | None = None
    left_out: frozenset[str] = frozenset()


class PostedSum(Struct, frozen=True, kw_only=True):
    """What a company billed in a month, or was paid in it; `day` is the last with any of it."""

    legal_entity: str
    day: date
    amount: Money
    is_billing: bool


class Traced(Struct, frozen=True):
    """How many documents of a type are behind sums, and the first of them by our ids."""

    count: int
    ids: tuple[str, ...]


class PostedSums(Struct, frozen=True):
    """What was posted, and the documents behind it by their types."""

    sums: tuple[PostedSum, ...]
    traces: Mapping[str, Traced]


def kept(document: Document, version: int) -> Record:
    """Return a document as it is kept; a payment has no version but the one that was told."""
    if isinstance(document, Payment):
        return Record(document.id, version, _applied(document, version))
    is_invoice = isinstance(document, Invoice)
    number = document.number if isinstance(document, Invoice) else document.invoice_number
    posting = Posting(
        id=document.id,
        version=document.version,
        record_type=INVOICE if is_invoice else CREDIT_NOTE,
        legal_entity=document.legal_entity,
        invoice_number=number or "",
        client_number=document.client_number,
        project_number=document.project_number,
        day=document.issue_date,
        units=document.gross.units if is_invoice else -document.gross.units,
        currency=document.currency,
        counts=document.status in POSTED and bool(number),
    )
    return Record(document.id, document.version, (posting,))


def _applied(payment: Payment, version: int) -> tuple[Posting, ...]:
    nothing = Posting(
        id=payment.id,
        version=version,
        record_type=PAYMENT,
        legal_entity=payment.legal_entity,
        day=payment.date,
        currency=payment.amount.currency,
    )
    parts = (
        Posting(
            id=payment.id,
            part=part,
            version=version,
            record_type=PAYMENT,
            legal_entity=payment.legal_entity,
            invoice_number=each.invoice_number,
            day=payment.date,
            units=-each.amount.units,
            currency=each.amount.currency,
            counts=True,
        )
        for part, each in enumerate(payment.applications)
    )
    return tuple(parts) or (nothing,)


def struck_out(document_id: str, version: int) -> Record:
    """Return what is kept of a document that is gone: enough to know what is told too late."""
    return Record(document_id, version, (Posting(id=document_id, version=version, gone=True),))


def is_news(told: Record, known: Record | None) -> bool:
    """Whether what is told is newer than what is known, or there again as it was."""
    if known is None or told.version > known.version:
        return True
    return known.gone and not told.gone and told.version == known.version
