"""Deals that are won and signed on the sandbox, one day and another, and who opens them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from types import ModuleType

import msgspec
from msgspec import Struct

from gateway.firm import load_firm
from gateway.parts.journaled import JOURNALED
from governance.access import acting_as
from governance.sensitive_reads import SensitiveReads
from observability.metrics import Metrics
from observability.tracing import Tracing
from process_apis.approvals.requests import Approval, ApprovalStatus, Decision
from process_apis.client_matching.merges import MergeBook
from process_apis.client_matching.questions import StewardQuestions
from process_apis.engine import Process
from process_apis.events.event import Event
from process_apis.events.set_up import ContractSigned, OpportunityWon
from process_apis.exceptions.queue import OpenException
from process_apis.opportunity_to_project import process as set_up
from process_apis.project_to_cash.records import BillingEvent
from store.clock import wall_clock
from system_apis.canonical.contracts import Contract
from system_apis.canonical.record import Page
from system_apis.canonical.sales import Opportunity
from system_apis.canonical.team import Booking, StaffingRequest, Task, TaskStatus
from system_apis.contracts import v1 as contracts_face
from system_apis.contracts.interface import Contracts
from system_apis.crm import v2 as crm_face
from system_apis.crm.interface import Crm
from system_apis.door import Warden, governed
from system_apis.effects import Effects
from system_apis.erp import v1 as erp_face
from system_apis.erp.interface import Erp
from system_apis.psa import v1 as psa_face
from system_apis.psa.interface import Psa
from system_apis.systems import Instances, Systems
from tests.faults.changed_project import COMPANY, ROUTED, TESTS, ChangedProject, person
from tests.faults.known_clients import opening
from tests.firms.amounts import as_of
from tests.process_apis.workshop import Workshop
from tests.proof.opening.reckoned import NEW, Deal
from tests.stories.books import Books
from tests.system_apis.sandbox.house import NORTHWIND, House, house_of

BEGINS = datetime(2026, 10, 1, 8, tzinfo=UTC)
FIRST, LAST = date(2026, 11, 2), date(2027, 1, 29)
PEOPLE = {
    "project_manager": "U-PM2",
    "sales_operations": "U-SO1",
    "finance": "U-FI1",
    "sales_director": "U-SD1",
    "cfo": "U-CF1",
}
# Of the firm's facts, those that are about no deal.
KEPT = (
    *("name", "reporting_currency", "as_of", "fiscal_year_start", "fx_avg", "fx_close"),
    *("entities", "systems", "people", "employees", "clients", "client_records", "list_rates"),
    "approval_thresholds",
)
CHECKS = ("Client kick-off", "Client signs the NDA")
NEW_CLIENT = {
    "id": NEW,
    "name": "Weser Hafen GmbH",
    "country": "DE",
    "tax_id": "DE811000029",
    "address": {"street": "Kai 3", "city": "Bremen", "postal_code": "28195"},
    "xref": {"crm": "001A90"},
}


class Customers(Struct):
    """A system's customers, however they are kept."""

    customer: list[msgspec.Raw] = []


class Ledgers(Struct):
    """The systems that may hold customers."""

    instances: dict[str, Customers]


class Held(Struct, frozen=True):
    """What the PSA holds of a project, beside the project."""

    requests: list[StaffingRequest]
    tasks: list[Task]
    bookings: list[Booking]


