"""A firm of as many engagements as asked for, a quarter of each way of billing."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
from stdnum.iso7064 import mod_11_10

YEAR = 2026
MONTHS = 10
MANAGERS = 40
STAFF = 50
ROLE = "Consultant"
ENTITIES = {"VOL-US": ("USD", "US", "books-us"), "VOL-DE": ("EUR", "DE", "books-de")}
Facts = dict[str, object]


def write_firm(directory: Path, opportunities: int) -> Path:
    """Write the facts of a firm whose every engagement has ten things to bill in ten months."""
    directory.mkdir(parents=True)
    engagements = range(opportunities)
    facts: Facts = {
        "name": f"Volume {opportunities}",
        "reporting_currency": "USD",
        "fx_avg": {"USD": "1", "EUR": "1.10"},
        "period": {"start": f"{YEAR}-01-01", "end": f"{YEAR}-{MONTHS}-31"},
        "entities": [_entity(code) for code in ENTITIES],
        "systems": [
            {"id": "crm", "kind": "crm"},
            {"id": "psa", "kind": "psa"},
            {"id": "contracts", "kind": "contracts"},
            *({"id": books, "kind": "erp"} for _, _, books in ENTITIES.values()),
        ],
        "approval_thresholds": {"invoice": [{"max": None, "approvers": ["project_manager"]}]},
        "people": list(_people()),
        "employees": [_employee(number) for number in range(STAFF)],
        "list_rates": [{"role": ROLE, "rate": "150"}],
        "clients": [_client(number) for number in engagements],
        "opportunities": [_opportunity(number) for number in engagements],
        "contracts": [_contract(number) for number in engagements],
        "time_entries": [entry for number in engagements for entry in _work(number)],
    }
    (directory / "fixture.json").write_bytes(msgspec.json.encode(facts))
    return directory


def month_ends() -> list[date]:
    """Return the last day of each month that is billed."""
    return [date(YEAR, month + 1, 1) - timedelta(days=1) for month in range(1, MONTHS + 1)]


def manager_of(number: int) -> str:
    """Return who manages an engagement."""
    return f"U-PM{number % MANAGERS:02d}"


def _entity_of(number: int) -> str:
    return list(ENTITIES)[number % len(ENTITIES)]


def _entity(code: str) -> Facts:
    currency, country, books = ENTITIES[code]
    return {"id": code, "name": code, "country": country, "currency": currency, "erp": books}


def _people() -> Iterator[Facts]:
    for number in range(MANAGERS):
        yield _person(manager_of(number), "project_manager")
    for role in ("finance", "sales_operations", "sales_director", "cfo", "steward", "operator"):
        yield _person(f"U-{role}", role)


def _person(number: str, role: str) -> Facts:
    return {"id": number, "name": number, "roles": [role], "entities": list(ENTITIES)}


def _employee(number: int) -> Facts:
    return {
        "id": f"E-{number:03d}",
        "name": f"Consultant {number}",
        "legal_entity": _entity_of(number),
        "role": ROLE,
        "cost_rate": "60",
    }


def _client(number: int) -> Facts:
    _, country, _ = ENTITIES[_entity_of(number)]
    return {
        "id": f"CL-{number:05d}",
        "name": f"Client {number:05d} {country}",
        "country": country,
        "tax_id": _tax_id(number, country),
        "address": {"street": f"{number} Road", "city": "Town", "postal_code": "10000"},
        "terms_days": 30,
    }


def _tax_id(number: int, country: str) -> str:
    if country == "US":
        return f"12-{number:07d}"
    digits = f"{10_000_000 + number}"
    return f"DE{digits}{mod_11_10.calc_check_digit(digits)}"


def _opportunity(number: int) -> Facts:
    currency, _, _ = ENTITIES[_entity_of(number)]
    return {
        "id": f"OPP-{number:05d}",
        "client": f"CL-{number:05d}",
        "contract": f"CT-{number:05d}",
        "name": f"Engagement {number}",
        "amount": "12000.00",
        "currency": currency,
        "stage": "closed_won",
        "closed_won_at": f"{YEAR - 1}-12-10T09:00:00Z",
        "rates": {ROLE: "150"} if number % 4 == 0 else {},
    }


def _contract(number: int) -> Facts:
    entity = _entity_of(number)
    contract: Facts = {
        "id": f"CT-{number:05d}",
        "opportunity": f"OPP-{number:05d}",
        "client": f"CL-{number:05d}",
        "project": f"P-{number:05d}",
        "project_manager": manager_of(number),
        "legal_entity": entity,
        "currency": ENTITIES[entity][0],
        "signed_at": f"{YEAR - 1}-12-12T09:00:00Z",
        "document": f"sha256:{number:064x}",
        "effective": {"from": f"{YEAR}-01-01", "to": f"{YEAR}-{MONTHS}-31"},
        "terms_days": 30,
        "tax": {"category": "S", "rate": "0.19"},
        "eac_cost": "7000.00",
    }
    return contract | _terms(number)


def _terms(number: int) -> Facts:
    match number % 4:
        case 0:
            rates = {ROLE: "150"}
            return {"billing_model": "T&M", "nte_cap": "12000.00", "rates": rates}
        case 1:
            milestones = [_milestone(number, day) for day in month_ends()]
            return {
                "billing_model": "FIXED_FEE",
                "price": "12000.00",
                "revenue_method": "OVER_TIME_INPUT_COST",
                "milestones": milestones,
            }
        case 2:
            recurring = {"monthly": "1200.00", "included_hours": "8", "overage_rate": "150.00"}
            return {"billing_model": "RETAINER", "term_months": MONTHS, **recurring}
        case _:
            advance = {"monthly": "1200.00", "billing": "in advance"}
            return {"billing_model": "SUBSCRIPTION", "term_months": MONTHS, **advance}


def _milestone(number: int, day: date) -> Facts:
    evidence = {
        "type": "acceptance_certificate",
        "document": f"sha256:{number:060x}{day.month:04x}",
        "received_at": f"{day}T01:00:00Z",
    }
    name = f"M{day.month:02d}"
    return {"id": name, "amount": "1200.00", "planned_date": str(day), "evidence": evidence}


def _work(number: int) -> Iterator[Facts]:
    """Eight hours a month of whoever is next, where hours are billed."""
    if number % 2:
        return
    for day in month_ends():
        yield {
            "id": f"TE-{number:05d}-{day.month:02d}",
            "employee": f"E-{(number + day.month) % STAFF:03d}",
            "project": f"P-{number:05d}",
            "work_date": str(day.replace(day=15)),
            "hours": "8",
        }
