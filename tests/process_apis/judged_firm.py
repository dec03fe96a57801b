"""A small firm in the sandbox whose records are right, and what judges them.

Each test spoils one record as another hand would, in the system's own words.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from governance.access import Caller, acting_as
from governance.editions import Edition, Editions
from governance.quality.findings import QualityFinding, QualityFindings
from governance.quality.rules import Kind
from governance.quality.watch import QualityWatch
from observability.metrics import Metrics
from process_apis.client_matching.register import MatchRegister
from process_apis.electronic_invoices import ElectronicInvoicing
from process_apis.engagements import Engagements
from process_apis.opportunity_to_project.rules import SetupTerms
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.rules import ApprovalPolicy
from process_apis.quality.looking import Known, QualityLooks
from process_apis.quality.stakes import Stakes
from process_apis.quality.terms import QualityTerms
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.record import Change
from system_apis.sandbox.books import Books, Fact
from system_apis.systems import Instances, Route, SystemKind, Systems
from tests.process_apis.workshop import Workshop
from tests.system_apis.sandbox.house import House, house_of

TESTS = Caller(subject="tests", client_id="tests", scopes=frozenset(), entities=frozenset({"ONE"}))
ALL = ("sales", "paper", "work", "books", "staff", "buying")
ADDRESS = {"street": "1 Quay", "city": "Mainz", "postal_code": "55116"}
ROUTED = {
    SystemKind.PSA: "work",
    SystemKind.ERP: "books",
    SystemKind.HR: "staff",
}
FACTS: dict[str, object] = {
    "name": "One",
    "reporting_currency": "EUR",
    "period": {"start": "2026-10-01", "end": "2026-10-31"},
    "entities": [{"id": "ONE", "name": "One", "country": "DE", "currency": "EUR", "erp": "books"}],
    "systems": [
        {"id": "sales", "kind": "crm"},
        {"id": "work", "kind": "psa"},
        {"id": "books", "kind": "erp"},
        {"id": "paper", "kind": "contracts"},
        {"id": "staff", "kind": "hr"},
        {"id": "buying", "kind": "procurement"},
    ],
    "employees": [
        {"id": "E1", "name": "Ann Ost", "legal_entity": "ONE", "role": "Lead", "cost_rate": "60"},
        {"id": "E2", "name": "Bo West", "legal_entity": "ONE", "role": "Lead", "cost_rate": "50"},
        {
            "id": "C9",
            "name": "Cy Nord",
            "legal_entity": "ONE",
            "role": "Lead",
            "cost_rate": "40",
            "employment_type": "contractor",
            "vendor": "VN-1",
        },
    ],
    "clients": [
        {
            "id": "CL-1",
            "name": "Rhein AG",
            "country": "DE",
            "tax_id": "DE811000012",
            "domain": "rhein.example",
            "address": ADDRESS,
            "terms_days": 30,
            "xref": {"books": "CUST-1"},
        },
        {
            "id": "CL-2",
            "name": "Main AG",
            "country": "DE",
            "tax_id": "DE811000004",
            "domain": "main.example",
            "address": ADDRESS,
            "terms_days": 30,
            "xref": {"books": "CUST-2"},
        },
    ],
    "opportunities": [
        {
            "id": "OPP-1",
            "client": "CL-1",
            "contract": "CT-1",
            "name": "Survey",
            "amount": "10000",
            "currency": "EUR",
            "stage": "closed_won",
            "closed_won_at": "2026-09-20T09:00:00Z",
            "rates": {"Lead": "100"},
        }
    ],
    "contracts": [
        {
            "id": "CT-1",
            "opportunity": "OPP-1",
            "client": "CL-1",
            "project": "P-1",
            "project_manager": "E1",
            "legal_entity": "ONE",
            "currency": "EUR",
            "billing_model": "T&M",
            "signed_at": "2026-09-21T09:00:00Z",
            "document": f"sha256:{'a1' * 32}",
            "effective": {"from": "2026-10-01", "to": "2026-12-31"},
            "total_value": "10000",
            "nte_cap": "9000",
            "rates": {"Lead": "100"},
            "terms_days": 30,
            "tax": {"category": "E", "rate": "0"},
        },
        {
            "id": "CT-2",
            "client": "CL-2",
            "project": "P-2",
            "project_manager": "E1",
            "legal_entity": "ONE",
            "currency": "EUR",
            "billing_model": "FIXED_FEE",
            "signed_at": "2026-09-21T09:00:00Z",
            "document": f"sha256:{'b2' * 32}",
            "effective": {"from": "2026-10-01", "to": "2026-12-31"},
            "price": "1000",
            "revenue_method": "OVER_TIME_INPUT_COST",
            "terms_days": 30,
            "tax": {"category": "E", "rate": "0"},
            "milestones": [{"id": "M1", "amount": "1000", "planned_date": "2026-11-10"}],
        },
    ],
    "assignments": [
        {
            "employee": "E1",
            "project": "P-1",
            "percent": "50",
            "booking": "hard",
            "from": "2026-10-01",
            "to": "2026-12-31",
        }
    ],
    "time_entries": [
        {
            "id": "TE-1",
            "employee": "C9",
            "project": "P-1",
            "work_date": "2026-10-05",
            "hours": "8",
        }
    ],
    "prior_invoices": [
        {
            "number": "INV-1",
            "legal_entity": "ONE",
            "client": "CL-1",
            "project": "P-1",
            "currency": "EUR",
            "issue_date": "2026-09-30",
            "net": "100",
            "tax": "0",
            "gross": "100",
        }
    ],
    "payments": [
        {
            "date": "2026-10-20",
            "amount": "70",
            "legal_entity": "ONE",
            "client": "CL-1",
            "currency": "EUR",
            "remittance": "thanks",
        }
    ],
    "procurement": {
        "vendor": {
            "id": "VN-1",
            "name": "Delta BV",
            "country": "NL",
            "tax_id": "NL123456010B01",
            "onboarding": [
                "tax_form",
                "vat_check",
                "bank_verified",
                "nda",
                "insurance",
                "sanctions_check",
            ],
        },
        "po": {
            "id": "PO-1",
            "legal_entity": "ONE",
            "contractor": "C9",
            "hours": "100",
            "rate": "40",
            "currency": "EUR",
            "project": "P-1",
            "end": "2026-12-31",
        },
    },
}
UNTAXED = {"taxCode": "E", "taxRate": "0", "taxBasis": "100", "taxAmount": "0"}
LAW = ElectronicInvoicing(begins={"DE": date(2026, 11, 3)})
ONE = LegalEntity(
    code="ONE",
    name="One",
    country="DE",
    currency="EUR",
    timezone="Europe/Berlin",
    hours_per_day=Decimal(8),
)
WORKSPACE = {
    "title": "Survey",
    "external_reference": "project:1",
    "client_number": "CL-1",
    "client_name": "Rhein AG",
    "legal_entity": "ONE",
    "billing_method": "time_and_materials",
    "currency": "EUR",
    "currency_base_unit": 100,
    "lead": "E1",
    "template_code": "TPL",
    "template_version": 1,
    "start_date": "2026-10-01",
    "due_date": "2026-12-31",
    "status": "Active",
}


class JudgedFirm:
    """The firm's systems, our own books, and the looks at them."""

    def __init__(self, house: House, workshop: Workshop, books: Path) -> None:
        self.now = datetime(2026, 11, 2, 12, tzinfo=UTC)
        self.house, self._books = house, books
        self._read: dict[str, int] = {}
        store, audit = workshop.store, workshop.audit
        self.systems = _systems(house)
        self.metrics = Metrics()
        self.findings = QualityFindings(store, audit, lambda: self.now, self.metrics)
        self.billing = BillingLedger(store, audit)
        self.engagements = Engagements(store, audit)
        self.register = MatchRegister(store, audit)
        self.looks = self.new_looks(workshop)

    def new_looks(self, workshop: Workshop, *own: Edition[QualityTerms]) -> QualityLooks:
        """Return looks as a program has them that was just started, by the firm's own terms."""
        policy = ApprovalPolicy(version=1, currency="EUR", rates={"USD": Decimal("0.9")}, tiers=())
        mine = self.billing, self.engagements, self.systems.names_of
        self.stakes = Stakes(*mine, policy, frozenset({"ONE"}))
        known = Known(
            self.stakes,
            self.register,
            SetupTerms(),
            LAW,
            {"ONE": ONE},
            Editions(QualityTerms(), own),
        )
        watch = QualityWatch(workshop.store)
        return QualityLooks(self.systems, self.findings, watch, known, lambda: self.now)

    def arrive(self, instance: str, record: str, fields: Mapping[str, object]) -> None:
        """Let another hand write some fields of a record, told as `type/id`."""
        self.arrive_all(instance, {record: fields})

    def credit(self, amount: str, *, applied: str) -> None:
        """Let another hand credit so much of the firm's invoice, of which so much is applied."""
        memo = {
            "id": "9001",
            "tranId": "CM-1",
            "subsidiary": "ONE",
            "entity": "CUST-1",
            "createdFrom": "INV-1",
            "currency": "EUR",
            "tranDate": "2026-10-31",
            "memo": "agreed",
            "status": "Open",
            "subtotal": amount,
            "taxTotal": "0",
            "total": amount,
            "applied": applied,
        }
        self.arrive("books", "creditMemo/9001", memo)

    def arrive_all(self, instance: str, records: Mapping[str, Mapping[str, object]]) -> None:
        """Let another hand write some fields of some records."""
        books = Books(self._books / f"{instance}.sqlite")
        books.load(
            Fact(None, *record.split("/"), msgspec.json.encode(fields))
            for record, fields in records.items()
        )
        books.close()

    def remove(self, instance: str, record: str) -> None:
        """Let another hand delete a record for good."""
        record_type, _, record_id = record.partition("/")
        books = Books(self._books / f"{instance}.sqlite")
        books.db.execute("DELETE FROM records WHERE type = ? AND id = ?", (record_type, record_id))
        books.close()

    def rewrite(self, instance: str, record: str, path: str, value: object) -> object:
        """Let another hand write one field of a record, and return what it was before."""
        record_type, _, record_id = record.partition("/")
        books = Books(self._books / f"{instance}.sqlite")
        query = "SELECT body FROM records WHERE type = ? AND id = ?"
        [(body,)] = books.db.execute(query, (record_type, record_id)).fetchall()
        books.close()
        fields = msgspec.json.decode(body)
        first, *steps = path.split(".")
        inner: Any = fields  # a record of any system
        for step in [first, *steps][:-1]:
            inner = inner[int(step) if step.isdigit() else step]
        last = [first, *steps][-1]
        before, inner[last] = inner.get(last), value
        self.arrive(instance, record, {first: fields[first]})
        return before

    def open_project(self, number: str, contract: str, **fields: object) -> None:
        """Let the PSA have a project."""
        record = WORKSPACE | {"id": number, "project_number": number, "contract_number": contract}
        self.arrive("work", f"workspace/{number}", record | fields)

    async def read(self, *instances: str) -> list[Change]:
        """Judge what some systems' feeds tell that is new, and return it."""
        found = []
        for instance in instances:
            new = await self.news(instance)
            found += new
            if new:
                self._read[instance] = new[-1].sequence
                await self.looks.changed(instance, new)
        return found

    async def news(self, instance: str) -> list[Change]:
        """Return what a system's feed tells that was not judged, and judge nothing."""
        at = self._read.get(instance, 0)
        return (await self.systems.by_instance(instance).changes(after=at)).items

    async def a_day_later(self) -> int:
        """Let the next day come, and judge again what days change."""
        self.now = self.now.replace(day=self.now.day + 1)
        await self.house.at(self.now.isoformat())
        return await self.looks.of_the_day()

    async def open(self) -> dict[str, QualityFinding]:
        """Return what is wrong now, by rule."""
        found = await self.findings.all_open()
        return {each.rule: each for each in found}

    async def found(self) -> dict[str, str]:
        """Return what is said of each rule that is broken now."""
        return {rule: each.detail for rule, each in (await self.open()).items()}

    async def versions(self, kind: Kind, subject: str, instance: str) -> int:
        """Return the version of a record that was judged."""
        return await self.findings.version_judged(kind, subject, instance)


