"""What people must say yes to before a project is set up, and who they are. Pure decisions."""

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from process_apis.opportunity_to_project.differences import differences, price_difference
from process_apis.opportunity_to_project.rules import Agreement, SetupTerms, contract_price
from system_apis.canonical.delivery import BudgetDraft, ProjectTemplate
from system_apis.canonical.money import Money

FINANCE = ("finance",)
OF_THE_PROJECT = "project_manager"


class Finding(Struct, frozen=True):
    """One thing that some roles must approve."""

    code: str
    reason: str
    roles: tuple[str, ...]


class Review(Struct, frozen=True, kw_only=True):
    """All that is to be approved about one version of an agreement; often nothing.

    Versions of opportunity and contract only grow, so their sum tells each pair apart.
    """

    opportunity_id: str
    contract_id: str
    version: int
    findings: tuple[Finding, ...]
    price_difference: Decimal | None

    @property
    def roles(self) -> tuple[str, ...]:
        """Every role that must approve, once each; the project's own manager comes first."""
        asked = dict.fromkeys(role for each in self.findings for role in each.roles)
        return tuple(sorted(asked, key=lambda role: role != OF_THE_PROJECT))


def review(
    agreement: Agreement,
    template: ProjectTemplate,
    budget: BudgetDraft,
    *,
    is_known: bool,
    terms: SetupTerms,
) -> Review:
    """Return what must be approved before a project opens; its ERP may know the client already."""
    found = (
        *_terms(agreement, terms),
        *_margin(agreement, budget, terms),
        *_template(agreement, template, terms),
        *_client(agreement, is_known=is_known),
    )
    return Review(
        opportunity_id=agreement.opportunity.id,
        contract_id=agreement.contract.id,
        version=version_of(agreement),
        findings=found,
        price_difference=price_difference(agreement.opportunity, agreement.contract),
    )


def version_of(agreement: Agreement) -> int:
    """Return which version of opportunity and contract together was looked at."""
    return agreement.opportunity.version + agreement.contract.version


def _terms(agreement: Agreement, terms: SetupTerms) -> Iterator[Finding]:
    """Differences are approved as such; only without any does the discount alone decide."""
    opportunity, contract = agreement.opportunity, agreement.contract
    apart = differences(opportunity, contract, terms)
    for each in apart:
        yield Finding(each.code, each.reason, terms.mismatch_approvers)
    if apart:
        return
    signed = contract.discount_percent
    discount = opportunity.discount_percent if signed is None else signed
    if roles := _discount_approvers(discount, terms):
        yield Finding("DISCOUNT_TIER", f"a discount of {discount:f} %", roles)


def _discount_approvers(discount: Decimal, terms: SetupTerms) -> tuple[str, ...]:
    for tier in terms.discount_tiers:
        if tier.up_to is None or discount <= tier.up_to:
            return tier.roles
    return terms.discount_tiers[-1].roles if terms.discount_tiers else ()


def _margin(agreement: Agreement, budget: BudgetDraft, terms: SetupTerms) -> Iterator[Finding]:
    """The figure is told unless it is one role's: the price would turn it into a cost rate.

    It is rounded to be told, and not to be compared.
    """
    price = budget.price.value
    if (price - budget.cost.value) < terms.margin_floor * price:
        reason = f"planned margin {budget.margin:.2%}, floor {terms.margin_floor:.2%}"
        if len(agreement.contract.rates) == 1:
            reason = f"planned margin below the floor of {terms.margin_floor:.2%}"
        yield Finding("MARGIN_BELOW_FLOOR", reason, FINANCE)


def _template(
    agreement: Agreement, template: ProjectTemplate, terms: SetupTerms
) -> Iterator[Finding]:
    value = contract_price(agreement.contract) or agreement.opportunity.amount
    if _is_large(value, terms):
        reason = f"template {template.code} {template.version} for {value}"
        yield Finding("TEMPLATE_CHOICE", reason, (OF_THE_PROJECT,))


def _is_large(value: Money, terms: SetupTerms) -> bool:
    """Whether a value is large in the reporting currency; one without a rate may be."""
    rate = terms.rates.get(value.currency)
    return rate is None or value.value * rate > terms.large_value


def _client(agreement: Agreement, *, is_known: bool) -> Iterator[Finding]:
    if not is_known:
        reason = f"{agreement.client.legal_name} is new to {agreement.contract.legal_entity}"
        yield Finding("NEW_CLIENT", reason, FINANCE)
