"""Looks at invoices and payments as the ledgers have them."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct

from governance.quality.rules import Kind
from process_apis.pages import every
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from process_apis.quality.seen import Seen, just, told
from system_apis.canonical.billing import FiscalPeriod, Invoice, InvoiceStatus
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.quality.finance import InvoiceFacts, ReceivableFacts
from system_apis.erp.interface import Erp
from system_apis.systems import Systems

INVOICE_RULES = frozenset({"DQ-F1", "DQ-F2", "DQ-F3", "DQ-F5", "DQ-F8"})
RECEIVABLE_RULES = frozenset({"DQ-F6"})
BALANCE_RULES = frozenset({"DQ-F7"})


class Ledgers(Struct, frozen=True):
    """Looks at what clients were billed, and what they paid."""

    systems: Systems
    billing: BillingLedger
    clock: Callable[[], datetime]

    async def invoice(self, instance: str, invoice_id: str) -> tuple[Seen, ...]:
        """Look at an invoice, what is credited of it, and what we expected of one of ours."""
        erp = self.systems.by_erp_instance(instance)
        invoice = await erp.invoice(invoice_id)
        ours = await self._ours(instance, invoice)
        period = await _period(erp, invoice)
        facts = InvoiceFacts(
            invoice=invoice,
            expected=ours.draft if ours else None,
            credit_notes=await _credits(erp, invoice),
            period=period,
        )
        decided = {"DQ-F1", "DQ-F5"}
        if invoice.tax_groups is not None:
            decided.add("DQ-F2")
        if ours is not None:
            decided.add("DQ-F3")
        if period is not None or invoice.status is not InvoiceStatus.DRAFT:
            decided.add("DQ-F8")

        owed = await self._owed(erp, invoice.client_number) if invoice.credited else ()
        return (
            Seen(
                facts=facts,
                decided=frozenset(decided),
                legal_entity=invoice.legal_entity,
                changes_with_days=any(each.changes_with_days for each in owed),
                at_risk=just(invoice.gross),
            ),
            *owed,
        )

    async def payment(self, instance: str, payment_id: str) -> tuple[Seen, ...]:
        """Look at a payment, and whether it was placed."""
        erp = self.systems.by_erp_instance(instance)
        payment = await erp.payment(payment_id)
        left, owed = payment.unapplied, await self._owed(erp, payment.client_number)
        return (
            Seen(
                facts=ReceivableFacts(on=self.clock().date(), payments=(payment,)),
                decided=RECEIVABLE_RULES,
                legal_entity=payment.legal_entity,
                changes_with_days=left.value > 0 or any(each.changes_with_days for each in owed),
                at_risk=just(left),
            ),
            *owed,
        )

    async def _owed(self, erp: Erp, client_number: str | None) -> tuple[Seen, ...]:
        """Say of a client what it owes in all: once, and not for each document."""
        balances = await told(erp.balances(client_number=client_number)) if client_number else None
        if not balances:
            return ()
        below = [each for each in balances if each.balance.value < 0]
        least = (below or balances)[0]
        return (
            Seen(
                facts=ReceivableFacts(on=self.clock().date(), balances=tuple(balances)),
                decided=BALANCE_RULES,
                legal_entity=least.legal_entity,
                changes_with_days=bool(below),
                of=least.client_id,
                of_kind=Kind.RECEIVABLE,
                at_risk=just(-least.balance),
            ),
        )

    async def _ours(self, instance: str, invoice: Invoice) -> ClientInvoice | None:
        """Return what our ledger expected, when the invoice is one that we wrote."""
        entities = frozenset({invoice.legal_entity})
        if invoice.number:
            found = await self.billing.invoices(number=invoice.number, entities=entities)
        else:
            stages = [InvoiceStage.POSTING]
            found = await self.billing.invoices(entities=entities, stages=stages)
        for each in found:
            if each.reference == invoice.reference and each.instance == instance:
                return each
        return None


async def _credits(erp: Erp, invoice: Invoice) -> tuple[CreditNote, ...]:
    """Return the credit notes of an invoice; one of which nothing is credited has none."""
    number = invoice.number
    if number is None or not (invoice.credited is None or invoice.credited.value):
        return ()
    found = await every(lambda at: erp.credit_notes(invoice_number=number, cursor=at))
    return tuple(each for each in found if each.legal_entity == invoice.legal_entity)


async def _period(erp: Erp, invoice: Invoice) -> FiscalPeriod | None:
    """Return the period that a draft is to be posted in."""
    if invoice.status is not InvoiceStatus.DRAFT:
        return None
    return await erp.fiscal_period(legal_entity=invoice.legal_entity, on=invoice.issue_date)
