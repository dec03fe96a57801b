"""Posting: one invoice in the books for exactly the expected total, then its payment."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from process_apis.project_to_cash.ledger import BillingLedger
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from system_apis.canonical.billing import Invoice, Payment
from system_apis.canonical.money import Money
from system_apis.erp.interface import Erp
from system_apis.errors import Refused, TryAgain
from system_apis.systems import Systems

POSTABLE = {InvoiceStage.PENDING_APPROVAL, InvoiceStage.APPROVED}


class Posting(Struct, frozen=True):
    """The steps between an approved invoice and the client's money."""

    systems: Systems
    billing: BillingLedger
    clock: Callable[[], datetime]

    async def reserve(self, invoice_id: str) -> ClientInvoice:
        """Move an invoice to `posting`, the state that only the ERP's answer ends."""
        invoice = await self.billing.invoice(invoice_id)
        if invoice.stage not in POSTABLE:
            return invoice
        reserved = replace(invoice, stage=InvoiceStage.POSTING)
        return await self.billing.moved(reserved, seen=invoice)

    async def write(self, invoice: ClientInvoice) -> Invoice:
        """Write the draft to the ERP under the invoice's own reference."""
        erp = self.systems.by_erp_instance(invoice.instance)
        return await erp.create_invoice(invoice.draft, key=invoice.reference)

    async def compare(self, invoice: ClientInvoice, written: Invoice) -> None:
        """Stop at a person, before anything is posted, when the ERP's total is another.

        The draft stays in the ERP: when a person has put it right there, or in the ERP's
        own settings, the comparison is made again.
        """
        erp = self.systems.by_erp_instance(invoice.instance)
        found = await erp.invoice(written.id)
        if (found.net, found.tax, found.gross) != _totals(invoice):
            reason = f"expected {invoice.draft.gross}, the ERP computed {found.gross}"
            raise Refused(erp.instance, reason, code="TOTAL_MISMATCH")

    async def post(self, invoice: ClientInvoice, written: Invoice) -> Invoice:
        """Post the draft, which gives it its number."""
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

    async def apply(self, instance: str, payment_id: str) -> ClientInvoice | None:
        """Apply a payment to the invoice it names; one that is not ours is left alone.

        Raises `TryAgain` while the invoice is ours and its posting is not noted yet.
        """
        erp = self.systems.by_erp_instance(instance)
        payment = await erp.payment(payment_id)
        found = await self.billing.invoices(
            number=payment.invoice_number, entities=frozenset({payment.legal_entity})
        )
        if not found:
            await self._check_is_not_ours(erp, payment)
            return None
        invoice = found[0]
        booked = await erp.invoice(invoice.ledger_id or "")
        paid_up = booked.is_settled
        return await self.billing.moved(
            replace(
                invoice,
                stage=InvoiceStage.PAID if paid_up else InvoiceStage.PARTIALLY_PAID,
                paid=booked.paid,
                paid_on=payment.date if paid_up else None,
            ),
            seen=invoice,
            reason=f"payment {payment_id}",
        )

    async def _check_is_not_ours(self, erp: Erp, payment: Payment) -> None:
        number, entity = payment.invoice_number, payment.legal_entity
        booked = (await erp.invoices(number=number, legal_entity=entity)).items
        ours = await self.billing.invoices(entities=frozenset({entity}))
        if {each.reference for each in booked} & {each.reference for each in ours}:
            raise TryAgain(erp.instance, f"{number} is posted, which is not noted yet")


def _totals(invoice: ClientInvoice) -> tuple[Money, Money, Money]:
    return invoice.draft.net, invoice.draft.tax, invoice.draft.gross
