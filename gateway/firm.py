"""The sandbox firm's own facts: its companies, people, routes and approval limits.

Everything is read from the firm's `fixture.json`; what its systems hold is the sandbox's
affair (`system_apis/sandbox/firm.py`). Expected results are never read.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from gateway.firm_terms import FirmTerms
from governance.editions import Editions
from governance.objectives import ObjectiveTerms
from governance.roles import Role
from process_apis.change_requests.terms import ChangeTerms
from process_apis.electronic_invoices import BEGINS, ElectronicInvoicing
from process_apis.opportunity_to_project.rules import DiscountTier, SetupTerms
from process_apis.order_tiers import OrderTier
from process_apis.procure_to_pay.terms import ProcureToPayTerms, TaxRate
from process_apis.project_to_cash.collection.dunning import DunningTerms
from process_apis.project_to_cash.ledger.pace import PaceLimits
from process_apis.project_to_cash.rules import ApprovalPolicy, Tier
from process_apis.revenue.figures.exchange import Exchange
from process_apis.time_and_expense.directory import Directory
from process_apis.time_and_expense.rules import terms as work_terms
from process_apis.time_and_expense.rules.routing import Worth
from system_apis.canonical.authority import Authorities, SystemOfRecord
from system_apis.canonical.fx import FxRate, FxRates, RateType
from system_apis.canonical.organisation import BusinessUnit, BusinessUnits
from system_apis.canonical.party import LegalEntity
from system_apis.systems import Route, SystemKind

FIXTURE = "fixture.json"
ELSE = "write the firm's facts into it, or name another firm by --firm or the setting `firm`"
T = TypeVar("T")


class UnreadableFirm(Exception):
    """A firm's file is not what it must be; says which, which field, why, and what to do."""

    def __init__(self, file: Path, field: str, reason: str, remedy: str) -> None:
        at = f"{file}: {field}" if field else f"{file}"
        super().__init__(f"{at}: {reason}; {remedy}")
        self.file, self.field, self.reason, self.remedy = str(file), field, reason, remedy


class FirmEntity(Struct, frozen=True):
    """A company as the fixture tells it."""

    id: str
    name: str
    country: str
    currency: str
    tz: str = "UTC"
    hours_per_day: Decimal = Decimal(8)
    calendar_holidays: tuple[date, ...] = ()
    erp: str | None = None
    tax_id: str | None = None
    subdivision: str | None = None
    acquired_on: date | None = None


class FirmSystem(Struct, frozen=True):
    """A system that the firm runs."""

    id: str
    kind: str
    entities: tuple[str, ...] = ()
    rounding: str = "half_up"


class Person(Struct, frozen=True):
    """Somebody of the firm, with the roles and the companies they act for.

    With `units` they are bound to business units of these companies, and those below.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    entities: tuple[str, ...]
    units: tuple[str, ...] = ()


class Limit(Struct, frozen=True):
    """Up to `max` in the reporting currency, these roles approve."""

    approvers: tuple[str, ...]
    max: Decimal | None = None


class Thresholds(Struct, frozen=True):
    """The firm's approval limits."""

    invoice: tuple[Limit, ...] = (Limit(("project_manager", "finance")),)
    po: tuple[Limit, ...] | None = None
    expense_line: tuple[Limit, ...] | None = None
    discount_pct: tuple[Limit, ...] | None = None
    pricing_mismatch: Limit | None = None
    posting_per_day: PaceLimits = PaceLimits()


class Dunning(Struct, frozen=True):
    """After how many days overdue each reminder is due; a client may have days of its own."""

    after_days: tuple[int, ...] = DunningTerms().after_days
    of_clients: dict[str, tuple[int, ...]] = {}
    version: int = 1


class ElectronicInvoices(Struct, frozen=True):
    """From which day a country's law binds the firm, where another than usual, or none ever.

    `mailed_too` are the numbers of clients who want their electronic invoices by mail as well.
    """

    begins: dict[str, date | None] = {}
    version: int = 1
    mailed_too: tuple[str, ...] | UnsetType = UNSET


class BuyingOrder(Struct, frozen=True):
    """The company that buys."""

    legal_entity: str


class BuyingFacts(Struct, frozen=True):
    """The rate of the tax that a company assesses itself on what it buys across a border."""

    po: BuyingOrder | None = None
    self_assessed_tax_rate: Decimal | None = None


class FirmEmployee(Struct, frozen=True):
    """Somebody who works for a company of the firm, and hands in their own time."""

    id: str
    name: str
    legal_entity: str


