"""A deal that was signed otherwise than it was sold opens its project once people agree."""

from pathlib import Path

import msgspec

from experience_apis.delivery.projects import ProjectView
from experience_apis.worklist.items import Item
from process_apis.approvals.requests import Approval, ApprovalStatus
from process_apis.engagements import EngagementStatus
from process_apis.exceptions.queue import Resolution
from tests.stories.books import Books
from tests.stories.engagement import Scene, scene
from tests.stories.people import until
from tests.stories.programs import NORTHWIND

WON = "2026-10-05T09:00:40Z"
PROJECT = "P-4201"
SET_UP = f"{PROJECT}: set-up"
PROGRESS = f"/experience/delivery/v1/projects/{PROJECT}/progress"


async def test_a_price_that_differs_is_approved_by_two_people_before_the_project_opens(
    tmp_path: Path,
) -> None:
    """Sales operations and finance are asked in one request; until both agree nothing is there."""
    async with scene(tmp_path, project=PROJECT) as stage:
        engagement = stage.engagement
        await engagement.at(WON)
        question = await engagement.asked("sales_operations", SET_UP)
        waiting = await stage.people.read("finance", PROGRESS, ProjectView)
        await engagement.decide("sales_operations", question)
        again = await engagement.decide("sales_operations", question)
        half = await stage.people.read("finance", f"/process/approvals/v1/{question.id}", Approval)
        untouched = await stage.operator.books()
        not_theirs = await engagement.decide("sales_director", question)
        await engagement.approve("finance", SET_UP)
        project = await engagement.set_up()
        books = await stage.operator.books()
        code, said = await stage.gateway.run("audit", "verify")

    assert waiting.status is EngagementStatus.PENDING_APPROVAL
    assert "PRICING_MISMATCH: CRM says 95,000.00 USD, contract 92,000.00 USD" in question.title
    assert again.status == 403
    assert not_theirs.status == 404
    assert half.status is ApprovalStatus.PENDING
    assert [each.role for each in half.consents] == ["sales_operations"]
    assert _made(untouched) == (0, 0)
    assert project.status is EngagementStatus.ACTIVE
    assert _made(books) == (1, 1)
    assert code == 0, said


async def test_a_refused_set_up_waits_for_sales_with_nothing_half_made(tmp_path: Path) -> None:
    """One rejection ends the request; given up, the engagement is cancelled for good."""
    async with scene(tmp_path, project=PROJECT) as stage:
        engagement = stage.engagement
        await engagement.at(WON)
        question = await engagement.asked("finance", SET_UP)
        await engagement.decide("finance", question, "reject")
        case = await engagement.asked("sales_operations", "SET_UP_REJECTED")
        refused = await stage.operator.books()
        await _resolve(stage, case.act_at, Resolution.RETRY)
        still = await engagement.asked("sales_operations", "SET_UP_REJECTED")
        project = await stage.people.read("finance", PROGRESS, ProjectView)

    assert "U-FI1 said no: as agreed" in case.title
    assert _made(refused) == (0, 0)
    assert still.title == case.title
    assert project.status is EngagementStatus.PENDING_APPROVAL


async def test_a_contract_that_changes_meanwhile_is_asked_about_anew(tmp_path: Path) -> None:
    """The earlier question is cancelled, and nothing that was said to it counts."""
    firm = _firm_whose_client_orders_late(tmp_path)
    async with scene(tmp_path, firm=firm, project=PROJECT) as stage:
        engagement = stage.engagement
        await engagement.at(WON)
        first = await engagement.asked("sales_operations", SET_UP)
        await engagement.decide("sales_operations", first)
        await engagement.at("2026-10-06T12:00:00Z")

        async def asked_anew() -> Item | None:
            found = await engagement.asked("finance", SET_UP)
            return found if found.id != first.id else None

        second = await until(asked_anew, "another question")
        late = await engagement.decide("finance", first)
        cancelled = await stage.people.read(
            "finance", f"/process/approvals/v1/{first.id}", Approval
        )
        project = await engagement.set_up()

    assert (second.version or 0) > (first.version or 0)
    assert late.status == 409
    assert cancelled.status is ApprovalStatus.CANCELLED
    assert project.status is EngagementStatus.ACTIVE
    assert project.set_up is not None
    assert project.set_up.human_touches == 1


def _firm_whose_client_orders_late(folder: Path) -> Path:
    """Return Northwind with a purchase order that comes a day after the deal was won."""
    facts = msgspec.json.decode(
        (NORTHWIND / "fixture.json").read_bytes(), type=dict[str, msgspec.Raw]
    )
    order = (
        b'"purchase_order": {"number": "PO-9", "amount": "92000.00", "valid_to": "2027-02-26",'
        b' "received_at": "2026-10-06T10:00:00Z"}, "po_required": true'
    )
    late = bytes(facts["future_contracts"]).replace(b'"po_required": true', order)
    facts["future_contracts"] = msgspec.Raw(late)
    firm = folder / "firm"
    firm.mkdir()
    (firm / "fixture.json").write_bytes(msgspec.json.encode(facts))
    return firm


async def _resolve(stage: Scene, path: str, resolution: Resolution) -> None:
    """Resolve a case as sales operations, and wait until it is off their list."""
    said = {"resolution": resolution, "note": "looked at"}
    answer = await stage.people.call("sales_operations", "POST", path, said)
    assert answer.status == 200, answer.body

    async def resumed() -> bool:
        reply = await stage.people.call("finance", "GET", PROGRESS)
        view = reply.read(ProjectView)
        return view.set_up is not None and view.set_up.status == "parked"

    await until(resumed, "the case being resumed")


def _made(books: Books) -> tuple[int, int]:
    """Return how many projects PSA and ERP hold of the deal."""
    return len(books.workspaces(PROJECT)), len(books.jobs(PROJECT))
