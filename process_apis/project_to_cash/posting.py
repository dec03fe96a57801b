"""Posting: one invoice in the books for exactly the expected total."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from process_apis.errors import NeedsPerson
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.ledger.pace import PostingPace
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from system_apis.canonical.billing import Invoice
from system_apis.canonical.money import Money
from system_apis.canonical.quality.finance import InvoiceFacts, tax_groups_differ
from system_apis.errors import Refused, TryAgain
from system_apis.systems import Systems

Replacing = Callable[[str], Awaitable[tuple[str, ...]]]
POSTABLE = {InvoiceStage.PENDING_APPROVAL, InvoiceStage.APPROVED}


async def _none(_: str) -> tuple[()]:
    return ()


class Posting(Struct, frozen=True):
    """The steps between an approved invoice and a posted one.

    `replacing` names what took the place of hours that an invoice bills, or asks to.
    """

    systems: Systems
    billing: BillingLedger
    pace: PostingPace
    clock: Callable[[], datetime]
    replacing: Replacing = _none

    async def reserve(self, invoice_id: str) -> ClientInvoice:
        """Move an invoice to `posting`, the state that only the ERP's answer ends.

        Stops at a person when hours that it bills are in question. Raises `Refused` when the
        company posted as much as it may in a day.
        """
        invoice = await self.billing.invoice(invoice_id)
        if invoice.stage not in POSTABLE:
            return invoice
        if others := await self.replacing(invoice.id):
            raise NeedsPerson(
                f"{', '.join(others)} would take the place of hours that it bills: "
                "try again when that is rejected, else give the draft up to draft it anew",
                code="HOURS_IN_QUESTION",
                amount=invoice.draft.gross,
                evidence=[f"invoice: {invoice.id}", *(f"hours: {each}" for each in others)],
            )
        return await self.pace.reserve(invoice)

    async def write(self, invoice: ClientInvoice) -> Invoice:
        """Write the draft to the ERP under the invoice's own reference."""
        erp = self.systems.by_erp_instance(invoice.instance)
        return await erp.create_invoice(invoice.draft, key=invoice.reference)

    async def compare(self, invoice: ClientInvoice, written: Invoice) -> None:
        """Stop at a person, before anything is posted, when the ERP's total is another.

        So it does when the draft's tax is not the sum of its groups. The draft stays in the
        ERP: when a person has put it right there, or in the ERP's own settings, the comparison
        is made again.
        """
        erp = self.systems.by_erp_instance(invoice.instance)
        found = await erp.invoice(written.id)
        if (found.net, found.tax, found.gross) != _totals(invoice):
            reason = f"expected {invoice.draft.gross}, the ERP computed {found.gross}"
            raise Refused(erp.instance, reason, code="TOTAL_MISMATCH")
        if wrong := tax_groups_differ(InvoiceFacts(invoice=found)):
            raise Refused(erp.instance, f"DQ-F2: {wrong}", code="TAX_GROUPS_DIFFER")

    async def post(self, invoice: ClientInvoice, written: Invoice) -> Invoice:
        """Post the draft, which gives it its number, after those of the company dated before it."""
        issued = invoice.draft.issue_date
        if await self.billing.on_the_way_before(invoice):
            raise TryAgain("strata", f"an invoice dated before {issued} is posted first")
        erp = self.systems.by_erp_instance(invoice.instance)
        posted = await erp.post_invoice(written.id, key=f"post:{invoice.reference}")
        if posted.gross != invoice.draft.gross or posted.number is None:
            reason = f"expected {invoice.draft.gross}, posted {posted.gross}"
            raise Refused(erp.instance, reason, code="TOTAL_MISMATCH")
        return posted

    async def note(self, invoice: ClientInvoice, posted: Invoice) -> ClientInvoice:
        """Write down what the ERP posted, beside what was expected; said twice, it is so once."""
        now = await self.billing.invoice(invoice.id)
        if now.stage not in {*POSTABLE, InvoiceStage.POSTING}:
            return now
        return await self.billing.moved(
            replace(
                now,
                stage=InvoiceStage.POSTED,
                ledger_id=posted.id,
                number=posted.number,
                posted=posted.gross,
                posted_at=self.clock(),
                paid=Money.zero(posted.currency),
            ),
            seen=now,
        )


def _totals(invoice: ClientInvoice) -> tuple[Money, Money, Money]:
    return invoice.draft.net, invoice.draft.tax, invoice.draft.gross
