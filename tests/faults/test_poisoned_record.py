"""One record that cannot be read stops its own work, and is put right by a person."""

from pathlib import Path

from experience_apis.worklist.items import Item
from experience_apis.worklist.v1 import Worklist
from process_apis.project_to_cash.records import InvoiceStage
from tests.stories.engagement import Engagement, Scene, scene
from tests.stories.people import until

POISONED = {
    "rules": [
        {
            "instance": "crm",
            "operation": "GET */sobjects/Opportunity/006A02",
            "kind": "commit-then-garbage",
        }
    ]
}


async def test_an_unreadable_deal_parks_alone_and_goes_on_once_it_is_put_right(
    tmp_path: Path,
) -> None:
    """The other deals become projects and invoices; an operator sees the one that did not."""
    async with scene(tmp_path, faults=POISONED) as stage:
        dutch = Engagement(stage.people, "P-2002")
        await dutch.set_up()
        parked = await _parked(stage)
        await dutch.at("2026-10-31T08:00:00Z")
        await dutch.approve("U-PM2", "P-2002: invoice of")
        posted = await dutch.invoice(InvoiceStage.POSTED)
        await stage.operator.fail()
        for case in await _parked(stage):
            again = {"resolution": "retry", "note": "put right"}
            answer = await stage.people.call("operator", "POST", case.act_at, again)
            assert answer.status == 200, answer.body
        opened = await Engagement(stage.people, "P-2001").set_up()

    assert posted.posted == posted.expected
    assert {each.legal_entity for each in parked} <= {"NWA-DE", None}
    assert opened.activated_at is not None


async def _parked(stage: Scene) -> list[Item]:
    async def there() -> list[Item]:
        found = await stage.people.read("operator", "/experience/worklist/v1/", Worklist)
        return [each for each in found.items if "UNREADABLE_RECORD" in each.title]

    return await until(there, "the unreadable record on the operator's worklist")
