"""What is billed so far, net of posted credits: asked before anything more is billed."""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import select

from process_apis.project_to_cash.credit_records import ClientCreditNote, HeldWork
from process_apis.project_to_cash.ledger.adopted import adopted_sources
from process_apis.project_to_cash.ledger.allocations import (
    DONE,
    billed_sources,
    held,
    invoices_of,
)
from process_apis.project_to_cash.ledger.billed import Asked, Billed, billed
from process_apis.project_to_cash.ledger.claims import period_claims
from process_apis.project_to_cash.ledger.rows import records
from process_apis.project_to_cash.ledger.tables import client_credit_notes
from process_apis.project_to_cash.records import (
    BillingEvent,
    ClientInvoice,
    InvoiceStage,
    PeriodClaim,
)
from store.database import Store
from system_apis.canonical.contracts import CapScope
from system_apis.canonical.money import Money


class BilledSoFar:
    """What the ledger knows of sources, periods, caps and contracts; it writes nothing."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def before(
        self, event: BillingEvent, scope: CapScope, *, covered: date | None = None
    ) -> Billed:
        """Return what other billing events of the same contract billed, net of posted credits.

        What was issued until `covered` is in the contract's own opening balance: a cap does not
        count it again, its purchase order does.
        """
        asked = Asked(
            contract_number=event.contract_number,
            scope=scope,
            currency=event.currency,
            covered=covered,
            but=event.id,
        )
        return await self._store.read(lambda connection: billed(connection, asked))

    async def counted(
        self, contract_number: str, scope: CapScope, currency: str, *, covered: date | None = None
    ) -> Money:
        """Return what counts towards a contract's cap, net of posted credits."""
        asked = Asked(
            contract_number=contract_number, scope=scope, currency=currency, covered=covered
        )
        return (await self._store.read(lambda connection: billed(connection, asked))).counted

    async def credits(self, contract_number: str) -> list[ClientCreditNote]:
        """Return the posted credit notes of a contract."""
        table = client_credit_notes
        query = select(table.c.record).where(table.c.contract_number == contract_number)
        query = query.where(table.c.stage == InvoiceStage.POSTED)
        return await self._store.read(
            lambda connection: records(connection, query, ClientCreditNote)
        )

    async def held(
        self,
        *,
        events: Sequence[str] | None = None,
        contract_number: str | None = None,
        stages: Iterable[InvoiceStage] = DONE,
    ) -> list[HeldWork]:
        """Return the work over caps that invoices left unbilled, posted ones, oldest first."""
        wanted = tuple(stages)
        return await self._store.read(
            lambda connection: held(connection, events, wanted, contract_number)
        )

    async def sources(self, source_ids: Iterable[str]) -> frozenset[str]:
        """Return which of some sources are billed, in part or whole."""
        asked = list(source_ids)
        return await self._store.read(lambda connection: billed_sources(connection, asked))

    async def claims(self, event: BillingEvent) -> tuple[PeriodClaim, ...]:
        """Return the periods that others bill, of an event's kind and into its period."""
        return await self._store.read(lambda connection: period_claims(connection, event))

    async def adopted_sources(self, source_ids: Iterable[str]) -> frozenset[str]:
        """Return which of some sources an invoice of another hand bills."""
        asked = list(source_ids)
        return await self._store.read(lambda connection: adopted_sources(connection, asked))

    async def invoices_of(self, source_id: str) -> list[ClientInvoice]:
        """Return the invoices that bill a source, on their way, posted or paid, oldest first."""
        return await self._store.read(lambda connection: invoices_of(connection, source_id))
