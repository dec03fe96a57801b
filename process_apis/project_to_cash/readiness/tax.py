"""Readiness: the client's tax id, the tax that is billed, and the exchange rate of its tier.

Codes follow the domain handbook, section 3(d). Pure functions of facts.
"""

from collections.abc import Iterator

from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.invoicing.tax import contradicts_itself, is_reverse_charge
from process_apis.project_to_cash.records import Blocker
from process_apis.tax_ids import is_valid_tax_id
from system_apis.canonical.quality.client import ClientFacts, tax_id_malformed


def tax_id(facts: BillingFacts) -> Iterator[Blocker]:
    """Where the client owes the tax, it must say who it is (EN 16931, BR-AE-03 [K])."""
    client, terms = facts.client, facts.contract.tax
    if client is None:
        return
    if client.tax_id is None:
        if is_reverse_charge(terms):
            yield _tax_id("TAX_ID_MISSING", f"enter the VAT id of {client.legal_name}")
    elif tax_id_malformed(
        ClientFacts(client=client, tax_id_valid=is_valid_tax_id(client.tax_id, client.country))
    ):
        yield _tax_id("TAX_ID_INVALID", f"correct the tax id of {client.legal_name}")


def _tax_id(reason: str, remedy: str) -> Blocker:
    return Blocker(code="B02", reason=reason, owner="finance", remedy=remedy)


def tax(facts: BillingFacts) -> Iterator[Blocker]:
    """A contract names its tax, and no rate with a category that is not taxed."""
    terms = facts.contract.tax
    if terms is None:
        yield Blocker(
            code="B11",
            reason="TAX_UNDETERMINED",
            owner="finance",
            remedy=f"have {facts.contract.number} name its tax category and rate",
        )
    elif contradicts_itself(terms):
        yield Blocker(
            code="B11",
            reason="TAX_CONTRADICTORY",
            owner="finance",
            remedy=f"have the contract name category {terms.category} or the rate {terms.rate}",
        )


def exchange_rate(facts: BillingFacts) -> Iterator[Blocker]:
    """Who approves depends on the amount in the firm's own currency."""
    if not facts.has_rate:
        yield Blocker(
            code="B12",
            reason="EXCHANGE_RATE_MISSING",
            owner="finance",
            remedy=f"publish a rate of {facts.contract.currency}",
        )
