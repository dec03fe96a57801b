"""A bill waits for a record that is wrong, until its owner says that it may be let be."""

from pathlib import Path

import msgspec

from experience_apis.worklist.v1 import Worklist
from governance.quality.findings import FindingState, QualityFinding
from process_apis.project_to_cash.records import InvoiceStage
from tests.stories.engagement import EVENING, scene
from tests.stories.programs import NORTHWIND

LINE_MANAGER = "U-LM1"
LET_BE = {"reason": "the airline lost it, and we saw the ticket", "until": "2027-01-31T00:00:00Z"}


async def test_an_expense_without_a_receipt_holds_the_bill_until_it_is_waived(
    tmp_path: Path,
) -> None:
    """Nobody else may waive it, and the draft has the expense; to waive it again does nothing."""
    async with scene(tmp_path, firm=_firm(tmp_path / "firm")) as stage:
        engagement = stage.engagement
        await engagement.set_up()
        await engagement.first_check()
        await engagement.at(EVENING)
        await engagement.approve("finance", "over the cap")
        held = await engagement.blocked_only_by("DQ-X1")
        found = await stage.people.read(LINE_MANAGER, "/experience/worklist/v1/", Worklist)
        [item] = [each for each in found.items if each.kind == "quality"]
        by_another = await stage.people.call("finance", "PUT", item.act_at, LET_BE)
        waived = [
            await stage.people.call(LINE_MANAGER, "PUT", item.act_at, LET_BE) for _ in range(2)
        ]
        drafted = await engagement.invoice(InvoiceStage.PENDING_APPROVAL)
        later = await stage.people.read(LINE_MANAGER, "/experience/worklist/v1/", Worklist)

    [blocker] = held.blockers
    findings = [each.read(QualityFinding) for each in waived]
    assert (blocker.reason, blocker.owner, str(blocker.amount_at_risk)) == (
        "IN_QUARANTINE",
        "line_manager",
        "420.00 USD",
    )
    assert blocker.finding_id == findings[0].id
    assert by_another.status == 403
    assert [each.state for each in findings] == [FindingState.WAIVED] * 2
    assert "1240.50" in [each.net.amount for each in drafted.lines]
    assert [each for each in later.items if each.kind == "quality"] == []


def _firm(folder: Path) -> Path:
    """Write Northwind down with an airfare that has no receipt."""
    whole = (NORTHWIND / "fixture.json").read_bytes()
    facts = msgspec.json.decode(whole, type=dict[str, msgspec.Raw])
    expenses = msgspec.json.decode(facts["expenses"], type=list[dict[str, object]])
    [airfare] = [each for each in expenses if each["id"] == "EX-1"]
    airfare["receipt"] = None
    facts["expenses"] = msgspec.Raw(msgspec.json.encode(expenses))
    folder.mkdir()
    (folder / "fixture.json").write_bytes(msgspec.json.encode(facts))
    return folder
