"""Whether a system took a document whole, and what to do when it took half. Pure decisions."""

from msgspec.structs import replace

from process_apis.project_to_cash.records import ClientInvoice
from system_apis.canonical.billing import Invoice, InvoiceDraft, InvoiceStatus


def is_whole(draft: InvoiceDraft, found: Invoice) -> bool:
    """Whether an unposted document has every line that was sent, as far as its ERP shows lines.

    What differs in amounts alone is whole: that is the ERP's own arithmetic, which a person
    looks at (`TOTAL_MISMATCH`).
    """
    if found.status is not InvoiceStatus.DRAFT or found.lines is None:
        return True
    return len(found.lines) == len(draft.lines)


def written_half(invoice: ClientInvoice) -> ClientInvoice:
    """Return an invoice that is to be written anew, under a reference that was never used."""
    halves = (*invoice.half_written, invoice.reference)
    first = halves[0]
    return replace(invoice, reference=f"{first}:{len(halves) + 1}", half_written=halves)
