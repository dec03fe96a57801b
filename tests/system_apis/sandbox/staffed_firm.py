"""A small invented firm whose HR system has seen something: raises, leavers, part-time, leave."""

from pathlib import Path

import msgspec

FIRM = {
    "name": "Kaze & Bahr",
    "period": {"start": "2027-02-01", "end": "2027-02-28"},
    "entities": [
        {
            "id": "KB-JP",
            "currency": "JPY",
            "tz": "Asia/Tokyo",
            "hours_per_day": "7",
            "calendar_holidays": ["2027-02-11"],
        },
        {"id": "KB-KW", "currency": "KWD"},
        {"id": "KB-FAR", "currency": "USD"},
    ],
    "systems": [{"id": "folk", "kind": "hr", "entities": ["KB-JP", "KB-KW"]}],
    "employees": [
        {
            "id": "K1",
            "name": "Aki Mori",
            "legal_entity": "KB-JP",
            "role": "Lead",
            "cost_rate": "5000",
            "fte": "0.6",
            "time_off_hours": "10",
            "hire_date": "2025-04-01",
            "skills": [
                {"code": "GIS", "level": 4, "name": "Maps", "certified_until": "2028-01-31"}
            ],
        },
        {
            "id": "K2",
            "name": "Aki Mori",
            "legal_entity": "KB-KW",
            "role": "Surveyor",
            "cost_rate": "12.345",
            "cost_rates": [
                {"amount": "12.345", "from": "2026-01-01"},
                {"amount": "13.005", "from": "2027-02-01"},
            ],
            "manager": "K1",
            "termination_date": "2027-02-15",
        },
        {
            "id": "K3",
            "name": "Noor",
            "legal_entity": "KB-FAR",
            "role": "Lead",
            "cost_rate": "80",
        },
        {
            "id": "K4",
            "name": "乃",
            "legal_entity": "KB-KW",
            "role": "Aide",
            "cost_rate": "1",
            "cost_rates": [
                {"amount": "1", "from": "2026-01-01"},
                {"amount": "2", "from": "2026-01-01"},
            ],
        },
    ],
    "time_entries": [
        {
            "id": f"H-{day}",
            "employee": "K1",
            "project": "W-1",
            "work_date": f"2027-02-{day:02d}",
            "hours": "4.2",
        }
        for day in range(1, 29)
        if day not in {11, 17, 18, 23}
    ],
}


def write_staffed_firm(directory: Path) -> Path:
    """Write the firm's facts where the sandbox looks for them."""
    directory.mkdir()
    (directory / "fixture.json").write_bytes(msgspec.json.encode(FIRM))
    return directory
