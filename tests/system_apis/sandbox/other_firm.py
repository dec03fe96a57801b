"""A small invented firm, unlike Northwind: yen and dinars, half-even books, no cap, few facts."""

from pathlib import Path

import msgspec

FIRM = {
    "name": "Kaze and Bahr",
    "entities": [
        {"id": "KB-JP", "name": "Kaze KK", "currency": "JPY", "erp": "books"},
        {"id": "KB-KW", "name": "Bahr WLL", "currency": "KWD", "erp": "books"},
    ],
    "systems": [
        {"id": "sales", "kind": "crm"},
        {"id": "work", "kind": "psa"},
        {"id": "books", "kind": "erp", "rounding": "half_even"},
        {"id": "paper", "kind": "contracts"},
        {"id": "robots", "kind": "robotics"},
        {"id": "work-2", "kind": "psa", "served_by": "books"},
    ],
    "employees": [
        {
            "id": "K1",
            "name": "Aki",
            "legal_entity": "KB-JP",
            "role": "Lead",
            "cost_rate": "5000",
        },
        {
            "id": "K2",
            "name": "Badr",
            "legal_entity": "KB-KW",
            "role": "Lead",
            "cost_rate": "12.345",
        },
    ],
    "clients": [
        {"id": "X-1", "name": "Umi KK", "country": "JP", "tax_id": "T1", "terms_days": 45},
    ],
    "opportunities": [
        {
            "id": "S-1",
            "client": "X-1",
            "name": "Survey",
            "amount": "1000000",
            "currency": "JPY",
            "stage": "open",
        }
    ],
    "contracts": [
        {
            "id": "D-1",
            "client": "X-1",
            "project": "W-1",
            "legal_entity": "KB-JP",
            "currency": "JPY",
            "billing_model": "T&M",
            "signed_at": "2027-02-01T00:00:00Z",
            "document": "sha256:00",
            "effective": {"from": "2027-02-01", "to": "2027-12-31"},
            "rates": {"Lead": "15000"},
            "tax": {"category": "S", "rate": "0.10"},
        }
    ],
    "time_entries": [
        {
            "id": "H-1",
            "employee": "K1",
            "project": "W-1",
            "work_date": "2027-02-02",
            "hours": "0.33",
        }
    ],
    "expenses": [
        {
            "id": "C-1",
            "employee": "K2",
            "project": "W-1",
            "date": "2027-02-03",
            "category": "taxi",
            "amount": "3.005",
            "currency": "KWD",
        },
        {
            "id": "C-2",
            "employee": "K1",
            "project": "W-1",
            "date": "2027-02-03",
            "category": "taxi",
            "amount": "1200",
            "currency": "JPY",
        },
    ],
}


def write_other_firm(directory: Path) -> Path:
    """Write the firm's facts where the sandbox looks for them."""
    directory.mkdir()
    (directory / "fixture.json").write_bytes(msgspec.json.encode(FIRM))
    return directory
