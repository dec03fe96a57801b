"""Cash application: money that came in pays the invoices it is meant for."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from governance.access import current_caller
from process_apis.project_to_cash.collection import matching
from process_apis.project_to_cash.collection.receipts import Receipts
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.ledger.owing import Owing
from process_apis.project_to_cash.receivables import Application, Match, Receipt
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from system_apis.canonical.billing import Payment, PaymentApplication
from system_apis.erp.interface import Erp
from system_apis.errors import Refused, TryAgain
from system_apis.systems import Systems

OWING = (InvoiceStage.POSTED, InvoiceStage.DISPUTED, InvoiceStage.PARTIALLY_PAID)


class Proposed(Struct, frozen=True):
    """What of a payment is to be applied to which invoices."""

    applications: tuple[Application, ...]


class Cash(Struct, frozen=True):
    """The steps between money in the bank and paid invoices."""

    systems: Systems
    billing: BillingLedger
    owing: Owing
    receipts: Receipts
    clock: Callable[[], datetime]

    async def match(self, instance: str, payment_id: str) -> Proposed:
        """Return what unapplied money belongs to beyond doubt; the rest waits for a person."""
        payment = await self.systems.by_erp_instance(instance).payment(payment_id)
        if not payment.unapplied.value > 0:
            return Proposed(())
        owing = await self.owing.of_company(payment.legal_entity)
        return Proposed(tuple(matching.proposals(payment, owing)))

    async def apply(
        self, instance: str, payment_id: str, application: Application
    ) -> Receipt | None:
        """Apply what was found to belong to an invoice, and write down how it was found.

        Where less is due by now, since other money came first, it waits for a person.
        """
        try:
            return await self._apply(instance, payment_id, application)
        except Refused as told:
            if told.code != "OVERPAYMENT":
                raise
            return None

    async def _apply(self, instance: str, payment_id: str, application: Application) -> Receipt:
        erp = self.systems.by_erp_instance(instance)
        payment = await erp.apply_payment(
            payment_id,
            PaymentApplication(application.invoice_number, application.amount),
            key=f"cash:{payment_id}:{application.invoice_number}:{application.amount.amount}",
        )
        return await self._noted(payment, instance, {application.invoice_number: application.match})

    async def place(self, receipt: Receipt, application: PaymentApplication) -> Receipt:
        """Apply a part of a receipt as a person says; said again, it is applied once."""
        told = Application(
            invoice_number=application.invoice_number,
            amount=application.amount,
            match=Match.PERSON,
        )
        await self._apply(receipt.instance, receipt.id, told)
        return await self.note(receipt.instance, receipt.id)

    async def note(self, instance: str, payment_id: str) -> Receipt:
        """Write down what the ERP says of a payment, and of every invoice that it pays.

        Raises `TryAgain` while such an invoice is ours and its posting is not noted yet.
        """
        erp = self.systems.by_erp_instance(instance)
        payment = await erp.payment(payment_id)
        for application in payment.applications:
            await self._note_invoice(erp, payment, application.invoice_number)
        return await self._noted(payment, instance, {})

    async def _noted(self, payment: Payment, instance: str, found: dict[str, Match]) -> Receipt:
        by = current_caller()
        return await self.receipts.note(payment, instance, found, by=by, at=self.clock())

    async def _note_invoice(self, erp: Erp, payment: Payment, number: str) -> ClientInvoice | None:
        entity = frozenset({payment.legal_entity})
        found = await self.billing.invoices(number=number, entities=entity)
        if not found:
            await self._check_is_not_ours(erp, payment.legal_entity, number)
            return None
        invoice = found[0]
        booked = await erp.invoice(invoice.ledger_id or "")
        disputed = invoice.stage is InvoiceStage.DISPUTED
        stage = invoice.stage_when(booked.paid, disputed=disputed)
        paid_on = payment.date if stage is InvoiceStage.PAID else None
        now = replace(invoice, stage=stage, paid=booked.paid, paid_on=invoice.paid_on or paid_on)
        if now == invoice:
            return invoice
        return await self.billing.moved(now, seen=invoice, reason=f"payment {payment.id}")

    async def _check_is_not_ours(self, erp: Erp, legal_entity: str, number: str) -> None:
        booked = (await erp.invoices(number=number, legal_entity=legal_entity)).items
        references = {each.reference for each in booked if each.reference}
        if await self.billing.invoices(entities=frozenset({legal_entity}), references=references):
            raise TryAgain(erp.instance, f"{number} is posted, which is not noted yet")
