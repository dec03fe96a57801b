"""Services that are bought for a fixed price, whose buying is cut off after any step."""

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

from msgspec.structs import replace

from gateway.firm import load_firm
from governance.access import acting_as
from governance.editions import Editions
from governance.sensitive_reads import SensitiveReads
from observability.metrics import Metrics
from observability.tracing import Tracing
from process_apis.due.late_accruals import LateAccruals
from process_apis.engine import Process
from process_apis.events import procurement as procurement_events
from process_apis.events.procurement import AccrualsLookedAt
from process_apis.procure_to_pay import records as buying_records
from process_apis.procure_to_pay.accruing import Accruing
from process_apis.procure_to_pay.bills.intake import Intake, bill_case_id
from process_apis.procure_to_pay.bills.posting import BillPosting
from process_apis.procure_to_pay.buying import Buying
from process_apis.procure_to_pay.ordering import requests as order_requests
from process_apis.procure_to_pay.ordering.clearing import Clearing
from process_apis.procure_to_pay.ordering.requesting import Requesting, request_id_of
from process_apis.procure_to_pay.ordering.requests import (
    OrderRequest,
    OrderWish,
    RequestStage,
    VendorFile,
)
from process_apis.procure_to_pay.ordering.revising import Revising
from process_apis.procure_to_pay.orders import Orders
from process_apis.procure_to_pay.papers import PurchasePapers
from process_apis.procure_to_pay.process import ProcureToPay, processes
from process_apis.procure_to_pay.questions import Questions
from process_apis.procure_to_pay.receiving import Receiving
from process_apis.procure_to_pay.records import AccrualJournal, BillCase, ReceiptCase
from process_apis.procure_to_pay.terms import Check, Exchange, ProcureToPayTerms
from process_apis.revenue.books.periods import Periods
from store.clock import wall_clock
from system_apis.canonical import payables, procurement
from system_apis.canonical.delivery import BudgetDraft
from system_apis.canonical.money import Money, Price
from system_apis.canonical.procurement import (
    BillLine,
    BillStatus,
    OrderLineDraft,
    OrderRevision,
    PurchaseOrder,
    Vendor,
    VendorBill,
    VendorBillDraft,
)
from system_apis.canonical.time import TimeCorrection
from system_apis.cross_references import StoredReferences
from system_apis.door import Warden, governed
from system_apis.effects import Effects
from system_apis.erp import v1 as erp_face
from system_apis.erp.interface import Erp
from system_apis.procurement import v1 as procurement_face
from system_apis.procurement.interface import Procurement
from system_apis.systems import Instances, Systems
from tests.faults.changed_project import (
    ASKS,
    COMPANY,
    ROUTED,
    TESTS,
    ChangedProject,
    Cut,
    now,
    person,
)
from tests.process_apis.workshop import Workshop
from tests.system_apis.sandbox.house import MONTH_END, NORTHWIND, House, house_of

ORDERING = ("check_request", "write_order", "approve_order", "send_order", "note_ordered")
REVISING = ("look_at_revision", "approve_revision", "send_revision")
RECEIVING = ("draft_receipts", "note_accepted", "record_receipt", "note_recorded")
TAKING_IN = ("look_for_twins", "record_bill", "match_bill", "approve_bill")
POSTING = ("look_at_holds", "write_payable", "compare_payable", "post_payable", "note_posted")
ACCRUING = ("accrue", "book", "take_back", "note_booked")
CREDITING = ("write_credit", "post_credit")


SEES = replace(
    TESTS,
    scopes=frozenset(
        {
            "system:psa:read_cost",
            "system:procurement:read",
            "system:procurement:read_bank",
            "system:erp:read",
        }
    ),
)


