"""What a client objects to is cleared up first, and only what is left is asked for."""

from pathlib import Path

from experience_apis.finance.receivables import OverdueView, ReceivablesPage
from process_apis.project_to_cash.receivables import (
    Dispute,
    DisputeStatus,
    Reminder,
    ReminderList,
    ReminderStatus,
)
from process_apis.project_to_cash.records import InvoiceStage
from tests.stories.engagement import Engagement, Scene, scene
from tests.stories.owing_firm import BEGINS, subscription, write_firm
from tests.stories.people import Answer, until
from tests.stories.test_money_received import posted

PROJECT = "W-A"


async def test_a_dispute_holds_billing_and_its_amount_is_not_asked_for(tmp_path: Path) -> None:
    """Of 10,500 JPY 3,000 are disputed: the reminder is about 7,500, and March waits."""
    firm = write_firm(tmp_path / "firm", [subscription(PROJECT, "10000", "JPY")], currency="JPY")
    async with scene(tmp_path, firm=firm, begins=BEGINS, project=PROJECT) as stage:
        engagement = stage.engagement
        bill = await posted(engagement)
        path = f"/process/project-to-cash/v1/invoices/{bill.id}/disputes"
        too_much = await _object(stage, path, "10501")
        nothing = await _object(stage, path, "0")
        elsewhere = await _object(stage, path, "3000", entity="KB-2")
        opened = await _object(stage, path, "3000")
        again = await _object(stage, path, "3000")
        disputed = await engagement.invoice(InvoiceStage.DISPUTED)
        await engagement.at("2027-02-17T09:00:00Z")
        early = await _overdue(stage)
        await engagement.at("2027-02-18T09:00:00Z")
        await engagement.approve("finance", "send reminder 1")
        reminded = await _reminded(stage, 1)
        await engagement.at("2027-03-01T09:00:00Z")
        march = await _blocked(engagement)
        second = await engagement.asked("finance", "send reminder 2")
        dispute = opened.read(Dispute)
        hidden = await _resolve(stage, dispute, "reject", entity="KB-2")
        ended = await _resolve(stage, dispute, "reject")
        otherwise = await _resolve(stage, dispute, "accept")
        next_bill = await engagement.asked("project_manager", f"{PROJECT}: invoice of 10,500 JPY")
        await _pay(stage, str(bill.number), "10500")
        paid = await engagement.invoice(InvoiceStage.PAID)
        await engagement.decide("finance", second)
        after = await _reminders_of(stage, bill.id)

    assert (too_much.status, nothing.status) == (422, 422)
    assert (elsewhere.status, hidden.status) == (404, 404)
    assert again.read(Dispute) == dispute
    assert disputed.stage is InvoiceStage.DISPUTED
    assert [(each.level, each.next_step and each.next_step.level) for each in early] == [(0, 1)]
    assert [(each.level, each.status, each.amount.amount) for each in reminded] == [
        (1, ReminderStatus.SENT, "7500")
    ]
    assert march == ["B14"]
    assert ended.read(Dispute).status is DisputeStatus.REJECTED
    assert otherwise.status == 409
    assert next_bill.legal_entity == "KB-1"
    assert paid.paid == paid.posted
    assert [(each.level, each.status) for each in after] == [
        (1, ReminderStatus.SENT),
        (2, ReminderStatus.WITHDRAWN),
    ]


async def _object(stage: Scene, path: str, amount: str, entity: str | None = None) -> Answer:
    said = {
        "reason": "quality",
        "amount": {"amount": amount, "currency": "JPY"},
        "lines": [1],
        "note": "not as ordered",
    }
    return await stage.people.call("project_manager", "POST", path, said, entity=entity)


async def _resolve(
    stage: Scene, dispute: Dispute, verdict: str, entity: str | None = None
) -> Answer:
    path = f"/process/project-to-cash/v1/disputes/{dispute.id}/resolution"
    said = {"verdict": verdict, "note": "as agreed"}
    return await stage.people.call("finance", "POST", path, said, entity=entity)


async def _overdue(stage: Scene) -> list[OverdueView]:
    path = "/experience/finance/v1/receivables"
    return (await stage.people.read("finance", path, ReceivablesPage)).overdue


async def _reminded(stage: Scene, level: int) -> tuple[Reminder, ...]:
    """Wait until the reminder of a level is no draft any more."""

    async def done() -> tuple[Reminder, ...] | None:
        [late] = await _overdue(stage)
        written = [each for each in late.reminders if each.level == level]
        over = written and written[0].status is not ReminderStatus.DRAFT
        return late.reminders if over else None

    return await until(done, f"reminder {level}")


async def _reminders_of(stage: Scene, invoice_id: str) -> list[Reminder]:
    """Wait until no reminder of an invoice waits any more."""

    async def done() -> list[Reminder] | None:
        path = "/process/project-to-cash/v1/reminders"
        found = (await stage.people.read("finance", path, ReminderList)).items
        ours = [each for each in found if each.invoice_id == invoice_id]
        waiting = [each for each in ours if each.status is ReminderStatus.DRAFT]
        return None if waiting else ours

    return await until(done, "the end of every reminder")


async def _blocked(engagement: Engagement) -> list[str]:
    async def checked() -> list[str] | None:
        event = await engagement.readiness("2027-03-31")
        return [each.code for each in event.blockers]

    return await until(checked, "the check of March")


async def _pay(stage: Scene, number: str, amount: str) -> None:
    body = {
        "legal_entity": "KB-1",
        "invoice_number": number,
        "date": "2027-03-01",
        "amount": {"amount": amount, "currency": "JPY"},
        "reference": "bank",
    }
    path = "/system/erp/v1/payments"
    answer = await stage.people.call("finance", "POST", path, body, Idempotency_Key="bank-1")
    assert answer.status == 201, answer.body
