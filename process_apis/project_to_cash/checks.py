"""Readiness checks: gather the facts, work the invoice out, note what keeps it back."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from process_apis.electronic_invoices import ElectronicInvoicing
from process_apis.pages import every
from process_apis.project_to_cash import rules
from process_apis.project_to_cash.collection.disputes import Disputes
from process_apis.project_to_cash.credit_records import HeldWork
from process_apis.project_to_cash.identifiers import invoice_id
from process_apis.project_to_cash.invoicing import invoice_lines as lines
from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.invoicing.down_payments import (
    Deposit,
    deposit,
    deposit_source,
    taken_off,
)
from process_apis.project_to_cash.invoicing.hours_statements import statement
from process_apis.project_to_cash.invoicing.retainers import carried
from process_apis.project_to_cash.invoicing.worked import COUNTED, standing
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.readiness.blockers import blockers
from process_apis.project_to_cash.receivables import Dispute, DisputeStatus
from process_apis.project_to_cash.records import (
    BilledLine,
    BillingEvent,
    Blocker,
    ClientInvoice,
    EventStatus,
    Grounds,
    HoursStatement,
    InvoiceStage,
)
from system_apis.canonical.billing import InvoiceDraft, PostingTerms
from system_apis.canonical.changes import ChangeRequest
from system_apis.canonical.contracts import Contract
from system_apis.canonical.delivery import Project
from system_apis.canonical.money import Money
from system_apis.canonical.party import Client, LegalEntity
from system_apis.canonical.record import Page
from system_apis.canonical.team import Booking
from system_apis.canonical.time import ExpenseLine, TimeEntry, Timesheet
from system_apis.errors import Refused
from system_apis.systems import Systems

Undecided = Callable[[str], Awaitable[tuple[str, ...]]]
Inspect = Callable[[BillingFacts], Awaitable[tuple[Blocker, ...]]]
Replacing = Callable[[frozenset[str]], Awaitable[tuple[str, ...]]]


class Recorded(Struct, frozen=True):
    """What people worked and spent in a period, and the weeks that they owe."""

    entries: tuple[TimeEntry, ...]
    expenses: tuple[ExpenseLine, ...]
    timesheets: tuple[Timesheet, ...]

    @property
    def ids(self) -> frozenset[str]:
        """Every row that an invoice may bill."""
        worked = frozenset(each.id for each in self.entries)
        return worked | {each.id for each in self.expenses}

    @property
    def numbers(self) -> frozenset[str]:
        """The numbers of the hours that are billable and count."""
        counted = (each for each in standing(self.entries) if each.status in COUNTED)
        return frozenset(each.number for each in counted if each.billable)


class Checked(Struct, frozen=True):
    """A billing event after its check, with the invoice that it would be."""

    event: BillingEvent
    draft: InvoiceDraft
    billed: tuple[BilledLine, ...]
    project_manager: str
    instance: str
    hours_statement: HoursStatement | None = None
    grounds: Grounds | None = None

    @property
    def ready(self) -> bool:
        """Whether nothing keeps the invoice back."""
        return self.event.status is EventStatus.READY

    @property
    def asks_adjustment(self) -> bool:
        """Whether finance is to be asked about what exceeds the cap."""
        return any(each.code == "B09" for each in self.event.blockers)


async def _none(_: object) -> tuple[()]:
    return ()


class Checks(Struct, frozen=True):
    """The steps that look at a billing event and draft its invoice.

    `undecided` names the invoices of a project that another hand wrote and nobody has
    adopted or disputed yet; `inspect` judges the records that a bill rests on; `replacing`
    names what asks to take the place of hours, which are named as the PSA knows them.
    """

    systems: Systems
    billing: BillingLedger
    entities: Mapping[str, LegalEntity]
    clock: Callable[[], datetime]
    disputes: Disputes
    policy: rules.ApprovalPolicy
    undecided: Undecided = _none
    inspect: Inspect = _none
    law: ElectronicInvoicing = ElectronicInvoicing()
    replacing: Replacing = _none

    async def check(self, billing_event_id: str) -> Checked:
        """Check a billing event on what the systems say now, and write the findings down."""
        event = await self.billing.event(billing_event_id)
        facts = await self.gather(event)
        erp = self.systems.erp(event.legal_entity, on=event.planned_date)
        prepared = rules.prepare(facts, erp.posting_terms)
        if not event.is_final:
            found = blockers(facts, prepared.draft, prepared.over_cap)
            found += await self.inspect(facts)
            checked = rules.after_check(event, prepared, found, at=self.clock())
            event = await self.billing.checked(checked, seen=event)
        return Checked(
            event,
            prepared.draft,
            prepared.billed,
            facts.contract.project_manager or "",
            erp.instance,
            statement(facts),
            self._grounds(facts, erp.posting_terms),
        )

    def _grounds(self, facts: BillingFacts, terms: PostingTerms) -> Grounds:
        """Return what an invoice of these facts is drafted by."""
        return Grounds(
            contract_version=facts.contract.version,
            read_at=self.clock(),
            rates=facts.contract.rates,
            cap=facts.contract.nte_cap,
            billed_before=facts.billed,
            rounding=terms.rounding,
            tax_rounding=terms.tax_rounding,
            policy_version=self.policy.version,
            electronic_version=self.law.version,
        )

    async def draft(self, checked: Checked) -> ClientInvoice | None:
        """Write the draft and the allocations of its lines, all or none.

        Returns None when another invoice took the down payment off meanwhile.
        """
        event = checked.event
        number = invoice_id(event)
        invoice = ClientInvoice(
            id=number,
            billing_event_id=event.id,
            version=event.version,
            stage=InvoiceStage.PENDING_APPROVAL,
            draft=checked.draft,
            reference=f"INV:{number}",
            project_manager=checked.project_manager,
            instance=checked.instance,
            hours_statement=checked.hours_statement,
            grounds=checked.grounds,
        )
        sources = [list(each.sources) for each in checked.billed]
        try:
            return await self.billing.draft(invoice, event.contract_number, sources)
        except Refused as refused:
            if refused.code == "ALREADY_BILLED" and await self._was_taken_off(checked):
                return None
            raise

    async def _was_taken_off(self, checked: Checked) -> bool:
        """Whether less of the down payment is left than a draft would take off."""
        event = checked.event
        invoices = await self.billing.so_far.invoices_of(deposit_source(event.contract_id))
        return deposit(invoices, event.currency).left < taken_off(checked.draft)

    async def accept_adjustment(self, billing_event_id: str, over_cap: Money) -> BillingEvent:
        """Note that finance accepts to leave this much unbilled of what is still to bill."""
        event = await self.billing.event(billing_event_id)
        if event.is_final:
            return event
        accepted = replace(event, accepted_over_cap=over_cap)
        return await self.billing.checked(accepted, seen=event)

    async def release(self, invoice_id: str) -> None:
        """Take the allocations of a draft back that was rejected, or given up unposted."""
        invoice = await self.billing.invoice(invoice_id)
        if invoice.stage is not InvoiceStage.POSTING:
            await self.billing.release(invoice)

    async def gather(self, event: BillingEvent) -> BillingFacts:
        """Return what the systems say about a billing event now."""
        contract = await self.systems.contracts.contract(event.contract_id)
        erp = self.systems.erp(event.legal_entity, on=event.planned_date)
        number, today = event.project_number, self.entities[event.legal_entity].day_of(self.clock())
        billed = await self.billing.so_far.before(
            event, contract.nte_scope, covered=contract.billed_until
        )
        client = next(iter((await erp.clients(number=event.client_number)).items), None)
        recorded = await self._recorded(event)
        due = {lines.fee_period(event), lines.milestone_source(contract, event.milestone)}
        return BillingFacts(
            event=event,
            contract=contract,
            project_number=number,
            client=client,
            ledger_project=await erp.ledger_project(number, legal_entity=event.legal_entity),
            entries=recorded.entries,
            expenses=recorded.expenses,
            timesheets=recorded.timesheets,
            billed_sources=await self.billing.so_far.sources(due | recorded.ids),
            adopted_sources=await self.billing.so_far.adopted_sources(recorded.ids),
            undecided=await self.undecided(number),
            held=await self._held(event),
            fiscal_period=await erp.fiscal_period(
                legal_entity=event.legal_entity, on=event.planned_date
            ),
            billed=(contract.billed_to_date or Money.zero(event.currency)) + billed.counted,
            ordered=billed.ordered(
                each.number for each in contract.purchase_orders if each.valid_to >= today
            ),
            on=today,
            disputes=await self._disputes(contract),
            deposit=await self._deposit(event, contract),
            carried_hours=await self._carried(event, contract),
            changes=await self._changes(event, contract),
            has_rate=self.policy.has_rate(contract.currency),
            claims=await self.billing.so_far.claims(event),
            project=await self._project(event),
            bookings=await self._bookings(event),
            electronic=client is not None and self._is_electronic(event, client),
            replacing=await self.replacing(recorded.numbers),
        )

    def _is_electronic(self, event: BillingEvent, client: Client) -> bool:
        """Whether the law wants the invoice of an event to be electronic."""
        seller, on = self.entities[event.legal_entity].country, event.planned_date
        return self.law.is_mandated(seller, client.country, on=on)

    async def _project(self, event: BillingEvent) -> Project | None:
        psa = self.systems.psa(event.legal_entity, on=event.planned_date)
        found = (await psa.projects(number=event.project_number)).items
        return found[0] if found else None

    async def _bookings(self, event: BillingEvent) -> tuple[Booking, ...]:
        """Return who was to work, where work is billed."""
        psa, number = (
            self.systems.psa(event.legal_entity, on=event.planned_date),
            event.project_number,
        )
        if not event.bills_work:
            return ()
        found = await every(lambda at: psa.bookings(project_number=number, cursor=at))
        return tuple(found)

    async def _changes(self, event: BillingEvent, contract: Contract) -> tuple[ChangeRequest, ...]:
        """Return the change requests that an event's milestone may have to wait for."""
        if event.milestone is None:
            return ()

        async def asked(cursor: str | None) -> Page[ChangeRequest]:
            return await self.systems.contracts.change_requests(
                contract_number=contract.number, cursor=cursor
            )

        return tuple(await every(asked))

    async def _recorded(self, event: BillingEvent) -> Recorded:
        """Return what people recorded in the period that is billed."""
        psa = self.systems.psa(event.legal_entity, on=event.planned_date)
        start, end, number = event.period_start, event.period_end, event.project_number

        async def entries(cursor: str | None) -> Page[TimeEntry]:
            return await psa.time_entries(
                project_number=number, start=start, end=end, cursor=cursor
            )

        async def expenses(cursor: str | None) -> Page[ExpenseLine]:
            return await psa.expense_lines(
                project_number=number, start=start, end=end, cursor=cursor
            )

        weeks = await psa.timesheets(project_number=number, start=start, end=end)
        return Recorded(tuple(await every(entries)), tuple(await every(expenses)), tuple(weeks))

    async def _held(self, event: BillingEvent) -> tuple[HeldWork, ...]:
        return tuple(await self.billing.so_far.held(contract_number=event.contract_number))

    async def _disputes(self, contract: Contract) -> tuple[Dispute, ...]:
        open_ones = [DisputeStatus.OPEN]
        found = await self.disputes.listed(contract_number=contract.number, statuses=open_ones)
        return tuple(found)

    async def _deposit(self, event: BillingEvent, contract: Contract) -> Deposit | None:
        """Return where the down payment stands by the contract's other invoices."""
        if contract.down_payment is None:
            return None
        invoices = await self.billing.so_far.invoices_of(deposit_source(contract.id))
        others = [each for each in invoices if each.billing_event_id != event.id]
        return deposit(others, contract.currency)

    async def _carried(self, event: BillingEvent, contract: Contract) -> Decimal:
        """Return the hours that earlier periods left, worked out of what was worked in them."""
        if contract.recurring is None or not contract.recurring.rollover:
            return Decimal(0)
        psa = self.systems.psa(event.legal_entity, on=event.planned_date)

        async def earlier(cursor: str | None) -> Page[TimeEntry]:
            return await psa.time_entries(
                project_number=event.project_number,
                start=contract.effective_from,
                end=event.period_start - timedelta(days=1),
                cursor=cursor,
            )

        first = event.period_start <= contract.effective_from
        entries = [] if first else await every(earlier)
        return carried(contract, event.period_start, entries)