class BoughtServices(ChangedProject):
    """The project, its vendor, and the people who buy from it."""

    def __init__(self, house: House, workshop: Workshop, cuts: Sequence[str]) -> None:
        super().__init__(house, workshop, cuts)
        self.systems = _behind_doors(house, workshop, self.systems)
        firm, store, audit = load_firm(NORTHWIND), workshop.store, workshop.audit
        self.entities = firm.legal_entities()
        self.terms: Editions[ProcureToPayTerms] = Editions(firm.procure_to_pay_terms())
        self.exchange = Exchange(firm.reporting_currency, firm.fx_avg)
        self.requests = PurchasePapers(store, audit, OrderRequest, "order_request")
        self.receipts = PurchasePapers(store, audit, ReceiptCase, "receipt_draft")
        self.bills = PurchasePapers(store, audit, BillCase, "vendor_bill")
        self.files = PurchasePapers(store, audit, VendorFile, "vendor_file")
        self.journals = PurchasePapers(store, audit, AccrualJournal, "accrual")
        self.clearing = Clearing(self.systems, self.files, self.terms, now)
        self.orders = Orders(self.systems, self.bills, self.terms, self.exchange, now)

    def work(self) -> tuple[list[Process], list[ModuleType]]:
        """Return buying, which is cut off after its steps."""
        bought = ProcureToPay(
            requesting=cut_off(self.cut, Requesting, ORDERING)(
                self.systems,
                self.requests,
                self.engagements,
                self.clearing,
                self.terms,
                self.exchange,
                now,
            ),
            revising=cut_off(self.cut, Revising, REVISING)(
                self.systems, self.terms, self.exchange, now
            ),
            receiving=cut_off(self.cut, Receiving, (*RECEIVING, "reverse"))(
                self.systems, self.receipts, self.engagements, self.approvals, self.entities, now
            ),
            intake=cut_off(self.cut, Intake, ("take_seen", *TAKING_IN))(
                self.systems, self.bills, self.receipts, self.entities, self.terms, now
            ),
            posting=cut_off(self.cut, BillPosting, (*POSTING, "release", *CREDITING))(
                self.systems, self.bills, self.clearing
            ),
            accruing=cut_off(self.cut, Accruing, ("late", *ACCRUING))(
                self.orders, self.journals, self.entities, now
            ),
            questions=Questions(self.requests, self.receipts, self.bills, self.approvals, now),
        )
        journaled = [buying_records, order_requests, payables, procurement, procurement_events]
        return processes(bought), journaled

    @property
    def buying(self) -> Buying:
        """What its API shows of buying."""
        papers = (self.requests, self.receipts, self.bills, self.journals)
        return Buying(self.systems, self.engagements, self.orders, self.clearing, *papers)

    async def waits(self, month: str) -> list[str]:
        """Return what keeps a month from being closed for what was received in it."""
        due = await self.buying.unbooked(COMPANY, month)
        return [str(each.accrued) for each in due]

    async def looked_late(self, day: int) -> int:
        """Have a program begin in November, which looks, and tell how often was accrued late."""
        on = date(2026, 11, day)
        done, journaled = self.work()
        told = self.workshop.commands, self.periods(on), {COMPANY: self.entities[COMPANY]}
        async with self.workshop.engine(
            *done, journaled=journaled, entities=frozenset({COMPANY})
        ) as engine:
            await LateAccruals(engine, *told, buys=True).look()
        looked = AccrualsLookedAt(month="2026-10", on=on, legal_entity=COMPANY)
        if await self.workshop.commands.find(looked.business_key):
            await self.done(looked)
        begun = await self.workshop.commands.begun_with(f"accrue:{COMPANY}")
        late = [each.key for each in begun if ":late:" in each.key]
        for key in late:
            await self.done((await self.workshop.commands.with_event(key))[1])
        return len(late)

    def periods(self, on: date) -> Periods:
        """Return the company's months, as they stand on a day."""
        at = datetime.combine(on, time(12), UTC)
        return Periods(self.workshop.store, self.workshop.audit, lambda: at)

    async def vendor(self) -> Vendor:
        """Return the vendor as it is now."""
        return (await self.systems.procurement.vendors()).items[0]

    async def order(self, number: str = "PO-5501") -> PurchaseOrder:
        """Return an order as it is now."""
        return (await self.systems.procurement.purchase_orders(number=number)).items[0]

    async def budgeted(self) -> None:
        """Let the project have a margin to be bought from."""
        [project] = (await self.systems.psas["psa"].projects(number="P-2001")).items
        budget = BudgetDraft(Money.of("120000", "EUR"), Money.of("78250", "EUR"), Decimal("0.3479"))
        await self.systems.psas["psa"].set_budget(project.id, budget, key="budget")

    async def cleared(self) -> None:
        """Have every item of the vendor's checklist looked at, each of them told twice."""
        vendor, buyer = await self.vendor(), person("U-PR1", "procurement")
        with acting_as(SEES):
            lacks = (await self.clearing.clearance(vendor.id, COMPANY)).missing
            for item in [*lacks, *lacks]:
                await self.clearing.note(vendor.id, COMPANY, Check(item), "on file", by=buyer)

    async def asked(self, occasion: str = "once") -> OrderRequest:
        """Write down what a gap in the staffing asks for."""
        wish = OrderWish(
            vendor_id=(await self.vendor()).id,
            legal_entity=COMPANY,
            project_number="P-2001",
            role="Senior",
            contractor="C901",
            hours=Decimal(10),
            rate=Price("70", "EUR"),
            start=date(2026, 11, 2),
            end=date(2026, 11, 30),
        )
        request = OrderRequest(
            id=request_id_of(wish, occasion),
            legal_entity=COMPANY,
            vendor_id=wish.vendor_id,
            project_number=wish.project_number,
            wish=wish,
            amount=Money.of("700", "EUR"),
            stage=RequestStage.RECEIVED,
            requested_by=ASKS.subject,
            opened_at=now(),
        )
        return await self.requests.open(request, by=ASKS)

    async def revised(self, hours: Decimal) -> PurchaseOrder:
        """Let somebody revise the order in the procurement system, to so many hours."""
        order = await self.order()
        [line] = order.lines
        said = {name: getattr(line, name) for name in OrderLineDraft.__struct_fields__}
        lines = (OrderLineDraft(**said | {"quantity": hours}),)
        revision = OrderRevision(of_revision=order.revision, lines=lines)
        with acting_as(replace(SEES, scopes=SEES.scopes | {"system:procurement:write"})):
            return await self.systems.procurement.revise_purchase_order(
                order.id, revision, key=f"by hand {hours}"
            )

    async def corrected(self, hours: Decimal) -> None:
        """Let the last approved entry of October have had so many hours fewer."""
        psa = self.systems.psas["psa"]
        page = await psa.time_entries(
            project_number="P-2001", start=date(2026, 10, 1), end=date(2026, 10, 31)
        )
        ours = [each for each in page.items if each.employee == "C901" and each.hours > hours]
        last = max(ours, key=lambda each: (each.work_date, each.number))
        told = TimeCorrection(
            entry_number=last.number, hours=last.hours - hours, reason="not worked"
        )
        await psa.correct_time(project_number="P-2001", correction=told, key="corrected")

    async def billed(self, number: str = "DD-88-C", hours: str = "80") -> BillCase:
        """Take the vendor's bill in for what it did in October."""
        draft = await self._bill(number, hours)
        case = BillCase(
            id=bill_case_id(draft.vendor_id, number),
            arrival=number,
            legal_entity=COMPANY,
            vendor_id=draft.vendor_id,
            project_number="P-2001",
            bill=draft,
            stage=BillStatus.RECEIVED,
            received_by=ASKS.subject,
            opened_at=now(),
        )
        return await self.bills.open(case, by=ASKS)

    async def sent_by_vendor(self, number: str) -> VendorBill:
        """Let the vendor's bill come by the procurement system alone."""
        draft, scopes = await self._bill(number), {"system:procurement:record_bill"}
        with acting_as(replace(SEES, scopes=SEES.scopes | scopes)):
            return await self.systems.procurement.record_bill(draft, key="vendor portal")

    async def _bill(self, number: str, hours: str = "80") -> VendorBillDraft:
        net, nothing = Money.of(70 * Decimal(hours), "EUR"), Money.zero("EUR")
        line = BillLine(
            description="Data engineering",
            purchase_order_number="PO-5501",
            purchase_order_line=1,
            quantity=Decimal(hours),
            unit_price=Price("70", "EUR"),
            net=net,
            tax=nothing,
        )
        return VendorBillDraft(
            vendor_id=(await self.vendor()).id,
            legal_entity=COMPANY,
            number=number,
            currency="EUR",
            issue_date=date(2026, 10, 31),
            due_date=date(2026, 11, 30),
            lines=(line,),
            net=net,
            tax=nothing,
            gross=net,
        )