def _systems(house: House) -> Systems:
    instances = Instances(
        crm=house.crm("sales"),
        contracts=house.contracts("paper"),
        psas={"work": house.psa("work")},
        erps={"books": house.erp("books")},
        hrs={"staff": house.hr("staff")},
        procurements={"buying": house.procurement("buying")},
    )
    routes = [Route(kind, "ONE", instance) for kind, instance in ROUTED.items()]
    return Systems(instances, routes, house.store, house.references)


@asynccontextmanager
async def judged_firm(directory: Path, workshop: Workshop) -> AsyncIterator[JudgedFirm]:
    """Run the firm's systems on the second of November, and judge nothing yet."""
    facts = directory / "firm"
    facts.mkdir()
    (facts / "fixture.json").write_bytes(msgspec.json.encode(FACTS))
    async with house_of(facts, directory, page_size=2, timeout_ms=10_000) as house:
        firm = JudgedFirm(house, workshop, directory / "sandbox")
        await house.at(firm.now.isoformat())
        firm.open_project("P-1", "CT-1")
        for each in ALL:  # a system takes in what arrived when it is asked for something
            await firm.news(each)
        firm.arrive("books", "invoice/5001", {"taxDetails": [UNTAXED]})
        with acting_as(TESTS):
            yield firm
