"""From a person's token to the effect in a system: the audit says who stands behind it."""

import json
from pathlib import Path

from msgspec import Struct

from gateway.people import CONSOLE
from governance.audit import AuditRecord
from process_apis.project_to_cash.records import InvoiceStage
from tests.stories.engagement import Scene, scene
from tests.stories.people import until
from tests.stories.programs import NORTHWIND

CASE = json.loads((NORTHWIND / "expected.json").read_bytes())["credit_rebill"]
PROCESS = "/process/project-to-cash/v1"


class AuditPage(Struct):
    """Entries of the audit."""

    items: list[AuditRecord]


async def test_an_effect_leads_back_to_the_person_whose_token_began_it(tmp_path: Path) -> None:
    """The ERP's credit note is written by a process, on behalf of whoever asked for it."""
    async with scene(tmp_path) as stage:
        await stage.engagement.drafted()
        await stage.engagement.approved_by_all()
        invoice = await stage.engagement.invoice(InvoiceStage.POSTED)
        path = f"{PROCESS}/invoices/{invoice.id}/credits"
        wish = {"sources": CASE["credits_time_entries"], "reason": "recorded twice"}
        asked = await stage.people.call("finance", "POST", path, wish)
        await stage.engagement.approve("project_manager", "credit of")
        entries = await until(lambda: _credited(stage), "the credit note in the ERP")

    assert asked.status == 202
    [began] = [each for each in entries if each.action == f"{PROCESS}:request_credit"]
    [effect] = [each for each in entries if each.action == "erp.create_credit_note"]
    assert (began.actor, began.client_id, began.on_behalf_of) == ("U-FI1", CONSOLE, None)
    assert effect.actor == effect.client_id == "process:project-to-cash.post-credit"
    assert effect.on_behalf_of == began.actor
    assert began.sequence < effect.sequence


async def _credited(stage: Scene) -> list[AuditRecord] | None:
    """Return what was asked and what was written, once the credit note is in the ERP."""
    asked, written = [
        (
            await stage.people.read("operator", f"/governance/v1/audit?action={each}", AuditPage)
        ).items
        for each in (f"{PROCESS}:request_credit", "erp.create_credit_note")
    ]
    return [*asked, *written] if written else None