def cut_off(cut: Cut, kind: type[Any], names: Sequence[str]) -> type[Any]:
    """Return a kind of steps that is cut off after each step of these names."""

    def after(done: Callable[..., Awaitable[object]], name: str) -> Callable[..., object]:
        @functools.wraps(done)
        async def then(*told: object) -> object:
            result = await done(*told)
            await cut.here(name)
            return result

        return then

    namespace = {each: after(getattr(kind, each), each) for each in names}
    return type(f"Cut{kind.__name__}", (kind,), namespace, frozen=True)


def _behind_doors(house: House, workshop: Workshop, systems: Systems) -> Systems:
    """Return the systems with the guard of every write in front of what is bought and owed."""
    reads = SensitiveReads(workshop.audit, workshop.store)
    effects = Effects(workshop.store, wall_clock, workshop.audit)
    warden = Warden(effects, Metrics(), Tracing(), reads)
    ours = frozenset({COMPANY})
    buying = governed(
        house.procurement(), Procurement, procurement_face.POLICY, warden, entities=ours
    )
    books = governed(house.erp(), Erp, erp_face.POLICY, warden, entities=ours)
    instances = Instances(
        crm=systems.crm,
        contracts=systems.contracts,
        psas=systems.psas,
        erps={"erp-a": books},
        hrs=systems.hrs,
        procurements={"procurement": buying},
    )
    return Systems(instances, ROUTED, workshop.store, dict[str, StoredReferences]())


@asynccontextmanager
async def bought_services(
    directory: Path, cuts: Sequence[str] = ()
) -> AsyncIterator[BoughtServices]:
    """Run the firm's systems at the end of October, with services on order."""
    data = directory / "data"
    data.mkdir()
    workshop = Workshop(data)
    async with house_of(NORTHWIND, directory, timeout_ms=10_000) as house:
        await house.at(MONTH_END)
        bought = BoughtServices(house, workshop, cuts)
        with acting_as(SEES):
            await bought.set_up()
            await bought.budgeted()
            yield bought
    workshop.close()
