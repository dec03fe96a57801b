"""A project that ran before Strata: opened and half invoiced by hand, in the systems alone."""

import json
from datetime import date
from pathlib import Path

from tests.stories.clerks import Clerks, KeyedInvoice, KeyedLine, KeyedProject
from tests.stories.programs import NORTHWIND

PROJECT = KeyedProject(
    number="P-1001",
    contract="CT-1001",
    entity="NWA-US",
    client="CL-1",
    client_name="Contoso Health Inc.",
    currency="USD",
    lead="U-PM1",
    first=date(2026, 9, 1),
    last=date(2027, 3, 31),
)
# Four days of the principal: 32 h x 280.00 = 8,960.00.
FIRST_DAYS = KeyedInvoice(
    project="P-1001",
    entity="NWA-US",
    customer="CUST-1001",
    currency="USD",
    on=date(2026, 10, 7),
    lines=(KeyedLine("E101", "32", "280"),),
    order="PO-77812",
)
ENTRIES = ["TE-0001", "TE-0002", "TE-0003", "TE-0004"]


def firm_with_order(folder: Path, amount: str) -> Path:
    """Write Northwind with a purchase order of another amount, received in time."""
    facts = json.loads((NORTHWIND / "fixture.json").read_text())
    order = facts["contracts"][0]["purchase_order"]
    order |= {"amount": amount, "received_at": "2026-09-01T09:00:00Z"}
    folder.mkdir()
    (folder / "fixture.json").write_text(json.dumps(facts))
    return folder


async def run_by_hand(clerks: Clerks) -> str:
    """Open the project in PSA and ERP and invoice its first days; return the invoice's number."""
    await clerks.open_project("psa", PROJECT)
    await clerks.open_job("erp-a", PROJECT, "CUST-1001")
    return await clerks.invoice("erp-a", FIRST_DAYS)
