"""Facts that break each rule of clients, contracts and projects, and facts that keep it."""

from datetime import date
from decimal import Decimal

from msgspec.structs import replace

from system_apis.canonical.contracts import BillingModel, MilestoneTerms
from system_apis.canonical.delivery import Estimate, ProgressReport, Project, ProjectStatus
from system_apis.canonical.money import Money, Price
from system_apis.canonical.plans import MilestoneStatus
from system_apis.canonical.quality.client import ClientFacts
from system_apis.canonical.quality.contract import ContractFacts, PriceTolerance
from system_apis.canonical.quality.project import MilestoneSeen, ProjectFacts
from system_apis.canonical.rate_cards import RateLine
from system_apis.canonical.revenue import RevenueMethod
from tests.process_apis import working_facts
from tests.process_apis.billing_facts import MONTH_END, NOON, SOURCE, client, contract, id_of, order
from tests.process_apis.quality_facts import DAY, WHOLE, Examples, usd

TWIN = replace(WHOLE, id=id_of("cl", 2), number="CL-2", source=replace(SOURCE, record_id="2"))
FIXED = replace(
    contract(),
    billing_model=BillingModel.FIXED_FEE,
    total_value=Money("100.00", "USD"),
    milestones=(
        MilestoneTerms("M1", Money("60.00", "USD"), MONTH_END),
        MilestoneTerms("M2", Money("40.00", "USD"), MONTH_END),
    ),
)
NAMED = replace(FIXED, revenue_method=RevenueMethod.INPUT_COST)
PROJECT = replace(working_facts.PROJECT, end=date(2027, 3, 31))


def estimated(cost: str) -> Project:
    """Return a project that will have cost so much in the end."""
    estimate = Estimate(cost=usd(cost), as_of=MONTH_END)
    return replace(PROJECT, estimate_at_completion=estimate)


def reported(*complete: str) -> Project:
    """Return a project of which so much was done, by one report after the other."""
    reports = [
        ProgressReport(reported_on=MONTH_END, percent_complete=Decimal(each)) for each in complete
    ]
    return replace(PROJECT, progress=tuple(reports))


def rate_line(start: date, end: date | None = None) -> RateLine:
    """Return the rate of a role for a while."""
    return RateLine(role="Principal", bill_rate=Price("280", "USD"), start=start, end=end)


def milestone(status: MilestoneStatus, planned: date, *, proven: bool = False) -> MilestoneSeen:
    """Return a milestone, with its evidence and day or without."""
    day = planned if proven else None
    return MilestoneSeen(
        number="M1", status=status, planned_date=planned, actual_date=day, has_evidence=proven
    )


