"""A gateway that is killed over a message: a letter to a client leaves once, a notice is told."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from process_apis.notices.records import Preferences
from process_apis.notices.v1 import Looked, MessageList
from process_apis.project_to_cash.mailing.records import InvoiceMailList
from process_apis.project_to_cash.receivables import Reminder, ReminderList, ReminderStatus
from system_apis.sandbox.messaging.api import Kept
from tests.faults.killer import Killer
from tests.faults.letters import CLIENT, PROJECT, firm_of, give_up, outbox, with_mail
from tests.stories.engagement import Scene, scene
from tests.stories.owing_firm import BEGINS
from tests.stories.people import until
from tests.stories.test_money_received import posted

NOTICES = "/process/notices/v1"
V1 = "/process/project-to-cash/v1"


async def _reminder(stage: Scene) -> str:
    """Return where the firm's only reminder stands."""
    [only] = (await stage.people.read("finance", f"{V1}/reminders", ReminderList)).items
    return only.status


async def _mail(stage: Scene) -> str:
    """Return where the firm's only mail stands."""
    [only] = (await stage.people.read("finance", f"{V1}/mails", InvoiceMailList)).items
    return only.status


class Letter(NamedTuple):
    """The day on which it waits, what is asked, and where it stands: killed, and at its end."""

    day: str
    question: str
    standing: Callable[[Scene], Awaitable[str]]
    course: list[str]


LETTERS = {
    "reminder": Letter("2027-02-18", "send reminder 1", _reminder, ["draft", "withdrawn"]),
    "invoice": Letter("2027-02-01", "mail the invoice", _mail, ["sending", "given_up"]),
}


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
async def test_a_letter_that_is_killed_on_its_way_left_once(tmp_path: Path, letter: Letter) -> None:
    """Nobody sends a second one by themselves: a person asks whether the first came."""
    async with scene(
        tmp_path, firm=firm_of(tmp_path), begins=BEGINS, project=PROJECT, serving=False
    ) as stage:
        with_mail(tmp_path, stage.operator.address_of("outbox"), {"X-1": CLIENT})
        await stage.gateway.start()
        bill = await posted(stage.engagement)
        await stage.engagement.at(f"{letter.day}T09:00:00Z")
        waiting = await stage.engagement.asked("finance", letter.question)
        before = await outbox(stage)
        killer = Killer(stage, 1)
        await killer.lie_in_wait("send_mail", 1)
        await stage.engagement.decide("finance", waiting)
        await killer.strike()
        await stage.gateway.start()
        case = await stage.engagement.asked("finance", "NEEDS_RECONCILIATION")
        stuck = await letter.standing(stage)
        await give_up(stage, case.id)

        async def ended() -> str | None:
            now = await letter.standing(stage)
            return now if now != stuck else None

        ends = await until(ended, "the end of the letter")
        after = await outbox(stage)

    assert before == []
    assert [stuck, ends] == letter.course
    assert [(each.to, each.subject) for each in after] == [(CLIENT, f"Invoice {bill.number}")]


async def test_a_letter_leaves_once_when_a_person_says_so(tmp_path: Path) -> None:
    """It is noted as sent; and who is told of the draft is led to it, and nobody else is."""
    async with scene(
        tmp_path, firm=firm_of(tmp_path), begins=BEGINS, project=PROJECT, serving=False
    ) as stage:
        with_mail(
            tmp_path,
            stage.operator.address_of("outbox"),
            {"X-1": CLIENT, "U-2": "finance@firm.example"},
        )
        await stage.gateway.start()
        bill = await posted(stage.engagement)
        mail = await stage.engagement.asked("finance", f"mail the invoice {bill.number}")
        await stage.engagement.decide("finance", mail, "reject")
        await stage.engagement.at("2027-02-18T09:00:00Z")
        told = await until(lambda: _told(stage, "send reminder 1"), "the notice of the draft")
        waiting = await stage.engagement.asked("finance", "send reminder 1")
        drafts = [each for each in await outbox(stage) if each.to == CLIENT]
        await stage.engagement.decide("finance", waiting)
        ended = await until(lambda: _ended(stage), "the end of the reminder")
        letters = [each for each in await outbox(stage) if each.to == CLIENT]
        ours = await stage.people.read("finance", f"{NOTICES}/messages", MessageList)
        theirs = await stage.people.read("operator", f"{NOTICES}/messages", MessageList)
        link = told.text.split()[-1].removeprefix(stage.gateway.base_url)
        led = await stage.people.read("finance", link, Looked)
        lost = [
            (await stage.people.call(who, "GET", where)).status
            for who, where in (
                ("operator", link),
                ("finance", f"{link[:-4]}AAAA"),
                ("finance", f"{NOTICES}/links/{'A' * 40}"),
            )
        ]
        wish = {"channel": "slack"}
        unreached = await stage.people.call("finance", "PUT", f"{NOTICES}/preferences", wish)
        kept = await stage.people.read("finance", f"{NOTICES}/preferences", Preferences)

    assert drafts == []
    assert told.to == "finance@firm.example"
    assert "waits until you send it" in told.text
    assert [each.text.strip() for each in letters] == [ended.text]
    assert ended.status is ReminderStatus.SENT
    assert theirs.items == []
    assert led.read_at == waiting.act_at.removesuffix("/decision")
    assert lost == [404, 404, 404]
    assert unreached.status == 422
    assert (kept.person, kept.channel) == ("U-2", "mail")
    assert any("send reminder 1" in line.text for each in ours.items for line in each.lines)


async def _told(stage: Scene, words: str) -> Kept | None:
    return next((each for each in await outbox(stage) if words in each.text), None)


async def _ended(stage: Scene) -> Reminder | None:
    found = (await stage.people.read("finance", f"{V1}/reminders", ReminderList)).items
    return next((each for each in found if each.status is not ReminderStatus.DRAFT), None)
