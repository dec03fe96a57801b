"""A billing ledger of a test's own, with a contract, its recorded hours and its cap."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, select

from governance.access import Caller, acting_as
from governance.audit import Audit
from process_apis.project_to_cash.credit_records import ClientCreditNote, CreditedLine
from process_apis.project_to_cash.credits import rules as credit_rules
from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.ledger.tables import billing_allocations
from process_apis.project_to_cash.readiness.blockers import blockers
from process_apis.project_to_cash.records import ClientInvoice, InvoiceStage
from process_apis.project_to_cash.rules import prepare
from store.clock import wall_clock
from store.database import Store
from system_apis.canonical.contracts import CapScope
from system_apis.canonical.money import Money
from system_apis.canonical.time import TimeEntry
from tests.process_apis.billing_facts import HALF_UP, MONTH_END, contract, facts, id_of
from tests.stores import empty_store

CALLER = Caller(subject="tests", client_id="tests", scopes=frozenset())


class Row(Struct, frozen=True):
    """One row of the allocation ledger."""

    source: str
    document: str
    sign: int
    quantity: Decimal
    approved: Decimal
    amount: Decimal


class LedgerHouse:
    """A contract that is billed, credited and billed again, on the real ledgers."""

    def __init__(self, store: Store, audit: Audit, cap: int | None) -> None:
        self.store = store
        self.billing, self.credits = BillingLedger(store, audit), CreditLedger(store, audit)
        self.entries: list[TimeEntry] = []
        self.cap = cap
        self._notes = 0

    def raise_cap(self, by: int) -> None:
        """Have the client agree to more."""
        if self.cap is not None:
            self.cap += by

    async def counted(self) -> Money:
        """Return what counts as billed."""
        return await self.billing.so_far.counted("CT-1", CapScope.FEES, "USD")

    async def bill(self, sequence: int) -> ClientInvoice | None:
        """Bill what is not billed, as far as the cap goes; None when a blocker says no."""
        drafted = await self.invoiced(sequence)
        if drafted is None:
            return None
        posted = replace(drafted, stage=InvoiceStage.POSTED, number=f"INV-{sequence}")
        return await self.billing.moved(posted, seen=drafted)

    async def invoiced(self, sequence: int) -> ClientInvoice | None:
        """Draft the invoice of what is not billed, which waits to be approved."""
        seen = await self._facts(sequence)
        prepared = prepare(seen, HALF_UP)
        found = blockers(seen, prepared.draft, prepared.over_cap)
        if not prepared.billed or any(each.code == "B10" for each in found):
            return None
        await self.billing.plan([seen.event])
        invoice = ClientInvoice(
            id=id_of("inv", sequence),
            billing_event_id=seen.event.id,
            version=1,
            stage=InvoiceStage.PENDING_APPROVAL,
            draft=prepared.draft,
            reference=f"INV:{sequence}",
            project_manager="U-1",
            instance="erp",
        )
        sources = [list(each.sources) for each in prepared.billed]
        return await self.billing.draft(invoice, "CT-1", sources)

    async def drafted(
        self, invoice: ClientInvoice, lines: Sequence[CreditedLine]
    ) -> ClientCreditNote:
        """Draft a credit note of some lines."""
        self._notes += 1
        note = ClientCreditNote(
            id=id_of("cn", self._notes),
            invoice_id=invoice.id,
            billing_event_id=invoice.billing_event_id,
            contract_number="CT-1",
            purchase_order=None,
            version=1,
            stage=InvoiceStage.PENDING_APPROVAL,
            draft=credit_rules.draft(invoice, lines, HALF_UP, on=MONTH_END, reason="too many"),
            reference=f"CRN:{self._notes}",
            project_manager="U-1",
            requested_by="tests",
            instance="erp",
        )
        return await self.credits.draft(note, invoice, lines)

    async def rows(self) -> list[Row]:
        """Return the allocation ledger, oldest first."""

        def read(connection: Connection) -> list[Row]:
            found = connection.execute(select(billing_allocations).order_by("id")).all()
            return [
                Row(
                    f"{each.source_type}:{each.source_id}",
                    each.invoice_id,
                    each.sign,
                    Decimal(each.quantity),
                    Decimal(each.approved),
                    Decimal(each.amount),
                )
                for each in found
            ]

        return await self.store.read(read)

    async def _facts(self, sequence: int) -> BillingFacts:
        agreed = contract(cap=str(self.cap) if self.cap is not None else None)
        seen = facts(*self.entries, agreed=agreed, billed=(await self.counted()).amount)
        event = replace(seen.event, id=id_of("be", sequence), sequence=sequence)
        return replace(
            seen,
            event=event,
            billed_sources=await self.billing.so_far.sources(each.id for each in self.entries),
            held=tuple(await self.billing.so_far.held()),
        )


@asynccontextmanager
async def ledger_house(folder: Path, cap: int | None) -> AsyncIterator[LedgerHouse]:
    """Open empty ledgers in a folder until the block ends."""
    store = empty_store(folder / "ledger.sqlite")
    with acting_as(CALLER):
        yield LedgerHouse(store, Audit(store, wall_clock, folder / "heads.jsonl"), cap)
    store.close()
