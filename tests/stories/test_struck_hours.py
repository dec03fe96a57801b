"""Hours that somebody asks to strike out are billed by nobody before that is decided."""

from pathlib import Path

from experience_apis.finance.v1 import InvoicePage
from experience_apis.finance.views import ReadinessView
from process_apis.exceptions.queue import OpenException
from process_apis.exceptions.v1 import ExceptionList
from process_apis.project_to_cash.records import EventStatus, InvoiceStage
from process_apis.time_and_expense.records import HandedIn, RowStatus
from process_apis.time_and_expense.week_records import WeekTaken
from tests.stories.engagement import EVENING, Scene, scene
from tests.stories.people import Answer, until
from tests.stories.timesheets import WORK, become, decide, row

QUEUE = "/process/exceptions/v1"
MONDAY, DAY = "2026-10-26", "2026-10-28"


async def test_a_bill_waits_until_it_is_decided_whether_its_hours_are_struck_out(
    tmp_path: Path,
) -> None:
    """Before its draft it is held; after it, it is not posted, and drafted anew without them."""
    async with scene(tmp_path) as stage:
        engagement = stage.engagement
        await engagement.set_up()
        await engagement.at("2026-10-28T20:00:00Z")
        first = await _handed_in(stage, "0.5")
        await engagement.approve("U-PM1", "W-1, 0.5 h")
        await become(stage, first, RowStatus.APPROVED)
        await engagement.at("2026-10-30T20:00:00Z")
        await _handed_in(stage, "0", follows=1)
        asked = await engagement.asked("U-PM1", "W-1/2, strike out the hours")
        held = await engagement.first_check()
        kept = await decide(stage, "U-PM1", asked, decision="reject", reason_code="WORKED")
        free = await until(lambda: _not_held(stage), "the bill being free of it")
        await engagement.at(EVENING)
        await engagement.approve("finance", "over the cap")
        draft = await engagement.invoice(InvoiceStage.PENDING_APPROVAL)
        again = await _handed_in(stage, "0", follows=2)
        await engagement.approved_by_all()
        case = await until(lambda: _case(stage), "the stop before it is posted")
        waits = await engagement.invoice(InvoiceStage.PENDING_APPROVAL)
        overridden = await _resolve(stage, case, "override")
        await engagement.approve("U-PM1", "W-1/3, strike out the hours")
        await become(stage, again, RowStatus.APPROVED)
        cancelled = await _resolve(stage, case, "cancel")
        await until(lambda: _returned(stage), "the draft being taken back")
        await engagement.check_again()
        await engagement.approve("finance", "over the cap")
        anew = await until(lambda: _anew(stage, draft.id), "the draft without the hours")
        books = await stage.operator.books()

    assert [(each.code, each.remedy) for each in held.blockers if each.code == "B04"] == [
        ("B04", "decide W-1/2")
    ]
    assert kept.status == 200
    assert free.status is not EventStatus.INVOICED
    assert waits.id == draft.id
    assert (case.code, case.owner_role, case.amount_at_risk) == (
        "HOURS_IN_QUESTION",
        "project_manager",
        draft.expected,
    )
    assert f"invoice: {draft.id}" in case.evidence
    assert "hours: W-1/3" in case.evidence
    assert (overridden.status, cancelled.status) == (409, 200)
    assert b"offers retry, fix_data and cancel" in overridden.body
    assert anew != draft.id
    assert books.invoices("P-1001") == []


async def _handed_in(stage: Scene, hours: str, **more: object) -> HandedIn:
    week = {"week_start": MONDAY, "rows": [row("W-1", DAY, hours, **more)]}
    told = await stage.people.call("E102", "POST", f"{WORK}/weeks", week)
    return told.read(WeekTaken).rows[0]


async def _not_held(stage: Scene) -> ReadinessView | None:
    event = await stage.engagement.readiness()
    return event if not {each.code for each in event.blockers} & {"B04"} else None


async def _returned(stage: Scene) -> bool:
    return (await stage.engagement.readiness()).status is EventStatus.RETURNED


async def _case(stage: Scene) -> OpenException | None:
    page = await stage.people.read("U-PM1", QUEUE, ExceptionList)
    return next((each for each in page.items if each.code == "HOURS_IN_QUESTION"), None)


async def _resolve(stage: Scene, case: OpenException, resolution: str) -> Answer:
    said = {"resolution": resolution, "note": "the hours were not worked"}
    return await stage.people.call("U-PM1", "POST", f"{QUEUE}/{case.id}/resolution", said)


async def _anew(stage: Scene, first: str) -> str | None:
    """Return the draft that took the place of the first one."""
    page = await stage.people.read("finance", "/experience/finance/v1/invoices", InvoicePage)
    ours = [each for each in page.items if each.project_number == "P-1001"]
    found = (each.id for each in ours if each.stage is InvoiceStage.PENDING_APPROVAL)
    return next((each for each in found if each != first), None)
