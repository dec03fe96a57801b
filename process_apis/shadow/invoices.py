"""Project-to-cash beside people: the invoices that we would have written in a period."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from process_apis.adoption.rules import STAGES, is_before_us
from process_apis.opportunity_to_project.planned import planned_events
from process_apis.pages import every
from process_apis.project_to_cash import rules
from process_apis.project_to_cash.checks import Checks
from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.readiness.blockers import blockers
from process_apis.project_to_cash.records import BillingEvent
from process_apis.shadow.differences import invoice_case
from process_apis.shadow.records import Case, Verdict
from store.database import Store
from system_apis.canonical.billing import Invoice
from system_apis.canonical.contracts import CapScope, Contract
from system_apis.canonical.money import Money
from system_apis.canonical.record import Page
from system_apis.effect_ledger import is_ours
from system_apis.systems import SystemKind, Systems

Written = dict[str, list[Invoice]]


class InvoiceShadow(Struct, frozen=True):
    """Works out what project-to-cash would have billed, and writes nothing."""

    systems: Systems
    checks: Checks
    store: Store

    async def cases(self, contracts: Sequence[Contract], start: date, end: date) -> list[Case]:
        """Return each planned invoice of a period beside what people wrote."""
        found: list[Case] = []
        for entity in sorted({each.legal_entity for each in contracts}):
            ours = [each for each in contracts if each.legal_entity == entity]
            by_hand = await self._by_hand(ours, on=end)
            for contract in ours:
                written = [
                    each
                    for each in by_hand.pop(contract.project_number, [])
                    if not is_before_us(each, contract, None)
                ]
                found += await self._of_contract(contract, written, start, end)
            rest = [each for many in by_hand.values() for each in many]
            found += [_stray(each) for each in rest if start <= each.issue_date <= end]
        return found

    async def _of_contract(
        self, contract: Contract, written: Sequence[Invoice], start: date, end: date
    ) -> list[Case]:
        erp = self.systems.erp(contract.legal_entity, on=contract.effective_from)
        booked = await erp.ledger_project(
            contract.project_number, legal_entity=contract.legal_entity
        )
        events = planned_events(contract, booked.client_number if booked else "")
        meant = {each.id: list[Invoice]() for each in events}
        for invoice in sorted(written, key=lambda each: each.issue_date):
            if event := nearest(events, invoice):
                meant[event.id].append(invoice)
        cases = []
        for event in events:
            if start <= event.planned_date <= end:
                before = [i for e in events if _earlier(e, event) for i in meant[e.id]]
                cases.append(await self._case(event, contract, before, meant[event.id]))
        return [each for each in cases if each is not None]

    async def _case(
        self,
        event: BillingEvent,
        contract: Contract,
        before: Sequence[Invoice],
        written: Sequence[Invoice],
    ) -> Case | None:
        erp = self.systems.erp(event.legal_entity, on=event.planned_date)
        facts = as_of(await self.checks.gather(event), contract, before)
        prepared = rules.prepare(facts, erp.posting_terms)
        waits = tuple(each.code for each in blockers(facts, prepared.draft, prepared.over_cap))
        if not prepared.billed and not written:
            return None
        draft = prepared.draft if prepared.billed else None
        return invoice_case(event, draft, written, waits)

    async def _by_hand(self, contracts: Sequence[Contract], *, on: date) -> Written:
        """Return the company's invoices that none of us wrote, by project."""
        entity = contracts[0].legal_entity
        erp = self.systems.erp(entity, on=on)

        async def pages(cursor: str | None) -> Page[Invoice]:
            return await erp.invoices(legal_entity=entity, cursor=cursor)

        found: Written = {}
        for each in await every(pages):
            key = each.reference
            ours = key is not None and await is_ours(
                self.store, SystemKind.ERP, erp.instance, "create_invoice", key
            )
            if each.status in STAGES and not ours:
                found.setdefault(each.project_number or "", []).append(each)
        return found


def nearest(events: Sequence[BillingEvent], invoice: Invoice) -> BillingEvent | None:
    """Return the planned event that an invoice of another hand is likeliest meant for."""

    def apart(event: BillingEvent) -> tuple[int, date]:
        return abs((event.planned_date - invoice.issue_date).days), event.planned_date

    return min(events, key=apart, default=None)


def as_of(facts: BillingFacts, contract: Contract, before: Sequence[Invoice]) -> BillingFacts:
    """Return facts as they were on the planned day, with what people billed until then."""
    nothing = Money.zero(contract.currency)
    opening = contract.billed_to_date or nothing
    same = [each for each in before if each.currency == contract.currency]
    on = facts.event.planned_date
    orders = {each.number for each in contract.purchase_orders if each.valid_to >= on}
    return replace(
        facts,
        billed=opening + Money.total((_counted(each, contract) for each in same), opening.currency),
        ordered=Money.total(
            (each.net for each in same if each.purchase_order in orders), contract.currency
        ),
        on=on,
        undecided=(),
        billed_sources=frozenset(),
    )


def _counted(invoice: Invoice, contract: Contract) -> Money:
    """Return what a cap counts of an invoice: people's work alone when it counts fees."""
    work = [each for each in invoice.lines or () if each.employee is not None]
    if contract.nte_scope is CapScope.FEES_AND_EXPENSES or not work:
        return invoice.net
    return Money.total((each.net for each in work), invoice.currency)


def _earlier(one: BillingEvent, other: BillingEvent) -> bool:
    return one.planned_date < other.planned_date


def _stray(invoice: Invoice) -> Case:
    return Case(
        subject=f"invoice {invoice.number or invoice.id}",
        project_number=invoice.project_number,
        legal_entity=invoice.legal_entity,
        verdict=Verdict.ONLY_THEIRS,
        theirs=invoice.gross,
        documents=(invoice.number or invoice.id,),
    )