_OF = ClientFacts(client=WHOLE)
_BOTH = frozenset({"EUR", "JPY"})
_MANDATED = replace(
    _OF, client=replace(WHOLE, einvoice_endpoints=("0204:1",)), electronic_invoice_mandated=True
)
CLIENTS: Examples = {
    "DQ-C1": (ClientFacts(client=replace(WHOLE, tax_id=None)), ClientFacts(client=client())),
    "DQ-C2": (replace(_OF, tax_id_valid=False), replace(_OF, tax_id_valid=True)),
    "DQ-C3": (replace(_OF, others=(WHOLE, TWIN)), replace(_OF, others=(WHOLE,))),
    "DQ-C4": (
        replace(_OF, undecided=("Contoso Healthcare in erp-b",)),
        replace(_OF, others=(TWIN,)),
    ),
    "DQ-C5": (ClientFacts(client=replace(WHOLE, payment_terms_days=None)), _OF),
    "DQ-C6": (ClientFacts(client=replace(WHOLE, billing_address=None)), _OF),
    "DQ-C7": (
        replace(_OF, currencies=_BOTH, ledger_currencies=frozenset({"EUR"})),
        replace(_OF, currencies=_BOTH, ledger_currencies=_BOTH),
    ),
    "DQ-C8": (replace(_OF, in_ledger=False), replace(_OF, in_ledger=True)),
    "DQ-C9": (
        replace(_OF, parent=WHOLE, ledger_parent=TWIN),
        replace(_OF, parent=TWIN, ledger_parent=replace(TWIN, legal_name="Another")),
    ),
    "DQ-C10": (
        replace(_MANDATED, client=replace(WHOLE, einvoice_endpoints=())),
        _MANDATED,
    ),
}
_BY = ContractFacts(contract=contract(), on=MONTH_END)
_FIXED = replace(_BY, contract=FIXED)
_SOLD = replace(_FIXED, price=usd("100"), tolerance=PriceTolerance(Decimal("0.01"), Decimal(500)))
CONTRACTS: Examples = {
    "DQ-K1": (replace(_BY, contract=replace(contract(), document_hash=None)), _BY),
    "DQ-K2": (replace(_BY, on=date(2027, 4, 1)), replace(_BY, on=date(2027, 3, 31))),
    "DQ-K3": (replace(_BY, contract=replace(FIXED, total_value=usd("100.01"))), _FIXED),
    "DQ-K4": (
        replace(_BY, contract=contract(cap="100"), billed=usd("100.01")),
        replace(_BY, contract=contract(cap="100"), billed=usd("100")),
    ),
    "DQ-K5": (
        replace(_BY, planned_roles=frozenset({"Manager"})),
        replace(_BY, planned_roles=frozenset({"Principal"})),
    ),
    "DQ-K6": (
        replace(_BY, rate_lines=(rate_line(NOON.date()), rate_line(NOON.date() + DAY))),
        replace(
            _BY,
            rate_lines=(rate_line(MONTH_END, MONTH_END + DAY), rate_line(MONTH_END + DAY)),
        ),
    ),
    "DQ-K7": (replace(_SOLD, sold_for=usd("101.02")), replace(_SOLD, sold_for=usd("101.01"))),
    "DQ-K8": (
        replace(_BY, contract=contract(orders=())),
        replace(_BY, contract=contract(orders=(order("PO-1", "1"),))),
    ),
    "DQ-K9": (
        replace(_BY, order_left=usd("9.99"), next_bill=usd("10")),
        replace(_BY, order_left=usd("10"), next_bill=usd("10")),
    ),
    "DQ-K10": (
        replace(_FIXED, bills_now=True),
        replace(_FIXED, bills_now=True, contract=NAMED),
    ),
}
_ON = ProjectFacts(project=PROJECT, on=MONTH_END)
_PLANNED, _ACCEPTED = MilestoneStatus.PLANNED, MilestoneStatus.ACCEPTED
_CLOSED = replace(_ON, project=replace(PROJECT, status=ProjectStatus.FINANCIALLY_CLOSED))
PROJECTS: Examples = {
    "DQ-P1": (replace(_ON, contract_known=False), replace(_ON, contract_known=True)),
    "DQ-P2": (replace(_ON, contract_currency="EUR"), replace(_ON, contract_currency="USD")),
    "DQ-P3": (
        replace(_ON, last_assignment_ends=PROJECT.end + DAY),
        replace(_ON, last_assignment_ends=PROJECT.end),
    ),
    "DQ-P4": (replace(_ON, manager_works=False), replace(_ON, manager_works=True)),
    "DQ-P5": (
        replace(_ON, project=estimated("9"), actual_cost=usd("10")),
        replace(_ON, project=estimated("10"), actual_cost=usd("10")),
    ),
    "DQ-P6": (
        replace(_ON, project=reported("0.56", "0.50")),
        replace(_ON, project=reported("0.55", "0.50")),
    ),
    "DQ-P7": (
        replace(_ON, milestones=(milestone(_PLANNED, MONTH_END - 8 * DAY),)),
        replace(_ON, milestones=(milestone(_PLANNED, MONTH_END - 7 * DAY),)),
    ),
    "DQ-P8": (
        replace(_ON, milestones=(milestone(_ACCEPTED, MONTH_END),)),
        replace(_ON, milestones=(milestone(_ACCEPTED, MONTH_END, proven=True),)),
    ),
    "DQ-P9": (replace(_CLOSED, unbilled=usd("0.01")), replace(_CLOSED, unbilled=usd("0"))),
}
