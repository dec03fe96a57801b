"""What the firm accepts of a dispute is credited, and asked for by no reminder meanwhile."""

from pathlib import Path

from experience_apis.finance.receivables import ReceivablesPage
from experience_apis.finance.v1 import CreditNotePage
from experience_apis.worklist.v1 import Worklist
from process_apis.project_to_cash.receivables import Dispute
from process_apis.project_to_cash.records import InvoiceStage
from tests.stories.engagement import Scene, scene
from tests.stories.owing_firm import BEGINS, contract, write_firm
from tests.stories.people import Answer, until

PROJECT = "W-A"
V1 = "/process/project-to-cash/v1"


async def test_an_accepted_dispute_stays_on_the_worklist_until_it_is_credited(
    tmp_path: Path,
) -> None:
    """Of 315,000 JPY the third hour is taken back: 210,000 may be asked for, before and after.

    What is to be credited already is not disputed a second time.
    """
    work = [_day("H-1", "2027-02-03", "2"), _day("H-2", "2027-02-04", "1")]
    sold = [contract(PROJECT, "JPY", "T&M", rates={"Lead": "100000"}, total_value="10000000")]
    firm = write_firm(tmp_path / "firm", sold, currency="JPY", time_entries=work)
    async with scene(tmp_path, firm=firm, begins=BEGINS, project=PROJECT) as stage:
        engagement = stage.engagement
        await engagement.set_up()
        await engagement.at("2027-02-28T09:00:00Z")
        for who in ("project_manager", "finance"):
            await engagement.approve(who, f"{PROJECT}: invoice of 315,000 JPY")
        bill = await engagement.invoice(InvoiceStage.POSTED)
        await _accept(stage, bill.id)
        twice = await _object(stage, bill.id, "210001")
        agreed = await engagement.asked("finance", f"credit 105,000 JPY on {bill.number}")
        await engagement.at("2027-03-16T09:00:00Z")
        before = await _claimed(stage)
        wish = {"sources": ["H-2"], "reason": "as agreed"}
        asked = await stage.people.call("finance", "POST", agreed.act_at, wish)
        for who in ("project_manager", "finance_director"):
            await engagement.approve(who, "credit of 105,000 JPY")
        credited = await _credited(stage)
        after = await _claimed(stage)
        left = await stage.people.read("finance", "/experience/worklist/v1/", Worklist)

    assert twice.status == 422
    assert asked.status == 202
    assert credited == ["105000"]
    assert before == after == ["210000"]
    assert [each for each in left.items if each.kind == "credit"] == []


async def _object(stage: Scene, invoice_id: str, amount: str) -> Answer:
    said = {
        "reason": "hours",
        "amount": {"amount": amount, "currency": "JPY"},
        "note": "two hours were agreed",
    }
    path = f"{V1}/invoices/{invoice_id}/disputes"
    return await stage.people.call("project_manager", "POST", path, said)


async def _accept(stage: Scene, invoice_id: str) -> None:
    opened = await _object(stage, invoice_id, "105000")
    verdict = {"verdict": "accept", "note": "true"}
    path = f"{V1}/disputes/{opened.read(Dispute).id}/resolution"
    assert (await stage.people.call("finance", "POST", path, verdict)).status == 200


async def _claimed(stage: Scene) -> list[str]:
    path = "/experience/finance/v1/receivables"
    page = await stage.people.read("finance", path, ReceivablesPage)
    return [each.claimable.amount for each in page.overdue]


async def _credited(stage: Scene) -> list[str]:
    """Wait until the credit is in the books, and nothing more is to be credited."""

    async def there() -> list[str] | None:
        path = "/experience/finance/v1"
        owed = await stage.people.read("finance", f"{path}/receivables", ReceivablesPage)
        notes = await stage.people.read("finance", f"{path}/credit-notes", CreditNotePage)
        booked = [each.posted.amount for each in notes.items if each.posted]
        return booked if booked and not owed.credits_agreed else None

    return await until(there, "the credit note")


def _day(number: str, on: str, hours: str) -> dict[str, str]:
    return {"id": number, "employee": "E-1", "project": PROJECT, "work_date": on, "hours": hours}
