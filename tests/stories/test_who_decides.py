"""Who may decide about an invoice, on which version, and how often."""

from pathlib import Path

import msgspec

from experience_apis.worklist.items import Item
from process_apis.approvals.requests import Approval, ApprovalStatus
from process_apis.project_to_cash.records import InvoiceStage
from tests.stories.engagement import Scene, scene
from tests.stories.people import Answer
from tests.stories.programs import NORTHWIND

BOTH = "U-BOTH"


async def test_only_the_right_person_decides_once_on_the_version_they_read(
    tmp_path: Path,
) -> None:
    """Everybody else is refused, and what they tried has changed nothing."""
    async with scene(tmp_path, firm=_firm_where_one_has_both_roles(tmp_path)) as stage:
        engagement = stage.engagement
        await engagement.drafted()
        content = await engagement.asked(BOTH, "invoice of")
        refused = {
            "an operator": await engagement.decide("operator", content),
            "finance": await engagement.decide("finance", content),
            "another project manager": await engagement.decide("U-PM1", content),
            "somebody of another company": await _elsewhere(stage, content),
            "a reader of another version": await engagement.decide(BOTH, content, version=7),
        }
        untouched = await stage.people.read(BOTH, f"/process/approvals/v1/{content.id}", Approval)
        await engagement.approve(BOTH, "invoice of")
        again = await engagement.decide(BOTH, content, "reject")
        amount = await engagement.asked("finance", "invoice of")
        by_the_same = await engagement.decide(BOTH, amount)
        pending = await engagement.invoice(InvoiceStage.PENDING_APPROVAL)
        await engagement.approve("finance", "invoice of")
        posted = await engagement.invoice(InvoiceStage.POSTED)

    assert {who: answer.status for who, answer in refused.items()} == {
        "an operator": 403,
        "finance": 404,
        "another project manager": 403,
        "somebody of another company": 404,
        "a reader of another version": 409,
    }
    assert untouched.status is ApprovalStatus.PENDING
    assert again.status == 409
    assert by_the_same.status == 403
    assert pending.posted is None
    assert posted.posted == posted.expected


async def _elsewhere(stage: Scene, item: Item) -> Answer:
    """Decide with a token that is for another company of the firm."""
    said = {"decision": "approve", "version": item.version, "comment": "as agreed"}
    return await stage.people.call(BOTH, "POST", item.act_at, said, entity="NWA-DE")


def _firm_where_one_has_both_roles(folder: Path) -> Path:
    """Return Northwind with a project manager who works in finance as well."""
    facts = msgspec.json.decode(
        (NORTHWIND / "fixture.json").read_bytes(), type=dict[str, msgspec.Raw]
    )
    people = msgspec.json.decode(facts["people"], type=list[msgspec.Raw])
    person = {
        "id": BOTH,
        "name": "Bo Oth",
        "roles": ["project_manager", "finance"],
        "entities": ["NWA-US", "NWA-DE"],
    }
    people.append(msgspec.Raw(msgspec.json.encode(person)))
    facts["people"] = msgspec.Raw(msgspec.json.encode(people))
    facts["contracts"] = msgspec.Raw(bytes(facts["contracts"]).replace(b"U-PM1", BOTH.encode()))
    firm = folder / "firm"
    firm.mkdir()
    (firm / "fixture.json").write_bytes(msgspec.json.encode(facts))
    return firm
