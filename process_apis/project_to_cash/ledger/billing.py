"""The billing ledger: what is planned, what is billed by which line, what is posted and paid.

Allocations are append-only: for each source 0 <= billed - credited <= approved, checked in
the transaction that writes them (domain handbook, 0.1).
"""

from collections.abc import Iterable
from datetime import date

import msgspec
from sqlalchemy import Connection, and_, insert, or_, select, update

from governance.access import Caller, current_caller
from governance.audit import Audit, AuditEntry
from governance.once import done_before, once
from process_apis.errors import NoSuchRecord
from process_apis.project_to_cash.ledger.allocations import (
    allocate,
    take_back,
)
from process_apis.project_to_cash.ledger.posting_order import on_the_way_before
from process_apis.project_to_cash.ledger.rows import (
    event_row,
    find_event,
    find_invoice,
    invoice_row,
    records,
    told,
    write_event,
)
from process_apis.project_to_cash.ledger.so_far import BilledSoFar
from process_apis.project_to_cash.ledger.tables import (
    billing_events,
    client_invoices,
)
from process_apis.project_to_cash.records import (
    ON_THE_WAY,
    SETTLED,
    TO_BILL,
    AdoptedDocument,
    Allocation,
    BillingEvent,
    ClientInvoice,
    EventStatus,
    InvoiceStage,
)
from store.database import Store
from system_apis.errors import TryAgain