class SoldDeals(ChangedProject):
    """What sales sold, on whatever day it is."""

    def __init__(self, house: House, workshop: Workshop) -> None:
        super().__init__(house, workshop, ())
        self.systems = _behind_doors(house, workshop)
        # What the tests look at, nobody's door is in front of.
        self.crm, self.contracts, self.psa = house.crm(), house.contracts(), house.psa()
        self.now = BEGINS
        self.firm = load_firm(NORTHWIND)
        book = MergeBook(house.store, workshop.audit, self.moment)
        self.steward = StewardQuestions(self.approvals, book, self.systems.names_of, self.moment)

    def moment(self) -> datetime:
        """Return what time it is."""
        return self.now

    def work(self) -> tuple[list[Process], list[ModuleType]]:
        """Return what opens projects."""
        found = opening(self, self.steward, self.firm, self.moment)
        return set_up.processes(found), JOURNALED

    async def on(self, day: int) -> None:
        """Let it be the evening of a day of October."""
        self.now = datetime.combine(date(2026, 10, day), time(20), UTC)
        await self.house.at(f"{self.now:%Y-%m-%dT%H:%M:%SZ}")

    async def sale(self, number: int) -> Opportunity:
        """Return a deal as the CRM has it."""
        return (await self.crm.opportunities(number=f"OPP-{number}")).items[0]

    async def contract_of(self, number: int) -> Contract:
        """Return a deal's contract."""
        return (await self.contracts.contracts(number=f"CT-{number}")).items[0]

    async def won(self, number: int) -> OpportunityWon:
        """Return what the CRM's feed tells of a deal."""
        sale = await self.sale(number)
        return OpportunityWon(opportunity_id=sale.id, version=sale.version, legal_entity=COMPANY)

    async def signed(self, number: int) -> ContractSigned:
        """Return what the contract system's feed tells of a deal."""
        contract = await self.contract_of(number)
        return ContractSigned(
            contract_id=contract.id, version=contract.version, legal_entity=COMPANY
        )

    async def asked_about(self, number: int) -> Approval | None:
        """Return what people are asked about a deal now."""
        found = await self.approvals.about((await self.sale(number)).id)
        waits = [each for each in found if each.status is ApprovalStatus.PENDING]
        assert len(waits) <= 1, waits
        return waits[0] if waits else None

    async def answered(self, asked: Approval, decision: Decision, role: str) -> list[Event]:
        """Have the person of a role answer, and return what follows."""
        who = person(PEOPLE[role], role)
        with acting_as(who):
            await self.approvals.decide(
                asked.id,
                decision,
                version=asked.subject_version,
                comment="looked at",
                by=who,
                at=self.now,
            )
        found = await self.approvals.continuations()
        for each in found:
            await self.approvals.mark_continued(each.approval_id)
        return [each.event for each in found]

    async def stopped(self, number: int) -> list[OpenException]:
        """Return the cases at which a deal's set-up stopped."""
        sale = await self.sale(number)
        waiting = await self.workshop.exceptions.all_open()
        return [each for each in waiting if sale.id in each.command_key]

    async def do_what_is_to_be_done(self, number: int) -> None:
        """Have every task of a project done that must be."""
        psa = self.psa
        for each in (await psa.tasks(project_number=f"P-{number}")).items:
            if each.is_mandatory and each.status is TaskStatus.OPEN:
                await psa.complete_task(each.id, key=f"done:{each.id}")

    async def books(self) -> tuple[Books, int]:
        """Return what every system holds, and how many customers the ERP has."""
        held = await self.house.ask("ledger")
        found = msgspec.json.decode(held, type=Ledgers).instances["erp-a"].customer
        return msgspec.json.decode(held, type=Books), len(found)

    async def held(self, number: str) -> Held:
        """Return what the PSA holds of a project, or of a deal that is none yet."""
        psa = self.psa
        asked = await psa.staffing_requests(project_number=number)
        tasks: Page[Task] = await psa.tasks(project_number=number)
        booked = await psa.bookings(project_number=number)
        return Held(asked.items, tasks.items, booked.items)

    async def planned(self, number: int) -> list[BillingEvent]:
        """Return what is planned to be billed of a deal."""
        return await self.billing.events(
            entities=frozenset({COMPANY}), contract_number=f"CT-{number}"
        )


def firm_of(deals: Sequence[Deal], folder: Path, *, strict: bool) -> Path:
    """Write a firm that sells these; a strict one opens no project before its client's NDA."""
    facts = msgspec.json.decode((NORTHWIND / "fixture.json").read_bytes(), type=dict[str, object])
    said = {name: facts[name] for name in KEPT}
    plan = {
        "code": "OWN",
        "version": 2,
        "billing_model": "FIXED_FEE",
        "phases": ["Deliver"],
        "checklist": [
            {"name": CHECKS[0], "owner": "project_manager"},
            {"name": CHECKS[1], "owner": "sales_operations", "mandatory": strict},
        ],
    }
    clients = facts["clients"]
    assert isinstance(clients, list)
    said |= {
        "clients": [*clients, NEW_CLIENT],
        "opportunities": [_sale(at, each) for at, each in enumerate(deals, start=60)],
        "contracts": [_contract(at, each) for at, each in enumerate(deals, start=60)],
        "assignments": [_promised(at) for at, each in enumerate(deals, start=60) if each.named],
        "project_templates": [plan],
    }
    folder.mkdir()
    (folder / "fixture.json").write_bytes(msgspec.json.encode(said))
    return folder