class Period(Struct, frozen=True):
    """The month that the story plays in."""

    start: date
    end: date

    def has(self, day: date) -> bool:
        """Whether a day is one of the month's."""
        return self.start <= day <= self.end


class Firm(Struct, frozen=True, kw_only=True):
    """What Strata itself must know of the firm.

    A deal that is won or signed waits `handover_days` business days for the other. `authority`
    names, for a company, the field groups that another system owns there than usual.
    `fiscal_year_start` is the month and day on which the firm's year begins.
    """

    name: str
    reporting_currency: str
    entities: tuple[FirmEntity, ...]
    systems: tuple[FirmSystem, ...]
    business_units: tuple[BusinessUnit, ...] = ()
    people: tuple[Person, ...]
    employees: tuple[FirmEmployee, ...] = ()
    fx_avg: dict[str, Decimal] = {}
    fx_close: dict[str, Decimal] = {}
    fiscal_year_start: Annotated[
        str, Meta(pattern=r"\A(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])\Z")
    ] = "01-01"
    approval_thresholds: Thresholds = Thresholds()
    dunning: Dunning = Dunning()
    electronic_invoices: ElectronicInvoices = ElectronicInvoices()
    handover_days: int = SetupTerms().handover_days
    authority: dict[str, dict[str, SystemOfRecord]] = {}
    procurement: BuyingFacts = BuyingFacts()
    terms: FirmTerms = FirmTerms()
    period: Period

    def __post_init__(self) -> None:
        strangers = {each.legal_entity for each in self.business_units} - self.codes
        if strangers:
            raise ValueError(f"business units are of companies: {min(strangers)} is none")
        BusinessUnits(self.business_units)

    @property
    def codes(self) -> frozenset[str]:
        """The codes of the firm's companies."""
        return frozenset(each.id for each in self.entities)

    def units_with_those_below(self, codes: frozenset[str]) -> frozenset[str]:
        """Return some business units and all that are below one of them."""
        return BusinessUnits(self.business_units).with_those_below(codes)

    def served(self, kind: SystemKind) -> list[FirmSystem]:
        """Return the systems of a kind."""
        return [each for each in self.systems if each.kind == kind]

    def legal_entities(self) -> dict[str, LegalEntity]:
        """Return the companies by code."""
        return {each.id: _legal_entity(each) for each in self.entities}

    def routes(self) -> list[Route]:
        """Return which instance has which company's records; a firm-wide system has all."""
        return [
            Route(kind=kind, legal_entity=code, instance=system.id)
            for kind in SystemKind
            for system in self.served(kind)
            for code in self._entities_of(system)
        ]

    def approval_policy(self) -> ApprovalPolicy:
        """Return who approves an invoice of which amount."""
        return ApprovalPolicy(
            version=1,
            currency=self.reporting_currency,
            rates=self.fx_avg,
            tiers=tuple(
                Tier(each.max, each.approvers) for each in self.approval_thresholds.invoice
            ),
        )

    def pace_limits(self) -> PaceLimits:
        """Return how much each company posts in a day at most."""
        return self.approval_thresholds.posting_per_day

    def dunning_terms(self) -> DunningTerms:
        """Return when clients are reminded of what they owe."""
        terms = self.dunning
        return DunningTerms(terms.after_days, terms.of_clients, terms.version)

    def electronic_invoicing(self) -> ElectronicInvoicing:
        """Return from when on the law of which country wants electronic invoices."""
        terms = self.electronic_invoices
        begins = {**BEGINS, **terms.begins}
        known = {country: day for country, day in begins.items() if day is not None}
        mailed_too = frozenset(terms.mailed_too or ())
        return ElectronicInvoicing(begins=known, version=terms.version, mailed_too=mailed_too)

    def set_up_terms(self) -> SetupTerms:
        """Return what is tolerated when projects are set up, and who approves the rest."""
        usual, limits = SetupTerms(), self.approval_thresholds
        tiers = limits.discount_pct
        mismatch = limits.pricing_mismatch
        return SetupTerms(
            mismatch_approvers=mismatch.approvers if mismatch else usual.mismatch_approvers,
            discount_tiers=usual.discount_tiers
            if tiers is None
            else tuple(DiscountTier(each.max, each.approvers) for each in tiers),
            rates={self.reporting_currency: Decimal(1), **self.fx_avg},
            handover_days=self.handover_days,
        )

    def change_terms(self) -> ChangeTerms:
        """Return who approves orders of which amount, and else the usual terms of changes."""
        tiers = self.approval_thresholds.po
        if tiers is None:
            return ChangeTerms()
        return ChangeTerms(order_tiers=tuple(OrderTier(each.approvers, each.max) for each in tiers))

    def exchange(self) -> Exchange:
        """Return the exchange rates of the firm's month, to its reporting currency."""
        kinds = {RateType.MONTH_AVERAGE: self.fx_avg, RateType.CLOSING: self.fx_close}
        rates = [
            FxRate(
                base=currency,
                quote=self.reporting_currency,
                rate=rate,
                rate_type=kind,
                date=self.period.end,
            )
            for kind, told in kinds.items()
            for currency, rate in told.items()
            if currency != self.reporting_currency
        ]
        return Exchange(self.reporting_currency, FxRates(tuple(rates)))

    def procure_to_pay_terms(self) -> ProcureToPayTerms:
        """Return by which tiers and rates the firm buys, where its own file tells them."""
        usual, limits = ProcureToPayTerms(), self.approval_thresholds.po
        tiers = tuple(OrderTier(each.approvers, each.max) for each in limits or ())
        told, rates = self.procurement, usual.tax_rates
        if told.po is not None and told.self_assessed_tax_rate is not None:
            buyer = self.legal_entities()[told.po.legal_entity]
            rates = (TaxRate(buyer.country, told.self_assessed_tax_rate), *rates)
        return replace(usual, order_tiers=tiers or usual.order_tiers, tax_rates=rates)

    def objectives_on(self, day: date) -> ObjectiveTerms:
        """Return what the firm aims for on a day."""
        return Editions(ObjectiveTerms(), self.terms.objectives).on(day).terms

    def time_and_expense_terms(self) -> Editions[work_terms.TimeAndExpenseTerms]:
        """Return what is asked of time and expenses, and who decides the rest."""
        limits = self.approval_thresholds.expense_line
        usual = work_terms.TimeAndExpenseTerms()
        if limits is not None:
            tiers = tuple(work_terms.Tier(each.approvers, each.max) for each in limits)
            routing = replace(usual.routing, expense_tiers=tiers)
            usual = replace(usual, routing=routing)
        return Editions(usual, self.terms.time_and_expense)

    def directory(self) -> Directory:
        """Return who holds which role in which company."""
        return Directory(
            frozenset(
                (each.id, role, entity)
                for each in self.people
                for role in each.roles
                for entity in each.entities
            )
        )

    def worth(self) -> Worth:
        """Return what amounts are in the reporting currency."""
        return Worth(self.reporting_currency, self.fx_avg)

    def authorities(self) -> Authorities:
        """Return which system owns which fields, by company."""
        return Authorities(of_entities=self.authority)

    def person(self, name: str) -> Person | None:
        """Return the person of an id, or the first who holds a role.

        Who only works on projects is an employee, and no more.
        """
        workers = [
            Person(each.id, each.name, (Role.EMPLOYEE,), (each.legal_entity,))
            for each in self.employees
        ]
        everybody = [*self.people, *workers]
        by_id = [each for each in everybody if each.id == name]
        by_role = [each for each in everybody if name in each.roles]
        return next(iter([*by_id, *by_role]), None)

    def _entities_of(self, system: FirmSystem) -> Iterable[str]:
        if system.entities:
            return system.entities
        if system.kind == SystemKind.ERP:
            return [each.id for each in self.entities if each.erp == system.id]
        return sorted(self.codes)


