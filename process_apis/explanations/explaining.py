"""Explains numbers: reads what they rest on, under an identity of its own."""

from datetime import date

from msgspec import Struct

from governance.access import Caller, acting_as
from process_apis.engagements import Engagement
from process_apis.errors import NoSuchRecord
from process_apis.explanations.billing_events import why_event
from process_apis.explanations.invoices import InvoiceFacts, why_invoice
from process_apis.explanations.paid import why_payment
from process_apis.explanations.purchases import Purchases
from process_apis.explanations.revenue import RevenueGrounds, why_revenue
from process_apis.explanations.trail import Trail
from process_apis.explanations.tree import Explanation, explanation
from process_apis.pages import every
from process_apis.project_to_cash.collection.receipts import Receipts
from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.ledger.allocations import sources_of
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import Allocation, ClientInvoice, InvoiceStage
from process_apis.project_to_cash.write_offs.ledger import WriteOffLedger
from process_apis.project_to_cash.write_offs.records import WriteOffStage
from process_apis.revenue.closing import Closing
from process_apis.revenue.figures.standing import days_of
from process_apis.sight import Sight
from store.database import Store
from system_apis.canonical.record import Page
from system_apis.canonical.revenue import Month
from system_apis.canonical.time import ExpenseLine, TimeEntry

_NAME = "process:explanations"
_WORK = frozenset({"system:contracts:read", "system:psa:read", "system:erp:read"})
_COSTS = "system:psa:read_cost"
_COSTED = _WORK | {_COSTS, "system:hr:read", "system:hr:read_cost"}
_FIRST, _LAST = date(2000, 1, 1), date(2100, 1, 1)


class Explaining(Struct, frozen=True, kw_only=True):
    """Says why invoices, payments and revenue are what they are, and what is bought."""

    store: Store
    billing: BillingLedger
    credit_ledger: CreditLedger
    closing: Closing
    receipts: Receipts
    write_offs: WriteOffLedger
    purchases: Purchases
    trail: Trail

    async def payment(self, payment_id: str, sight: Sight) -> Explanation:
        """Return what a client's payment pays; raises `NoSuchRecord` for one that is not seen."""
        receipt = await self.receipts.get(payment_id)
        if not sight.sees(receipt):
            raise NoSuchRecord(f"there is no payment {payment_id}")
        begins = f"cash:{receipt.id}"
        trail = await self.trail.about(
            [receipt.id],
            runs=[f"payment:{receipt.id}"],
            keys=[
                f"{begins}:{each.invoice_number}:{each.amount.amount}"
                for each in receipt.applications
            ],
            by=sight.caller,
        )
        return explanation(f"payment {receipt.id}", why_payment(receipt, trail))

    async def billing_event(self, event_id: str, sight: Sight) -> Explanation:
        """Return why a billing event is invoiced, held or written off.

        Raises `NoSuchRecord` for one that the caller does not see.
        """
        event = await self.billing.event(event_id)
        if not sight.sees(event):
            raise NoSuchRecord(f"there is no billing event {event_id}")
        known = await self.write_offs.listed(event_id=event.id, stages=tuple(WriteOffStage))
        off = known[-1] if known else None
        sources: list[list[Allocation]] = []
        if off is not None:
            own, lines = off.id, len(off.draft.lines)
            sources = await self.store.read(lambda c: sources_of(c, own, lines))
        trail = await self.trail.about(
            [event.id, *(each.id for each in known)],
            runs=[
                f"check:{event.id}",
                *(f"{verb}:{each.id}" for each in known for verb in ("write-off", "put-back")),
            ],
            keys=[],
            by=sight.caller,
        )
        return explanation(f"billing event {event.id}", why_event(event, off, sources, trail))

    async def invoice(self, named: str, sight: Sight, *, line: int | None = None) -> Explanation:
        """Return why an invoice, named by its number or id, or one of its lines is what it is.

        Raises `NoSuchRecord` for one that the caller does not see.
        """
        invoice = await self._invoice(named, sight)
        if line is not None and not 0 < line <= len(invoice.draft.lines):
            raise NoSuchRecord(f"invoice {named} has no line {line}")
        facts = await self._facts(invoice)
        notes = [each.id for each in facts.credits]
        event = invoice.billing_event_id
        trail = await self.trail.about(
            [invoice.id, invoice.ledger_id or "", event, *notes],
            runs=[f"check:{event}", f"approve:{invoice.id}", f"post:{invoice.id}"],
            keys=[invoice.reference, f"post:{invoice.reference}"],
            by=sight.caller,
        )
        return explanation(
            f"invoice {invoice.number or invoice.id}", why_invoice(facts, trail, line=line)
        )

    async def _invoice(self, named: str, sight: Sight) -> ClientInvoice:
        found = await self.billing.invoices(
            number=named, entities=sight.caller.entities, stages=tuple(InvoiceStage)
        )
        seen = sight.of(found) or sight.of([await self.billing.invoice(named)])
        if not seen:
            raise NoSuchRecord(f"there is no invoice {named}")
        return seen[0]

    async def _facts(self, invoice: ClientInvoice) -> InvoiceFacts:
        """Return what an invoice is explained from, as the ledger and the systems have it."""
        event = await self.billing.event(invoice.billing_event_id)
        lines = len(invoice.draft.lines)
        sources = await self.store.read(lambda c: sources_of(c, invoice.id, lines))
        company = invoice.draft.legal_entity
        identity = Caller(
            subject=_NAME, client_id=_NAME, scopes=_WORK, entities=frozenset({company})
        )
        psa = self.closing.systems.psa(company, on=invoice.draft.issue_date)
        number = invoice.draft.project_number

        async def worked(cursor: str | None) -> Page[TimeEntry]:
            return await psa.time_entries(
                project_number=number, start=_FIRST, end=_LAST, cursor=cursor
            )

        async def spent(cursor: str | None) -> Page[ExpenseLine]:
            return await psa.expense_lines(
                project_number=number, start=_FIRST, end=_LAST, cursor=cursor
            )

        with acting_as(identity):
            contract = await self.closing.systems.contracts.contract(event.contract_id)
            entries, expenses = await every(worked), await every(spent)
        return InvoiceFacts(
            invoice=invoice,
            event=event,
            contract=contract,
            sources=sources,
            entries={each.id: each for each in entries},
            expenses={each.id: each for each in expenses},
            credits=await self.credit_ledger.credit_notes(invoice_id=invoice.id),
        )

    async def revenue(self, engagement: Engagement, month: Month, by: Caller) -> Explanation:
        """Return why a project's revenue of a month is what the ledger says, if it says any.

        What costs measured it is told to who may see costs.
        """
        company, number = engagement.legal_entity, engagement.project_number
        recognizing = self.closing.recognizing
        entries = await recognizing.ledger.of_project(number)
        identity = Caller(
            subject=_NAME, client_id=_NAME, scopes=_COSTED, entities=frozenset(recognizing.entities)
        )
        with acting_as(identity):
            judged = await recognizing.judge(engagement, month)
        days = days_of(month)
        entities = frozenset({company})
        invoices = await self.billing.invoices(
            contract_number=engagement.contract_number, entities=entities
        )
        own = [each for each in entries if each.month == month]
        trail = await self.trail.about(
            [each.id for each in own], runs=[f"revenue:{number}:{month}"], keys=[], by=by
        )
        grounds = RevenueGrounds(
            judged=judged,
            entries=own,
            invoices=[each for each in invoices if each.draft.issue_date >= days.start],
            tells_costs=_COSTS in by.scopes,
        )
        return explanation(f"revenue {number} {month}", why_revenue(grounds, trail))