class BillingLedger:
    """Strata's own record of billing; the ERP owns tax, numbers and posting."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit
        self.so_far = BilledSoFar(store)

    async def plan(self, events: Iterable[BillingEvent]) -> list[BillingEvent]:
        """Write planned billing events; one per contract and period, however often told."""
        planned, by = list(events), current_caller()

        def work(connection: Connection) -> list[BillingEvent]:
            self.plan_in(connection, planned, by)
            return planned

        return await self._store.write(once(list[BillingEvent], work))

    async def planned_before(self) -> BillingEvent | None:
        """Return what the running command planned, if it is sent again and planned something."""
        planned = await self._store.read(done_before(list[BillingEvent]))
        return planned[0] if planned else None

    async def blocked(self, legal_entity: str, project_number: str) -> list[BillingEvent]:
        """Return what is blocked of a project, to a command sent again what was at first."""
        entities = frozenset({legal_entity})
        events = await self.events(entities=entities, statuses=[EventStatus.BLOCKED])
        found = [each for each in events if each.project_number == project_number]
        return await self._store.write(once(list[BillingEvent], lambda _: found, "blocked"))

    def plan_in(self, connection: Connection, planned: Iterable[BillingEvent], by: Caller) -> None:
        """Write planned billing events, in a unit of work that is running."""
        for event in planned:
            if find_event(connection, event.id) is None:
                connection.execute(insert(billing_events).values(**event_row(event)))
                entry = AuditEntry.by(
                    by, "billing_event.planned", event.id, legal_entity=event.legal_entity
                )
                self._audit.append(connection, entry)

    async def cancel_planned(self, contract_number: str) -> int:
        """Cancel what was planned for a project that does not open, and return how much it was.

        What is invoiced stays as it is.
        """
        by = current_caller()
        query = select(billing_events.c.record).where(
            billing_events.c.contract_number == contract_number,
            billing_events.c.status.in_([EventStatus.PLANNED, EventStatus.BLOCKED]),
        )

        def work(connection: Connection) -> int:
            found = records(connection, query, BillingEvent)
            for planned in found:
                gone = msgspec.structs.replace(planned, status=EventStatus.CANCELLED)
                write_event(connection, gone)
                entity = planned.legal_entity
                entry = AuditEntry.by(
                    by, "billing_event.cancelled", planned.id, legal_entity=entity
                )
                self._audit.append(connection, entry)
            return len(found)

        return await self._store.write(work)

    async def event(self, event_id: str) -> BillingEvent:
        """Return one billing event, or raise `NoSuchRecord`."""
        event = await self._store.read(lambda connection: find_event(connection, event_id))
        if event is None:
            raise NoSuchRecord(f"there is no billing event {event_id}")
        return event

    async def events(
        self,
        *,
        entities: frozenset[str],
        contract_number: str | None = None,
        statuses: Iterable[EventStatus] = tuple(EventStatus),
        planned_from: date | None = None,
        planned_until: date | None = None,
        settled_from: date | None = None,
    ) -> list[BillingEvent]:
        """Return billing events in the order of their planned dates.

        Of what is settled, those are left out that were planned before `settled_from`.
        """
        table = billing_events
        # By status and day: what is indexed by company is every event that there ever was.
        company = table.c.legal_entity + ""
        query = select(table.c.record).where(company.in_(sorted(entities)))
        query = query.where(table.c.status.in_(list(statuses)))
        if contract_number:
            query = query.where(table.c.contract_number == contract_number)
        if planned_from:
            query = query.where(table.c.planned_date >= planned_from)
        if planned_until:
            query = query.where(table.c.planned_date <= planned_until)
        if settled_from:
            lately = and_(table.c.status.in_(SETTLED), table.c.planned_date >= settled_from)
            query = query.where(or_(table.c.status.in_(TO_BILL), lately))
        query = query.order_by(table.c.planned_date, table.c.id)
        return await self._store.read(lambda connection: records(connection, query, BillingEvent))

    async def checked(self, event: BillingEvent, *, seen: BillingEvent) -> BillingEvent:
        """Write down what became of a billing event since it was `seen`.

        Raises `TryAgain` when somebody else wrote meanwhile, so that nothing they found or
        accepted is lost.
        """
        by = current_caller()
        entry = AuditEntry.by(
            by,
            f"billing_event.{event.status}",
            event.id,
            legal_entity=event.legal_entity,
            reason=", ".join(each.reason for each in event.blockers) or None,
        )

        def work(connection: Connection) -> BillingEvent:
            if find_event(connection, event.id) != seen:
                raise TryAgain("strata", f"{event.id} was looked at by another check meanwhile")
            write_event(connection, event)
            self._audit.append(connection, entry)
            return event

        return await self._store.write(work)

    async def draft(
        self, invoice: ClientInvoice, contract_number: str, sources: list[list[Allocation]]
    ) -> ClientInvoice:
        """Write a draft with the allocations of each of its lines, all of it or none.

        Raises `Refused` with code `ALREADY_BILLED` when a source would be billed twice.
        """
        by = current_caller()

        def work(connection: Connection) -> ClientInvoice:
            known = find_invoice(connection, invoice.id)
            if known:
                return known
            for number, allocations in enumerate(sources):
                for allocation in allocations:
                    allocate(connection, invoice, number, allocation)
            connection.execute(
                insert(client_invoices).values(
                    **invoice_row(invoice), contract_number=contract_number
                )
            )
            event = find_event(connection, invoice.billing_event_id)
            if event:
                invoiced = msgspec.structs.replace(event, status=EventStatus.INVOICED)
                write_event(connection, invoiced)
            self._audit.append(connection, told(by, "invoice.drafted", invoice))
            return invoice

        return await self._store.write(work)

    def adopt(self, connection: Connection, document: AdoptedDocument, by: Caller) -> None:
        """Take over an invoice of another hand, in a unit of work that is running.

        Told twice it is taken over once. Raises `Refused` with code `ALREADY_BILLED` when a
        source is billed already.
        """
        event, invoice = document.event, document.invoice
        if find_invoice(connection, invoice.id):
            return
        connection.execute(insert(billing_events).values(**event_row(event)))
        for number, allocations in enumerate(document.sources):
            for allocation in allocations:
                allocate(connection, invoice, number, allocation)
        row = invoice_row(invoice) | {"contract_number": event.contract_number}
        connection.execute(insert(client_invoices).values(**row))
        for planned in (find_event(connection, each) for each in document.settles):
            if planned:
                settled = msgspec.structs.replace(planned, status=EventStatus.INVOICED, blockers=())
                write_event(connection, settled)
        self._audit.append(connection, told(by, "invoice.adopted", invoice))

    async def invoice(self, invoice_id: str) -> ClientInvoice:
        """Return one invoice, or raise `NoSuchRecord`."""
        invoice = await self._store.read(lambda connection: find_invoice(connection, invoice_id))
        if invoice is None:
            raise NoSuchRecord(f"there is no invoice {invoice_id}")
        return invoice

    async def invoices(
        self,
        *,
        contract_number: str | None = None,
        entities: frozenset[str] | None = None,
        number: str | None = None,
        references: Iterable[str] | None = None,
        due_before: date | None = None,
        stages: Iterable[InvoiceStage] = ON_THE_WAY,
    ) -> list[ClientInvoice]:
        """Return invoices, oldest first: put in order here, so that no index but theirs is used."""
        table = client_invoices
        query = select(table.c.record).where(table.c.stage.in_(list(stages)))
        if contract_number:
            query = query.where(table.c.contract_number == contract_number)
        if entities is not None:
            query = query.where(table.c.legal_entity.in_(sorted(entities)))
        if number:
            query = query.where(table.c.number == number)
        if references is not None:
            query = query.where(table.c.reference.in_(sorted(references)))
        if due_before:
            query = query.where(table.c.due_date < due_before)
        found = await self._store.read(lambda connection: records(connection, query, ClientInvoice))
        return sorted(found, key=lambda each: (each.draft.issue_date, each.id))

    async def on_the_way_before(self, invoice: ClientInvoice) -> str | None:
        """Return an invoice of the same company that is being posted, and dated before."""
        company, issued = invoice.draft.legal_entity, invoice.draft.issue_date
        return await self._store.read(
            lambda connection: on_the_way_before(connection, client_invoices, company, issued)
        )

    async def moved(
        self, invoice: ClientInvoice, *, seen: ClientInvoice, reason: str | None = None
    ) -> ClientInvoice:
        """Write an invoice's new stage down, with an entry in the audit.

        Raises `TryAgain` when somebody else moved it since it was `seen`.
        """
        by = current_caller()
        return await self._store.write(
            lambda connection: self.move(connection, invoice, seen=seen, by=by, reason=reason)
        )

    def move(
        self,
        connection: Connection,
        invoice: ClientInvoice,
        *,
        seen: ClientInvoice,
        by: Caller,
        reason: str | None = None,
    ) -> ClientInvoice:
        """Do the same in a unit of work that is running."""
        if find_invoice(connection, invoice.id) != seen:
            raise TryAgain("strata", f"{invoice.id} was moved by another step meanwhile")
        connection.execute(
            update(client_invoices)
            .where(client_invoices.c.id == invoice.id)
            .values(**invoice_row(invoice))
        )
        self._audit.append(connection, told(by, f"invoice.{invoice.stage}", invoice, reason))
        return invoice

    async def release(self, invoice: ClientInvoice) -> None:
        """Take a rejected draft's sources back, so that they are unbilled again."""
        by = current_caller()
        rejected = msgspec.structs.replace(invoice, stage=InvoiceStage.REJECTED)

        def work(connection: Connection) -> None:
            known = find_invoice(connection, invoice.id)
            if known is None or known.stage is InvoiceStage.REJECTED:
                return
            take_back(connection, invoice.id)
            connection.execute(
                update(client_invoices)
                .where(client_invoices.c.id == invoice.id)
                .values(**invoice_row(rejected))
            )
            event = find_event(connection, invoice.billing_event_id)
            if event:
                again = msgspec.structs.replace(
                    event, status=EventStatus.RETURNED, version=event.version + 1
                )
                write_event(connection, again)
            self._audit.append(connection, told(by, "invoice.rejected", rejected))

        await self._store.write(work)
