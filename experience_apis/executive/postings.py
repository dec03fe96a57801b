"""What the books posted, as they tell it themselves, and its sums. Pure decisions."""

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

from process_apis.read_models.documents.records import (
    CREDIT_NOTE,
    INVOICE,
    MOST_TRACED,
    PAYMENT,
    POSTED,
    RECORD_TYPES,
    PostedSum,
    PostedSums,
    Traced,
    Wanted,
)
from system_apis.canonical.billing import Invoice, Payment
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.money import Money


class Document(Struct, frozen=True, kw_only=True):
    """A posted invoice, a credit note (below nothing) or a payment applied (below nothing).

    A payment is no billing. Amounts are gross; `invoice_id` is the invoice that it is about.
    """

    id: str
    record_type: str
    invoice_id: str
    legal_entity: str
    client_number: str
    project_number: str | None
    day: date
    amount: Money
    is_billing: bool = True


def documents(
    legal_entity: str,
    invoices: Sequence[Invoice],
    notes: Sequence[CreditNote],
    payments: Sequence[Payment],
) -> list[Document]:
    """Return a company's postings: invoices above nothing, what is taken off them below it."""
    posted = {
        each.number: each for each in invoices if each.number is not None and each.status in POSTED
    }
    return [
        *(_billed(each, each.id, 1) for each in posted.values()),
        *(
            _billed(each, posted[each.invoice_number].id, -1)
            for each in notes
            if each.legal_entity == legal_entity
            and each.status in POSTED
            and each.invoice_number in posted
        ),
        *(
            Document(
                id=each.id,
                record_type=PAYMENT,
                invoice_id=posted[part.invoice_number].id,
                legal_entity=legal_entity,
                client_number=posted[part.invoice_number].client_number,
                project_number=posted[part.invoice_number].project_number,
                day=each.date,
                amount=-part.amount,
                is_billing=False,
            )
            for each in payments
            if each.legal_entity == legal_entity
            for part in each.applications
            if part.invoice_number in posted
        ),
    ]


def _billed(told: Invoice | CreditNote, invoice_id: str, sign: int) -> Document:
    return Document(
        id=told.id,
        record_type=INVOICE if sign > 0 else CREDIT_NOTE,
        invoice_id=invoice_id,
        legal_entity=told.legal_entity,
        client_number=told.client_number,
        project_number=told.project_number,
        day=told.issue_date,
        amount=told.gross if sign > 0 else -told.gross,
    )


def posted_sums(found: Iterable[Document], wanted: Wanted) -> PostedSums:
    """Return what counts of documents that were read, each a sum of its own."""
    counted = [each for each in found if _counts(each, wanted)]
    return PostedSums(
        sums=tuple(
            PostedSum(
                legal_entity=each.legal_entity,
                day=each.day,
                amount=each.amount,
                is_billing=each.is_billing,
            )
            for each in counted
        ),
        traces={
            kind: _traced(each.id for each in counted if each.record_type == kind)
            for kind in RECORD_TYPES
        },
    )


def merged(parts: Sequence[PostedSums]) -> PostedSums:
    """Return what several systems posted as that of one."""
    return PostedSums(
        sums=tuple(each for part in parts for each in part.sums),
        traces={
            kind: Traced(
                sum(part.traces[kind].count for part in parts),
                tuple(sorted(one for part in parts for one in part.traces[kind].ids))[:MOST_TRACED],
            )
            for kind in RECORD_TYPES
        },
    )


def _counts(document: Document, wanted: Wanted) -> bool:
    project = document.project_number
    return (
        document.legal_entity in wanted.entities
        and document.day <= wanted.end
        and document.invoice_id not in wanted.left_out
        and project not in wanted.hidden
        and (wanted.projects is None or project in wanted.projects)
        and wanted.client_number in {None, document.client_number}
    )


def _traced(ids: Iterable[str]) -> Traced:
    known = sorted(set(ids))
    return Traced(len(known), tuple(known[:MOST_TRACED]))
