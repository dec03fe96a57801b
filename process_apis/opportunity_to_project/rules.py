"""What must hold before a project may open, and what it opens with. Pure decisions."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from process_apis.project_to_cash.invoicing.periods import months
from process_apis.project_to_cash.invoicing.tax import is_reverse_charge
from process_apis.tax_ids import is_valid_tax_id
from system_apis.canonical.billing import LedgerProjectDraft
from system_apis.canonical.contracts import BillingModel, Contract
from system_apis.canonical.delivery import (
    BudgetDraft,
    Project,
    ProjectDraft,
    ProjectTemplate,
    Resource,
)
from system_apis.canonical.money import Money
from system_apis.canonical.party import Client, ClientDraft, ClientStatus
from system_apis.canonical.quality.client import (
    ClientFacts,
    address_missing,
    currency_not_enabled,
    tax_id_malformed,
    tax_id_missing,
)
from system_apis.canonical.quality.contract import ends_before_it_begins, planned_price
from system_apis.canonical.sales import Opportunity, RoleRate, Stage


class DiscountTier(Struct, frozen=True):
    """A discount of up to so many percent (None: of any size) is approved by these roles."""

    up_to: Decimal | None
    roles: tuple[str, ...]


DISCOUNT_TIERS = (
    DiscountTier(Decimal(5), ()),
    DiscountTier(Decimal(15), ("sales_director",)),
    DiscountTier(None, ("sales_director", "cfo")),
)


class SetupTerms(Struct, frozen=True, kw_only=True):
    """The tolerances, floors and approvers of project set-up (domain handbook, 3a) [P].

    `rates` turn an amount into the reporting currency, in which large values are told. A deal
    that is won or signed waits `handover_days` business days for the other.
    """

    price_tolerance_share: Decimal = Decimal("0.01")
    price_tolerance: Decimal = Decimal(500)
    date_tolerance: timedelta = timedelta(days=14)
    margin_floor: Decimal = Decimal("0.30")
    large_value: Decimal = Decimal(100_000)
    handover_days: int = 10
    mismatch_approvers: tuple[str, ...] = ("sales_operations", "finance")
    discount_tiers: tuple[DiscountTier, ...] = DISCOUNT_TIERS
    rates: Mapping[str, Decimal] = {}
    version: int = 1


class Gap(Struct, frozen=True):
    """Something that a person must put right first."""

    code: str
    reason: str


class Agreement(Struct, frozen=True):
    """A won opportunity with its signed contract and the client who bought."""

    opportunity: Opportunity
    contract: Contract
    client: Client


def is_agreed(opportunity: Opportunity, contract: Contract | None) -> bool:
    """Whether work can begin: the deal is won and its contract signed, whichever came second."""
    won = opportunity.stage is Stage.CLOSED_WON
    return won and contract is not None and contract.signed_at is not None


def gaps(agreement: Agreement) -> list[Gap]:
    """Return everything that keeps a project from opening, in the order it is to be solved."""
    return [
        *_opportunity_gaps(agreement.opportunity),
        *_contract_gaps(agreement.contract),
        *_client_gaps(agreement.client, agreement.contract),
        *_other_deal(agreement.opportunity, agreement.contract),
    ]


def ledger_gaps(agreement: Agreement, currencies: frozenset[str] | None) -> list[Gap]:
    """Return what a ledger that takes some currencies lacks to bill a deal, if it tells them."""
    contract = agreement.contract
    seen = ClientFacts(
        client=agreement.client,
        currencies=frozenset({contract.currency}),
        ledger_currencies=currencies,
    )
    wrong = currency_not_enabled(seen)
    return [Gap("CURRENCY_NOT_ENABLED", f"DQ-C7: {contract.number}: {wrong}")] if wrong else []


def _opportunity_gaps(opportunity: Opportunity) -> list[Gap]:
    found = []
    if opportunity.stage is not Stage.CLOSED_WON:
        found.append(Gap("OPPORTUNITY_INCOMPLETE", f"{opportunity.number} is not won"))
    if opportunity.amount.value <= 0:
        found.append(Gap("OPPORTUNITY_INCOMPLETE", f"{opportunity.number} has no amount"))
    return found


def _contract_gaps(contract: Contract) -> list[Gap]:
    needed = {
        "a signature": contract.signed_at,
        "a document": contract.document_hash,
        "a project manager": contract.project_manager,
        "payment terms": contract.payment_terms_days,
        "tax terms": contract.tax,
    }
    found = [
        Gap("CONTRACT_INCOMPLETE", f"{contract.number} lacks {what}")
        for what, value in needed.items()
        if value is None
    ]
    found += _model_gaps(contract)
    if ends_before_it_begins(contract):
        found.append(Gap("CONTRACT_INCOMPLETE", f"{contract.number} ends before it begins"))
    return found


def _model_gaps(contract: Contract) -> list[Gap]:
    """Each way of billing needs terms of its own (domain handbook, 1.3 and 5, K3)."""
    number = contract.number
    match contract.billing_model:
        case BillingModel.TIME_AND_MATERIALS if not contract.rates:
            return [Gap("RATE_NOT_FOUND", f"{number} names no rates")]
        case BillingModel.FIXED_FEE if not contract.milestones:
            return [Gap("CONTRACT_INCOMPLETE", f"{number} has no milestones")]
        case BillingModel.FIXED_FEE if contract.total_value:
            planned = planned_price(contract)
            if planned != contract.total_value:
                reason = f"{number} is worth {contract.total_value}, its milestones {planned}"
                return [Gap("PLAN_SUM_MISMATCH", reason)]
        case BillingModel.RETAINER | BillingModel.SUBSCRIPTION if contract.recurring is None:
            return [Gap("CONTRACT_INCOMPLETE", f"{number} names no recurring fee")]
    return []


def _client_gaps(client: Client, contract: Contract) -> list[Gap]:
    """A tax id is waited for where the client owes the tax itself; elsewhere it is only told."""
    if client.status in {ClientStatus.BLOCKED, ClientStatus.ON_HOLD}:
        return [Gap("CLIENT_BLOCKED", f"{client.legal_name} is {client.status}")]
    valid = is_valid_tax_id(client.tax_id, client.country) if client.tax_id else None
    seen = ClientFacts(client=client, tax_id_valid=valid)
    wrong = [address_missing(seen), tax_id_malformed(seen)]
    if is_reverse_charge(contract.tax):
        wrong.append(tax_id_missing(seen))
    return [Gap("CLIENT_INCOMPLETE", f"{client.legal_name}: {each}") for each in wrong if each]


def _other_deal(opportunity: Opportunity, contract: Contract) -> list[Gap]:
    if contract.opportunity_number in {None, opportunity.number}:
        return []
    reason = f"{contract.number} was signed for {contract.opportunity_number}"
    return [Gap("CONTRACT_MISMATCH", reason)]


def contract_price(contract: Contract) -> Money | None:
    """Return what a contract is worth: its total, else its cap, else nothing is said."""
    return contract.total_value or contract.nte_cap


def client_key(client: Client) -> str:
    """Return the business key under which a client is created in an ERP."""
    return f"client:{client.tax_id or client.number}"


def project_key(opportunity: Opportunity) -> str:
    """Return the business key under which the project of an opportunity is created."""
    return f"project:{opportunity.id}"


def ledger_project_key(project_number: str) -> str:
    """Return the business key under which a project is made known to the books."""
    return f"ledger-project:{project_number}"


def ledger_client(client: Client, contract: Contract) -> ClientDraft:
    """Return a client as the ERP is to know it; terms are the contract's."""
    assert client.billing_address is not None  # noqa: S101  # gaps() let it pass
    return ClientDraft(
        number=client.number,
        legal_name=client.legal_name,
        country=client.country,
        tax_id=client.tax_id,
        domain=client.domain,
        billing_address=client.billing_address,
        payment_terms_days=contract.payment_terms_days or 0,
    )


