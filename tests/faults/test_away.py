"""A system that is away for long holds back its own work, and nobody else's."""

import asyncio
from pathlib import Path

from experience_apis.worklist.v1 import Worklist
from process_apis.project_to_cash.records import EventStatus, InvoiceStage
from tests.stories.engagement import MORNING, Engagement, scene

# Longer than the first few tries of a step take, so that who gives up early is seen.
LONG_SECONDS = 12
AWAY = {"rules": [{"instance": "erp-b", "kind": "503-before"}]}


async def test_billing_of_other_companies_goes_on_while_one_erp_is_away(tmp_path: Path) -> None:
    """The others post; what needs the absent ERP waits, nobody is bothered, and then it posts."""
    async with scene(tmp_path) as stage:
        british = Engagement(stage.people, "P-3001")
        dutch = Engagement(stage.people, "P-2002")
        await british.set_up()
        await dutch.set_up()
        await stage.operator.fail(**AWAY)
        await british.at(MORNING)
        await dutch.approve("U-PM2", "P-2002: invoice of")
        posted = await dutch.invoice(InvoiceStage.POSTED)
        held = await british.readiness()
        await asyncio.sleep(LONG_SECONDS)
        bothered = await stage.people.read("operator", "/experience/worklist/v1/", Worklist)
        await stage.operator.fail()
        await british.approve("U-PM3", "P-3001: invoice of")
        late = await british.invoice(InvoiceStage.POSTED)

    assert posted.posted == posted.expected
    assert held.status is EventStatus.PLANNED
    assert [each for each in bothered.items if each.legal_entity == "HAL-UK"] == []
    assert late.posted == late.expected