def load_firm(firm_dir: Path) -> Firm:
    """Return the firm whose facts stand in a directory's `fixture.json`.

    Raises `UnreadableFirm`.
    """
    return read_facts(firm_dir / FIXTURE, Firm)


def read_facts(file: Path, reader: type[T]) -> T:
    """Return what a firm's file tells a reader, or raise `UnreadableFirm`."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=reader)
    except OSError as error:
        raise UnreadableFirm(file, "", (error.strerror or "unreadable").lower(), ELSE) from error
    except msgspec.ValidationError as error:
        reason, _, field = str(error).partition(" - at `$.")
        remedy = "put the field right" if field else "make it one JSON object"
        raise UnreadableFirm(file, field.rstrip("`"), reason, remedy) from error
    except msgspec.DecodeError as error:
        raise UnreadableFirm(file, "", str(error), "make it one JSON object") from error


def _legal_entity(entity: FirmEntity) -> LegalEntity:
    return LegalEntity(
        code=entity.id,
        name=entity.name,
        country=entity.country,
        currency=entity.currency,
        timezone=entity.tz,
        hours_per_day=entity.hours_per_day,
        holidays=entity.calendar_holidays,
        tax_id=entity.tax_id,
        subdivision=entity.subdivision,
        erp_system=entity.erp,
        acquired_on=entity.acquired_on,
    )
