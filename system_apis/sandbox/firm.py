"""The facts of a firm, as its `fixture.json` tells them; a section that is missing is empty."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct, field

from system_apis.sandbox.purchasing import Procurement
from system_apis.sandbox.terms import Contract, Effective, ServiceLevel


class Entity(Struct, frozen=True):
    """A company of the firm."""

    id: str
    currency: str
    erp: str | None = None
    tz: str = "UTC"
    hours_per_day: Decimal = Decimal(8)
    calendar_holidays: tuple[date, ...] = ()


class SystemEntry(Struct, frozen=True):
    """A system that the firm runs; `served_by` names the instance that answers for it.

    `currencies` are those that an ERP takes, where it tells any.
    """

    id: str
    kind: str
    entities: tuple[str, ...] = ()
    rounding: str = "half_up"
    served_by: str | None = None
    currencies: tuple[str, ...] = ()


class CostRate(Struct, frozen=True):
    """What an hour of a person costs the firm from a day on."""

    amount: Decimal
    since: date = field(name="from")


class EmployeeSkill(Struct, frozen=True):
    """What a person is good at, from 1 to 5."""

    code: str
    level: int
    name: str | None = None
    category: str | None = None
    last_used: date | None = None
    certified_until: date | None = None
    evaluated_on: date | None = None


class Employee(Struct, frozen=True):
    """A person who works on projects; `cost_rates` win over the one `cost_rate`."""

    id: str
    name: str
    legal_entity: str
    role: str
    cost_rate: Decimal
    cost_rates: tuple[CostRate, ...] = ()
    utilization_target: Decimal | None = None
    time_off_hours: Decimal = Decimal(0)
    employment_type: str = "employee"
    vendor: str | None = None
    hire_date: date | None = None
    termination_date: date | None = None
    manager: str | None = None
    work_email: str | None = None
    work_location: str | None = None
    business_unit: str | None = None
    fte: Decimal = Decimal(1)
    skills: tuple[EmployeeSkill, ...] = ()


class ListRate(Struct, frozen=True):
    """What one hour of a role is listed at, in the currency of the person's company."""

    role: str
    rate: Decimal


class Address(Struct, frozen=True):
    """Where a client is."""

    street: str
    city: str
    postal_code: str
    region: str | None = None


class Client(Struct, frozen=True):
    """A client by the firm's number, with the record ids it has in other systems."""

    id: str
    name: str
    country: str
    tax_id: str | None = None
    duns: str | None = None
    lei: str | None = None
    domain: str | None = None
    address: Address | None = None
    terms_days: int | None = None
    parent: str | None = None
    einvoice_endpoints: tuple[str, ...] | None = None
    xref: dict[str, str] = {}

    def account(self, instance: str) -> str:
        """Return the record id that the client has in a CRM."""
        return self.xref.get(instance, f"001-{self.id}")


class ClientRecord(Struct, frozen=True):
    """What one system holds of a client, where it differs from the firm's own words."""

    system: str
    record: str
    name: str
    tax_id: str | None = None
    duns: str | None = None
    lei: str | None = None
    domain: str | None = None


class Opportunity(Struct, frozen=True):
    """A sale."""

    id: str
    client: str
    name: str
    amount: Decimal
    currency: str
    stage: str
    contract: str | None = None
    discount_pct: Decimal = Decimal(0)
    closed_won_at: datetime | None = None
    rates: dict[str, Decimal] = {}
    legal_entity: str | None = None
    billing_model: str | None = None
    terms_days: int | None = None
    nte_cap: Decimal | None = None
    po_required: bool | None = None
    effective: Effective | None = None
    probability: Decimal | None = None


class Assignment(Struct, frozen=True):
    """A person's booking on a project."""

    employee: str
    project: str
    percent: Decimal
    booking: str
    start: date = field(name="from")
    end: date = field(name="to")
    ends_with: str | None = None


class CheckItem(Struct, frozen=True):
    """Something that is to be done when a project begins."""

    name: str
    owner: str
    due_in_days: int = 0
    mandatory: bool = False


class ProjectTemplate(Struct, frozen=True):
    """A plan of the firm's own for projects that are billed one way."""

    code: str
    version: int
    billing_model: str
    phases: tuple[str, ...]
    checklist: tuple[CheckItem, ...] = ()


class Timesheet(Struct, frozen=True):
    """A week that a person owes, and when it was handed in."""

    employee: str
    week_start: date
    submitted_at: datetime | None = None
    due_at: datetime | None = None


class TimeEntry(Struct, frozen=True):
    """Hours of a person on a day; one with `rejected_at` was held until then."""

    id: str
    employee: str
    project: str
    work_date: date
    hours: Decimal
    billable: bool = True
    submitted_at: datetime | None = None
    rejected_at: datetime | None = None