def choose_template(
    contract: Contract, templates: Sequence[ProjectTemplate]
) -> ProjectTemplate | None:
    """Return the newest template of the contract's billing model."""
    fitting = [each for each in templates if each.billing_model is contract.billing_model]
    return max(fitting, key=lambda each: (each.version, each.code), default=None)


def draft_project(agreement: Agreement, template: ProjectTemplate) -> ProjectDraft:
    """Return the project that a contract promises."""
    contract = agreement.contract
    assert contract.project_manager is not None  # noqa: S101  # gaps() let it pass
    return ProjectDraft(
        number=contract.project_number,
        name=agreement.opportunity.name,
        client_number=agreement.client.number,
        client_name=agreement.client.legal_name,
        contract_number=contract.number,
        legal_entity=contract.legal_entity,
        billing_model=contract.billing_model,
        currency=contract.currency,
        project_manager=contract.project_manager,
        business_unit=contract.business_unit,
        template_code=template.code,
        template_version=template.version,
        start=contract.effective_from,
        end=contract.effective_to,
    )


def budget(agreement: Agreement, resources: Sequence[Resource]) -> BudgetDraft | None:
    """Return the baseline: the contract's price, and what the work is planned to cost.

    The contract's own planned cost wins. Else the price is spread over its roles in equal
    shares, or, where it names no rates, over the company's people at their list rates;
    nothing says yet who will work how long, and an equal mix is our default [P]. None when
    nobody's cost is known.
    """
    contract = agreement.contract
    price = contract_price(contract) or agreement.opportunity.amount
    cost = contract.planned_cost
    if not isinstance(cost, Money):
        share = _cost_share(contract, resources)
        if share is None:
            return None
        cost = Money.of(price.value * share, price.currency)
    margin = ((price - cost).value / price.value).quantize(Decimal("0.0001"), ROUND_HALF_UP)
    return BudgetDraft(price=price, cost=cost, margin=margin)


