"""A deal that is won and signed; each test changes what it is about."""

from datetime import UTC, datetime
from decimal import Decimal

from process_apis.opportunity_to_project.rules import Agreement
from system_apis.canonical.delivery import Resource
from system_apis.canonical.money import Money, Price
from system_apis.canonical.sales import Opportunity, RoleRate, Stage
from tests.process_apis.billing_facts import SOURCE, client, contract, id_of


def opportunity(amount: str = "80000", currency: str = "USD") -> Opportunity:
    """Return a won opportunity at the rates of the contract."""
    return Opportunity(
        id=id_of("op"),
        number="OPP-1",
        name="Claims platform",
        client_id=id_of("cl"),
        stage=Stage.CLOSED_WON,
        amount=Money.of(amount, currency),
        discount_percent=Decimal(0),
        contract_number="CT-1",
        closed_won_at=datetime(2026, 8, 20, tzinfo=UTC),
        rates=(
            RoleRate("Principal", Price("280", currency)),
            RoleRate("Consultant", Price("160", currency)),
        ),
        source=SOURCE,
    )


def agreement(sold: str = "80000", cap: str | None = "80000") -> Agreement:
    """Return an agreement in which nothing is amiss."""
    return Agreement(opportunity(sold), contract(cap=cap), client())


def resource(role: str, cost: str, number: str = "E1") -> Resource:
    """Return a person with the cost of an hour."""
    return Resource(
        number=number, name=number, role=role, legal_entity="US", cost_rate=Price(cost, "USD")
    )
