"""Northwind with a plan of its own, in which one task has to be done before work begins."""

from pathlib import Path

import msgspec

from tests.stories.programs import NORTHWIND


def strict_firm(folder: Path) -> Path:
    """Write the firm's fixture into a folder, and return the folder."""
    facts = msgspec.json.decode(
        (NORTHWIND / "fixture.json").read_bytes(), type=dict[str, msgspec.Raw]
    )
    plan = {
        "code": "STRICT",
        "version": 2,
        "billing_model": "T&M",
        "phases": ["Deliver"],
        "checklist": [
            {"name": "Kick-off", "owner": "project_manager"},
            {"name": "Client signs the NDA", "owner": "sales_operations", "mandatory": True},
        ],
    }
    facts["project_templates"] = msgspec.Raw(msgspec.json.encode([plan]))
    folder.mkdir()
    (folder / "fixture.json").write_bytes(msgspec.json.encode(facts))
    return folder
