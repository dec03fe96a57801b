"""A small firm whose clients owe: what it sells is told by each story, the rest is here."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

BEGINS = "2027-02-01T00:00:00+00:00"
ENTITIES = ("KB-1", "KB-2")
ROLES = ("project_manager", "finance", "operator", "finance_director")
Terms = Mapping[str, object]


def subscription(project: str, monthly: str, currency: str, **more: object) -> dict[str, object]:
    """Return a contract with a fee of each month, in advance."""
    return contract(project, currency, "SUBSCRIPTION", monthly=monthly, billing="in advance") | more


def contract(project: str, currency: str, model: str, **more: object) -> dict[str, object]:
    """Return a signed contract of the first half of 2027, due after 14 days, with 5 % tax."""
    return {
        "id": f"D-{project}",
        "opportunity": f"S-{project}",
        "client": "X-1",
        "project": project,
        "project_manager": "U-1",
        "legal_entity": "KB-1",
        "currency": currency,
        "billing_model": model,
        "signed_at": "2027-01-25T09:00:00Z",
        "document": "sha256:00",
        "effective": {"from": "2027-02-01", "to": "2027-06-30"},
        "terms_days": 14,
        "tax": {"category": "S", "rate": "0.05"},
        **more,
    }


def write_firm(
    directory: Path, contracts: Sequence[Terms], *, currency: str, **sections: object
) -> Path:
    """Write the facts of a firm whose second company sells nothing where programs look."""
    directory.mkdir()
    facts = {
        "name": "Kaze and Bahr",
        "reporting_currency": currency,
        "period": {"start": "2027-02-01", "end": "2027-02-28"},
        "entities": [
            {"id": each, "name": each, "country": "KW", "currency": currency, "erp": "books"}
            for each in ENTITIES
        ],
        "systems": [
            {"id": "sales", "kind": "crm"},
            {"id": "work", "kind": "psa"},
            {"id": "books", "kind": "erp", "rounding": "half_even"},
            {"id": "paper", "kind": "contracts"},
        ],
        "people": [
            {"id": f"U-{count}", "name": role, "roles": [role], "entities": ENTITIES}
            for count, role in enumerate(ROLES, start=1)
        ],
        "employees": [
            {
                "id": "E-1",
                "name": "Lead",
                "legal_entity": "KB-1",
                "role": "Lead",
                "cost_rate": "10",
            }
        ],
        "list_rates": [{"role": "Lead", "rate": "100"}],
        "clients": [
            {
                "id": "X-1",
                "name": "Harbor Client",
                "tax_id": "100200",
                "country": "KW",
                "address": {"street": "1 Quay", "city": "Harbor", "postal_code": "1000"},
                "terms_days": 14,
            }
        ],
        "opportunities": [_opportunity(each) for each in contracts],
        "contracts": contracts,
        **sections,
    }
    (directory / "fixture.json").write_bytes(msgspec.json.encode(facts))
    return directory


def _opportunity(sold: Terms) -> dict[str, object]:
    total = sold.get("price") or sold.get("total_value")
    months = sold.get("monthly")
    return {
        "id": sold["opportunity"],
        "client": sold["client"],
        "contract": sold["id"],
        "name": "Upkeep",
        "amount": total or months or "10000",
        "currency": sold["currency"],
        "stage": "closed_won",
        "closed_won_at": "2027-01-20T09:00:00Z",
        "rates": sold.get("rates", {}),
    }