class Forecast(Struct, frozen=True):
    """When the hours of the month were foreseen, and over which spans."""

    frozen_at: datetime
    grain: str = "person-month"


class AnsweredApproval(Struct, frozen=True):
    """A question that a system asked by itself, and when it was answered."""

    id: str
    requested_at: datetime
    decided_at: datetime | None = None
    type: str | None = None
    legal_entity: str | None = None


class Trip(Struct, frozen=True):
    """The days that a per diem covers."""

    start: date = field(name="from")
    end: date = field(name="to")


class Expense(Struct, frozen=True):
    """What a person spent; one with `rejected_at` was held until then."""

    id: str
    employee: str
    project: str
    date: date
    category: str
    amount: Decimal
    currency: str
    merchant: str | None = None
    receipt: str | None = None
    billable: bool = True
    trip: Trip | None = None
    rejected_at: datetime | None = None


class PriorInvoice(Struct, frozen=True):
    """An invoice from before Strata."""

    number: str
    legal_entity: str
    client: str
    currency: str
    issue_date: date
    net: Decimal
    tax: Decimal
    gross: Decimal
    project: str | None = None


class Payment(Struct, frozen=True, kw_only=True):
    """Money that came in for an invoice, or from a client with what its bank line says."""

    invoice: str | None = None
    date: date
    amount: Decimal
    legal_entity: str | None = None
    client: str | None = None
    currency: str | None = None
    remittance: str | None = None


class Period(Struct, frozen=True):
    """The month that the firm's story plays in."""

    start: date
    end: date


class Firm(Struct, frozen=True, kw_only=True):
    """All that the sandbox needs to know of a firm."""

    name: str
    entities: tuple[Entity, ...] = ()
    systems: tuple[SystemEntry, ...] = ()
    employees: tuple[Employee, ...] = ()
    list_rates: tuple[ListRate, ...] = ()
    clients: tuple[Client, ...] = ()
    client_records: tuple[ClientRecord, ...] = ()
    opportunities: tuple[Opportunity, ...] = ()
    contracts: tuple[Contract, ...] = ()
    future_contracts: tuple[Contract, ...] = ()
    service_levels: tuple[ServiceLevel, ...] = ()
    assignments: tuple[Assignment, ...] = ()
    project_templates: tuple[ProjectTemplate, ...] = ()
    timesheets: tuple[Timesheet, ...] = ()
    forecast: Forecast | None = None
    forecast_hours: dict[str, Decimal] = {}
    approvals_history: tuple[AnsweredApproval, ...] = ()
    time_entries: tuple[TimeEntry, ...] = ()
    bad_time_entries: tuple[TimeEntry, ...] = ()
    expenses: tuple[Expense, ...] = ()
    prior_invoices: tuple[PriorInvoice, ...] = ()
    payments: tuple[Payment, ...] = ()
    procurement: Procurement = Procurement()
    period: Period | None = None

    @property
    def agreements(self) -> tuple[Contract, ...]:
        """Every contract, those that begin later included."""
        return self.contracts + self.future_contracts

    def served(self, system: SystemEntry) -> frozenset[str]:
        """Return the codes of the companies that a system answers for."""
        if system.entities:
            return frozenset(system.entities)
        books_of = (
            {None, system.id} if system.kind == "erp" else {each.erp for each in self.entities}
        )
        return frozenset(each.id for each in self.entities if each.erp in books_of)

    def rounding_of(self, legal_entity: str) -> str:
        """Return how the books of a company round."""
        books = {each.erp for each in self.entities if each.id == legal_entity}
        ways = [each.rounding for each in self.systems if each.kind == "erp" and each.id in books]
        return ways[0] if ways else "half_up"

    def currency_of(self, legal_entity: str) -> str:
        """Return the currency of a company."""
        return next(each.currency for each in self.entities if each.id == legal_entity)


def load_firm(firm_dir: Path) -> Firm:
    """Return the firm whose facts stand in a directory's `fixture.json`."""
    return msgspec.json.decode((firm_dir / "fixture.json").read_bytes(), type=Firm)


def start_of(day: date) -> datetime:
    """Return the first moment of a day, in UTC."""
    return datetime.combine(day, time(), UTC)


def end_of(day: date) -> datetime:
    """Return the moment when a day is over, in UTC."""
    return start_of(day) + timedelta(days=1)


def country_in(tax_id: str | None) -> str:
    """Return the country that a tax id begins with, or nothing."""
    letters = (tax_id or "")[:2]
    return letters if letters.isalpha() else ""
