"""The firm as the attacked gateway serves it: its American company is divided into units."""

import json
from pathlib import Path
from typing import Any

from tests.stories.programs import NORTHWIND

PARENT, OWN, OTHER = "US", "US-DATA", "US-TAX"


def in_units(directory: Path) -> Path:
    """Write the firm down with units: one has what NWA-US works on and its people, one nothing."""
    facts: dict[str, Any] = json.loads((NORTHWIND / "fixture.json").read_text())
    facts["business_units"] = [
        {"code": code, "name": code, "legal_entity": "NWA-US", "parent_code": parent}
        for code, parent in {PARENT: None, OWN: PARENT, OTHER: PARENT}.items()
    ]
    for each in [*facts["contracts"], *facts["future_contracts"], *facts["employees"]]:
        if each["legal_entity"] == "NWA-US":
            each["business_unit"] = OWN
    directory.mkdir()
    (directory / "fixture.json").write_text(json.dumps(facts))
    return directory
