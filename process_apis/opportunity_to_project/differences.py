"""Where CRM and contract disagree. The contract wins, once people have looked. Pure decisions."""

from collections.abc import Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct

from process_apis.opportunity_to_project.rules import SetupTerms, contract_price
from system_apis.canonical.contracts import Contract
from system_apis.canonical.quality.contract import PriceTolerance, prices_apart
from system_apis.canonical.sales import Opportunity


class Difference(Struct, frozen=True):
    """One thing that CRM and contract say differently."""

    code: str
    reason: str


def differences(
    opportunity: Opportunity, contract: Contract, terms: SetupTerms
) -> list[Difference]:
    """Return what differs beyond tolerance, the price first (domain handbook, 3a.3).

    What the CRM does not say is not compared.
    """
    if opportunity.amount.currency != contract.currency:
        return [
            Difference("PRICING_MISMATCH", "CRM and contract name different currencies"),
            *_scope(opportunity, contract, terms),
        ]
    return [
        *_price(opportunity, contract, terms),
        *_rates(opportunity, contract),
        *_discount(opportunity, contract),
        *_scope(opportunity, contract, terms),
    ]


def price_tolerance(terms: SetupTerms) -> PriceTolerance:
    """Return how far CRM and contract may lie apart in price."""
    return PriceTolerance(terms.price_tolerance_share, terms.price_tolerance)


def price_difference(opportunity: Opportunity, contract: Contract) -> Decimal | None:
    """Return how far the prices lie apart, as a share of the CRM's amount, to four decimals."""
    price, sold = contract_price(contract), opportunity.amount
    if price is None or price.currency != sold.currency or not sold:
        return None
    share = abs(sold.value - price.value) / sold.value
    return share.quantize(Decimal("0.0001"), ROUND_HALF_UP)


def _price(opportunity: Opportunity, contract: Contract, terms: SetupTerms) -> Iterator[Difference]:
    price = contract_price(contract)
    if price is None:
        return
    if prices_apart(opportunity.amount, price, price_tolerance(terms)):
        reason = f"CRM says {opportunity.amount}, contract {price}"
        yield Difference("PRICING_MISMATCH", reason)


def _rates(opportunity: Opportunity, contract: Contract) -> Iterator[Difference]:
    agreed = {each.role: each.rate for each in contract.rates}
    for sold in opportunity.rates:
        signed = agreed.get(sold.role)
        if signed is None or signed.value != sold.rate.value:
            yield Difference("PRICING_MISMATCH", f"the rate of {sold.role} differs")


def _discount(opportunity: Opportunity, contract: Contract) -> Iterator[Difference]:
    signed, sold = contract.discount_percent, opportunity.discount_percent
    if signed is not None and signed != sold:
        reason = f"CRM says a discount of {sold:f} %, contract {signed:f} %"
        yield Difference("DISCOUNT_MISMATCH", reason)


def _scope(opportunity: Opportunity, contract: Contract, terms: SetupTerms) -> Iterator[Difference]:
    said = (
        ("ENTITY_MISMATCH", "company", opportunity.legal_entity, contract.legal_entity),
        ("MODEL_MISMATCH", "billing", opportunity.billing_model, contract.billing_model),
        (
            "TERMS_MISMATCH",
            "payment days",
            opportunity.payment_terms_days,
            contract.payment_terms_days,
        ),
        ("CAP_MISMATCH", "cap", opportunity.nte_cap, contract.nte_cap),
        (
            "PO_MISMATCH",
            "purchase order required",
            opportunity.purchase_order_required,
            contract.purchase_order_required,
        ),
    )
    for code, what, sold, signed in said:
        if sold is not None and sold != signed:
            yield Difference(code, f"{what}: CRM says {sold}, contract {signed}")
    for what, planned, agreed in (
        ("begins", opportunity.expected_start, contract.effective_from),
        ("ends", opportunity.expected_end, contract.effective_to),
    ):
        if planned is not None and not _near(planned, agreed, terms):
            yield Difference("DATES_MISMATCH", f"{what}: CRM says {planned}, contract {agreed}")


def _near(planned: date, agreed: date, terms: SetupTerms) -> bool:
    return abs(planned - agreed) <= terms.date_tolerance