def _at(day: int, hour: int) -> str:
    return f"2026-10-{day:02d}T{hour:02d}:00:00Z"


def _sale(number: int, deal: Deal) -> dict[str, object]:
    apart = timedelta(days=deal.days_apart)
    return {
        "id": f"OPP-{number}",
        "client": deal.client,
        "contract": f"CT-{number}",
        "name": f"Work {number}",
        "amount": as_of(deal.sold),
        "currency": "EUR",
        "discount_pct": as_of(deal.discounts[0]),
        "stage": "closed_won",
        "closed_won_at": _at(deal.won, 9),
        "effective": {"from": str(FIRST + apart), "to": str(LAST)},
    }


def _contract(number: int, deal: Deal) -> dict[str, object]:
    document = f"{number:064d}"
    order = {
        "number": f"PO-{number}",
        "amount": as_of(deal.price),
        "valid_to": str(LAST),
        "received_at": _at(deal.order or 1, 11),
    }
    signed = deal.discounts[1]
    return {
        "id": f"CT-{number}",
        "opportunity": f"OPP-{number}",
        "client": deal.client,
        "project": f"P-{number}",
        "project_manager": PEOPLE["project_manager"],
        "legal_entity": COMPANY,
        "currency": "EUR",
        "billing_model": "FIXED_FEE",
        "signed_at": _at(deal.signed, 10),
        "document": f"sha256:{document}",
        "effective": {"from": str(FIRST), "to": str(LAST)},
        "price": as_of(deal.price),
        "eac_cost": as_of(deal.cost),
        "revenue_method": "OVER_TIME_INPUT_COST",
        "discount_pct": None if signed is None else as_of(signed),
        "po_required": deal.order is not None,
        "purchase_order": order if deal.order is not None else None,
        "terms_days": 30,
        "tax": {"category": "S", "rate": "0.19"},
        "milestones": [
            {
                "id": f"M{part}",
                "amount": as_of(deal.price / deal.parts),
                "planned_date": str(FIRST + timedelta(days=20 * part)),
            }
            for part in range(1, deal.parts + 1)
        ],
    }


def _promised(number: int) -> dict[str, str]:
    return {
        "employee": "E202",
        "project": f"OPP-{number}",
        "percent": "20",
        "booking": "soft",
        "from": str(FIRST),
        "to": str(LAST),
    }


def _behind_doors(house: House, workshop: Workshop) -> Systems:
    """Return the systems with the guard of every write in front of them."""
    effects = Effects(workshop.store, wall_clock, workshop.audit)
    reads = SensitiveReads(workshop.audit, workshop.store)
    warden, ours = Warden(effects, Metrics(), Tracing(), reads), frozenset({COMPANY})
    instances = Instances(
        crm=governed(house.crm(), Crm, crm_face.POLICY, warden, entities=ours),
        contracts=governed(
            house.contracts(), Contracts, contracts_face.POLICY, warden, entities=ours
        ),
        psas={"psa": governed(house.psa(), Psa, psa_face.POLICY, warden, entities=ours)},
        erps={"erp-a": governed(house.erp(), Erp, erp_face.POLICY, warden, entities=ours)},
        hrs={},
        procurements={},
    )
    return Systems(instances, ROUTED, house.store, house.references)


@asynccontextmanager
async def sold_deals(
    deals: Sequence[Deal], directory: Path, *, strict: bool
) -> AsyncIterator[SoldDeals]:
    """Run the firm's systems from the first of October on."""
    firm = firm_of(deals, directory / "firm", strict=strict)
    data = directory / "data"
    data.mkdir()
    workshop = Workshop(data)
    async with house_of(firm, directory, timeout_ms=10_000, begins=BEGINS) as house:
        with acting_as(TESTS):
            yield SoldDeals(house, workshop)
    workshop.close()
