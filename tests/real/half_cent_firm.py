"""A small invented firm whose every invoice line is half a cent: three people, 2.75 h x 187.50."""

import json
from pathlib import Path

COMPANY = "NWA-DE"
PROJECT = "P-77"
BILLED_ON = "2026-10-31"


def half_cent_firm(folder: Path, rounding: str) -> Path:
    """Write the firm's fixture into a folder, and return the folder; its ERP rounds as is said."""
    folder.mkdir()
    fixture = {**_house(rounding), **_people(), **_deal(), **_work()}
    (folder / "fixture.json").write_text(json.dumps(fixture))
    return folder


def _house(rounding: str) -> dict[str, object]:
    return {
        "name": "Halbe Sachen Beratung",
        "reporting_currency": "EUR",
        "period": {"start": "2026-10-01", "end": BILLED_ON},
        "entities": [
            {
                "id": COMPANY,
                "name": "Halbe Sachen Beratung GmbH",
                "country": "DE",
                "currency": "EUR",
                "erp": "erp-a",
                "tz": "Europe/Berlin",
            }
        ],
        "systems": [
            {"id": "crm", "kind": "crm"},
            {"id": "contracts", "kind": "contracts"},
            {"id": "psa", "kind": "psa"},
            {"id": "erp-a", "kind": "erp", "rounding": rounding},
        ],
        "approval_thresholds": {"invoice": [{"approvers": ["project_manager"]}]},
    }


def _people() -> dict[str, object]:
    roles = {"U-1": "project_manager", "U-2": "finance", "U-3": "operator"}
    return {
        "people": [
            {"id": person, "name": role, "roles": [role], "entities": [COMPANY]}
            for person, role in roles.items()
        ],
        "employees": [
            {
                "id": f"E{number}",
                "name": f"Person {number}",
                "legal_entity": COMPANY,
                "role": "Advisor",
                "cost_rate": "90",
            }
            for number in (1, 2, 3)
        ],
    }


def _deal() -> dict[str, object]:
    rates = {"Advisor": "187.50"}
    client = {
        "id": "CL-7",
        "name": "Viertel vor Drei AG",
        "country": "DE",
        "tax_id": "DE811000012",
        "address": {"street": "Uhrgasse 3", "city": "Mainz", "postal_code": "55116"},
        "terms_days": 30,
    }
    opportunity = {
        "id": "OPP-7",
        "client": "CL-7",
        "contract": "CT-7",
        "name": "Quarters of an hour",
        "amount": "1600.00",
        "currency": "EUR",
        "stage": "closed_won",
        "closed_won_at": "2026-09-20T09:00:00Z",
        "rates": rates,
    }
    contract = {
        "id": "CT-7",
        "opportunity": "OPP-7",
        "client": "CL-7",
        "project": PROJECT,
        "project_manager": "U-1",
        "legal_entity": COMPANY,
        "currency": "EUR",
        "billing_model": "T&M",
        "signed_at": "2026-09-21T09:00:00Z",
        "document": "sha256:" + "7a" * 32,
        "effective": {"from": "2026-10-01", "to": BILLED_ON},
        "rates": rates,
        "terms_days": 30,
        "tax": {"category": "S", "rate": "0.19"},
    }
    return {"clients": [client], "opportunities": [opportunity], "contracts": [contract]}


def _work() -> dict[str, object]:
    """Every person worked 2.75 hours, on two days."""
    days = {"2026-10-12": "1.25", "2026-10-13": "1.50"}
    return {
        "time_entries": [
            {
                "id": f"TE-{number}-{day}",
                "employee": f"E{number}",
                "project": PROJECT,
                "work_date": day,
                "hours": hours,
            }
            for number in (1, 2, 3)
            for day, hours in days.items()
        ]
    }