def _cost_share(contract: Contract, resources: Sequence[Resource]) -> Decimal | None:
    """Return which part of what the client pays the work costs."""
    if contract.rates:
        pairs = [(_average_cost(each, resources), each.rate.value) for each in contract.rates]
    else:
        pairs = [
            (each.cost_rate.value, each.list_rate.value) for each in resources if each.list_rate
        ]
    costs = [cost for cost, _ in pairs if cost is not None]
    paid = sum((rate for _, rate in pairs), start=Decimal(0))
    if not paid or len(costs) < len(pairs):
        return None
    return sum(costs, start=Decimal(0)) / paid


def _average_cost(rate: RoleRate, resources: Sequence[Resource]) -> Decimal | None:
    costs = [each.cost_rate.value for each in resources if each.role == rate.role]
    return sum(costs, start=Decimal(0)) / len(costs) if costs else None


class PlannedEvent(Struct, frozen=True):
    """One thing to bill: a period or a milestone, and the day its invoice is planned for."""

    start: date
    end: date
    planned_date: date
    milestone: str | None = None
    is_down_payment: bool = False


def billing_plan(contract: Contract) -> list[PlannedEvent]:
    """Return what is billed when: milestones on their dates, the rest by the month.

    Periods end with the month and are billed on their last day, or on their first when the
    fee is paid in advance. What was billed before Strata took the engagement on
    (`billed_until`) is not planned again. A down payment comes first, on its own day.
    """
    return [*_down_payment(contract), *_work(contract)]


def _down_payment(contract: Contract) -> Iterator[PlannedEvent]:
    agreed = contract.down_payment
    if agreed is not None:
        day = agreed.invoiced_on
        yield PlannedEvent(day, day, day, "down payment", is_down_payment=True)


def _work(contract: Contract) -> list[PlannedEvent]:
    if contract.billing_model is BillingModel.FIXED_FEE:
        return [
            PlannedEvent(contract.effective_from, each.planned_date, each.planned_date, each.number)
            for each in contract.milestones
            if contract.billed_until is None or each.planned_date > contract.billed_until
        ]
    in_advance = contract.recurring is not None and contract.recurring.in_advance
    return [
        PlannedEvent(start, end, start if in_advance else end) for start, end in months(contract)
    ]


def provisioned(project: Project, contract: Contract, *, in_books: bool) -> list[Gap]:
    """Return what a project still lacks before it may become active."""
    found = []
    if project.budget is None:
        found.append(Gap("PROJECT_INCOMPLETE", "the project has no budget"))
    if contract.rates and len(project.rate_card) < len(contract.rates):
        found.append(Gap("RATE_NOT_FOUND", "the project has no rate for every role"))
    if not in_books:
        found.append(Gap("PROJECT_INCOMPLETE", "the ERP does not know the project"))
    return found


def ledger_project(project: Project, client: Client) -> LedgerProjectDraft:
    """Return a project as the ERP is to know it; the client's number is the ERP's own."""
    return LedgerProjectDraft(
        number=project.number,
        name=project.name,
        legal_entity=project.legal_entity,
        client_number=client.number,
    )
