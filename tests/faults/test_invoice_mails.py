"""An invoice reaches its client by mail once, and never before a person said so."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from experience_apis.worklist.v1 import Worklist
from process_apis.project_to_cash.mailing.records import InvoiceMail, InvoiceMailList, MailStatus
from process_apis.project_to_cash.records import InvoiceStage
from tests.faults.letters import CLIENT, PROJECT, SYSTEMS, outbox, with_mail
from tests.stories.engagement import Scene, scene
from tests.stories.owing_firm import BEGINS, contract, write_firm
from tests.stories.people import until

V1 = "/process/project-to-cash/v1"
MAIL = "mail the invoice"


async def test_an_invoice_and_its_credit_note_leave_when_a_person_says_so(tmp_path: Path) -> None:
    """A client without an address is a case that names what is missing, and goes on with it."""
    work = [
        {
            **{"id": number, "employee": "E-1", "project": PROJECT},
            **{"work_date": "2027-02-03", "hours": hours},
        }
        for number, hours in (("H-1", "2"), ("H-2", "1"))
    ]
    sold = [contract(PROJECT, "JPY", "T&M", rates={"Lead": "100000"}, total_value="10000000")]
    firm = write_firm(tmp_path / "firm", sold, currency="JPY", time_entries=work, systems=SYSTEMS)
    async with scene(tmp_path, firm=firm, begins=BEGINS, project=PROJECT, serving=False) as stage:
        box, engagement = stage.operator.address_of("outbox"), stage.engagement
        with_mail(tmp_path, box, {"X-2": CLIENT})
        await stage.gateway.start()
        await engagement.set_up()
        await engagement.at("2027-02-28T09:00:00Z")
        for who in ("project_manager", "finance"):
            await engagement.approve(who, f"{PROJECT}: invoice of 315,000 JPY")
        bill = await engagement.invoice(InvoiceStage.POSTED)
        case = await engagement.asked("operator", "NO_ADDRESS")
        await stage.gateway.kill()
        with_mail(tmp_path, box, {"X-1": CLIENT})
        await stage.gateway.start()
        said = {"resolution": "retry", "note": "they told us"}
        await stage.people.call("operator", "POST", case.act_at, said)
        waiting = await engagement.asked("finance", f"{MAIL} {bill.number}")
        drafts = await outbox(stage)
        answers = [await engagement.decide("finance", waiting) for _ in "12"]
        sent = await until(_mail(stage, bill.id, MailStatus.SENT), "the mail of the invoice")
        wish = {"sources": ["H-2"], "reason": "as agreed"}
        await stage.people.call("finance", "POST", f"{V1}/invoices/{bill.id}/credits", wish)
        for who in ("project_manager", "finance_director"):
            await engagement.approve(who, "credit of 105,000 JPY")
        await engagement.approve("finance", "mail the credit note")
        credit = await until(_credit(stage, MailStatus.SENT), "the mail of the credit note")
        left = await stage.people.read("finance", "/experience/worklist/v1/", Worklist)
        letters = await outbox(stage)

    assert "add where X-1 takes invoices to mail" in case.title
    assert drafts == []
    assert [each.status for each in answers] == [200, 409]
    assert sent.approved_by == "U-2"
    assert [each.to for each in letters] == [CLIENT, CLIENT]
    assert [each.text.splitlines() for each in letters] == [[*sent.text], [*credit.text]]
    assert sent.text[-1] == "To be paid until 2027-03-14: 315,000 JPY"
    assert "Net 100,000 JPY, tax of 5 % (S) 5,000 JPY, gross 105,000 JPY" in credit.text
    assert not [each for each in left.items if "mail the" in each.title]


def _mail(
    stage: Scene, document: str, status: MailStatus
) -> Callable[[], Awaitable[InvoiceMail | None]]:
    async def there() -> InvoiceMail | None:
        found = [each for each in await _mails(stage) if each.status is status]
        return next((each for each in found if each.document_id == document), None)

    return there


def _credit(stage: Scene, status: MailStatus) -> Callable[[], Awaitable[InvoiceMail | None]]:
    async def there() -> InvoiceMail | None:
        found = [each for each in await _mails(stage) if each.status is status]
        return next((each for each in found if each.document_id != each.invoice_id), None)

    return there


async def _mails(stage: Scene) -> list[InvoiceMail]:
    return (await stage.people.read("finance", f"{V1}/mails", InvoiceMailList)).items
