"""A gateway that is killed over a message: a letter to a client leaves once, a notice is told."""

from collections.abc import Mapping
from pathlib import Path

import aiohttp
import msgspec

from process_apis.exceptions.v1 import ExceptionList
from process_apis.notices.records import Preferences
from process_apis.notices.v1 import Looked, MessageList
from process_apis.project_to_cash.receivables import Reminder, ReminderList, ReminderStatus
from system_apis.sandbox.messaging.api import Kept, Outbox
from tests.faults.killer import Killer
from tests.stories.engagement import Scene, scene
from tests.stories.owing_firm import BEGINS, subscription, write_firm
from tests.stories.people import until
from tests.stories.test_money_received import posted

PROJECT, CLIENT = "W-A", "ap@client.example"
NOTICES = "/process/notices/v1"
SYSTEMS = [
    {"id": "sales", "kind": "crm"},
    {"id": "work", "kind": "psa"},
    {"id": "books", "kind": "erp", "rounding": "half_even"},
    {"id": "paper", "kind": "contracts"},
    {"id": "outbox", "kind": "messaging"},
]


def firm_of(path: Path) -> Path:
    """Write a firm down that has mail."""
    sold = [subscription(PROJECT, "10000", "JPY")]
    return write_firm(path / "firm", sold, currency="JPY", systems=SYSTEMS)


def with_mail(path: Path, outbox: str, addresses: Mapping[str, str]) -> None:
    """Let mail go to the outbox."""
    told = "\n".join(f"{who} = '{to}'" for who, to in addresses.items())
    (path / "strata.toml").write_text(
        "letters = 'mail'\n[channels.mail]\nconnector = 'sandbox'\n"
        f"[channels.mail.config]\nconnection = {{ base_url = '{outbox}' }}\n"
        f"[channels.mail.config.addresses]\n{told}\n"
    )


async def test_a_letter_that_is_killed_on_its_way_left_once(tmp_path: Path) -> None:
    """Nobody sends a second one by themselves: a person asks whether the first came."""
    async with scene(
        tmp_path, firm=firm_of(tmp_path), begins=BEGINS, project=PROJECT, serving=False
    ) as stage:
        with_mail(tmp_path, stage.operator.address_of("outbox"), {"X-1": CLIENT})
        await stage.gateway.start()
        bill = await posted(stage.engagement)
        await stage.engagement.at("2027-02-18T09:00:00Z")
        waiting = await stage.engagement.asked("finance", "send reminder 1")
        before = await outbox(stage)
        killer = Killer(stage, 1)
        await killer.lie_in_wait("send_mail", 1)
        await stage.engagement.decide("finance", waiting)
        await killer.strike()
        await stage.gateway.start()
        case = await stage.engagement.asked("finance", "NEEDS_RECONCILIATION")
        await give_up(stage, case.id)
        ended = await until(lambda: _ended(stage), "the end of the reminder")
        after = await outbox(stage)

    assert before == []
    assert [(each.to, each.subject) for each in after] == [(CLIENT, f"Invoice {bill.number}")]
    assert ended.status is ReminderStatus.WITHDRAWN


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


async def outbox(stage: Scene) -> list[Kept]:
    """Return what mail took."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{stage.operator.address_of('outbox')}/outbox") as reply,
    ):
        return msgspec.json.decode(await reply.read(), type=Outbox).messages


async def _told(stage: Scene, words: str) -> Kept | None:
    return next((each for each in await outbox(stage) if words in each.text), None)


async def give_up(stage: Scene, case_id: str) -> None:
    """Have finance give a case up."""
    found = await stage.people.read("finance", "/process/exceptions/v1", ExceptionList)
    assert case_id in {each.id for each in found.items}
    path = f"/process/exceptions/v1/{case_id}/resolution"
    said = {"resolution": "cancel", "note": "it came: we asked"}
    assert (await stage.people.call("finance", "POST", path, said)).status == 200


async def _ended(stage: Scene) -> Reminder | None:
    path = "/process/project-to-cash/v1/reminders"
    found = (await stage.people.read("finance", path, ReminderList)).items
    return next((each for each in found if each.status is not ReminderStatus.DRAFT), None)
