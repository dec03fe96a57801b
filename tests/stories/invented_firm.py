"""A firm unlike Northwind: three currencies, books that round half to even, half units on purpose.

Each project has one person, one day of work and one price, so that quantity times price ends
in half of the currency's smallest unit, and in another unit than rounding half up would.
"""

from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct


class Sale(Struct, frozen=True, kw_only=True):
    """One company's one engagement, and the totals that were worked out by hand."""

    entity: str
    currency: str
    country: str
    hours: str
    rate: str
    cost: str
    tax_rate: str
    net: Decimal
    tax: Decimal

    @property
    def project(self) -> str:
        """The number of the project."""
        return f"W-{self.currency}"


SALES = (
    # 2.75 h x 187.50 = 515.625; 19 % of 515.62 = 97.9678
    Sale(
        entity="KB-IE",
        currency="EUR",
        country="IE",
        hours="2.75",
        rate="187.50",
        cost="60",
        tax_rate="0.19",
        net=Decimal("515.62"),
        tax=Decimal("97.97"),
    ),
    # 0.5 h x 12345 = 6172.5; 10 % of 6172 = 617.2
    Sale(
        entity="KB-JP",
        currency="JPY",
        country="JP",
        hours="0.5",
        rate="12345",
        cost="5000",
        tax_rate="0.10",
        net=Decimal(6172),
        tax=Decimal(617),
    ),
    # 2.5 h x 33.333 = 83.3325; 5 % of 83.332 = 4.1666
    Sale(
        entity="KB-KW",
        currency="KWD",
        country="KW",
        hours="2.5",
        rate="33.333",
        cost="11.111",
        tax_rate="0.05",
        net=Decimal("83.332"),
        tax=Decimal("4.167"),
    ),
)


def write_firm(directory: Path) -> Path:
    """Write the firm's facts where the programs look for them."""
    directory.mkdir()
    facts = {
        "name": "Kaze and Bahr",
        "reporting_currency": "EUR",
        "fx_avg": {"EUR": "1", "JPY": "0.006", "KWD": "3"},
        "period": {"start": "2027-02-01", "end": "2027-02-28"},
        "entities": [_entity(each) for each in SALES],
        "systems": [
            {"id": "sales", "kind": "crm"},
            {"id": "work", "kind": "psa"},
            {"id": "books", "kind": "erp", "rounding": "half_even"},
            {"id": "paper", "kind": "contracts"},
        ],
        "people": [
            _person("U-1", "project_manager"),
            _person("U-2", "finance"),
            _person("U-3", "operator"),
        ],
        "employees": [_employee(each) for each in SALES],
        "clients": [_client(each) for each in SALES],
        "opportunities": [_opportunity(each) for each in SALES],
        "contracts": [_contract(each) for each in SALES],
        "time_entries": [_work(each) for each in SALES],
    }
    (directory / "fixture.json").write_bytes(msgspec.json.encode(facts))
    return directory


def _entity(sale: Sale) -> dict[str, object]:
    return {
        "id": sale.entity,
        "name": f"Kaze and Bahr {sale.country}",
        "country": sale.country,
        "currency": sale.currency,
        "erp": "books",
    }


def _person(number: str, role: str) -> dict[str, object]:
    entities = [each.entity for each in SALES]
    return {"id": number, "name": number, "roles": [role], "entities": entities}


def _employee(sale: Sale) -> dict[str, object]:
    return {
        "id": f"E-{sale.currency}",
        "name": f"Lead {sale.country}",
        "legal_entity": sale.entity,
        "role": "Lead",
        "cost_rate": sale.cost,
    }


def _client(sale: Sale) -> dict[str, object]:
    return {
        "id": f"X-{sale.currency}",
        "name": f"Client {sale.country}",
        "country": sale.country,
        "address": {"street": "1 Quay", "city": "Harbor", "postal_code": "1000"},
        "terms_days": 14,
    }


def _opportunity(sale: Sale) -> dict[str, object]:
    return {
        "id": f"S-{sale.currency}",
        "client": f"X-{sale.currency}",
        "contract": f"D-{sale.currency}",
        "name": "Survey",
        "amount": "10000",
        "currency": sale.currency,
        "stage": "closed_won",
        "closed_won_at": "2027-01-20T09:00:00Z",
        "rates": {"Lead": sale.rate},
    }


def _contract(sale: Sale) -> dict[str, object]:
    return {
        "id": f"D-{sale.currency}",
        "opportunity": f"S-{sale.currency}",
        "client": f"X-{sale.currency}",
        "project": sale.project,
        "project_manager": "U-1",
        "legal_entity": sale.entity,
        "currency": sale.currency,
        "billing_model": "T&M",
        "signed_at": "2027-01-25T09:00:00Z",
        "document": "sha256:00",
        "effective": {"from": "2027-02-01", "to": "2027-02-28"},
        "rates": {"Lead": sale.rate},
        "terms_days": 14,
        "tax": {"category": "S", "rate": sale.tax_rate},
    }


def _work(sale: Sale) -> dict[str, object]:
    return {
        "id": f"H-{sale.currency}",
        "employee": f"E-{sale.currency}",
        "project": sale.project,
        "work_date": "2027-02-03",
        "hours": sale.hours,
    }
