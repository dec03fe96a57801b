"""Hours that were recorded too many: credited, corrected, billed again as far as the cap goes."""

import json
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct

from experience_apis.finance.v1 import CreditNotePage, HeldPage
from experience_apis.finance.views import CreditNoteView, InvoiceView
from process_apis.project_to_cash.credit_records import CapStanding, ClientCreditNote
from process_apis.project_to_cash.records import InvoiceStage
from system_apis.canonical.billing import LineKind
from system_apis.canonical.changes import ChangeRequest
from system_apis.canonical.contracts import Contract
from system_apis.canonical.delivery import Project
from system_apis.canonical.record import Page
from tests.stories.engagement import Scene, scene
from tests.stories.people import Answer, until
from tests.stories.programs import NORTHWIND

CREDITS = "/process/project-to-cash/v1"


class CreditAndRebill(Struct):
    """What the firm expects of its case."""

    credits_time_entries: list[str]
    credited_hours: str
    credited_net: str
    fees_billed_to_date_after: str
    candidates: str
    rebilled: str
    still_held: str
    released_after_cap_raise: str


class Expected(Struct):
    """Of the firm's expected results, this case."""

    credit_rebill: CreditAndRebill


EXPECTED = msgspec.json.decode((NORTHWIND / "expected.json").read_bytes(), type=Expected)
CASE = EXPECTED.credit_rebill
FIXTURE = json.loads((NORTHWIND / "fixture.json").read_text())
CAP = FIXTURE["cap_raise"]["nte_cap"]
HOURS = FIXTURE["credit_rebill"]["corrected_hours"]
[BEFORE] = [each["billed_to_date"] for each in FIXTURE["contracts"] if each["project"] == "P-1001"]
BILLED = [
    each["id"]
    for each in (*FIXTURE["time_entries"], *FIXTURE["expenses"])
    if each["project"] == "P-1001"
    and each.get("billable", each.get("expect") == {"action": "accept"})
]


async def test_hours_too_many_are_credited_and_what_fits_the_cap_is_billed_again(
    tmp_path: Path,
) -> None:
    """Credit, correction, rebill up to the cap, and the rest once the cap is raised."""
    async with scene(tmp_path) as stage:
        invoice = await _posted(stage)
        asked = await _ask(stage, invoice, CASE.credits_time_entries)
        again = await _ask(stage, invoice, CASE.credits_time_entries)
        too_soon = await _rebill(stage, invoice)
        await stage.engagement.approve("project_manager", "credit of")
        note = await _credited(stage)
        after_credit = await _cap(stage)
        await _correct(stage)
        await _rebill(stage, invoice)
        await stage.engagement.approve("finance", "over the cap")
        await stage.engagement.approve("project_manager", "invoice of")
        rebilled = await _next_posted(stage, {invoice.id})
        held = (await stage.people.read("finance", "/experience/finance/v1/held", HeldPage)).items
        await _raise_cap(stage)
        await stage.engagement.approve("project_manager", "invoice of")
        released = await _next_posted(stage, {invoice.id, rebilled.id})
        at_last = await _cap(stage)
        credited = await stage.people.read(
            "finance", f"/experience/finance/v1/invoices/{invoice.id}", InvoiceView
        )

    assert asked.status == 202
    assert asked.read(ClientCreditNote) == again.read(ClientCreditNote)
    assert asked.headers["Location"].startswith("/process/approvals/v1/apr_")
    assert too_soon.status == 409
    [line] = note.lines
    assert (note.net.amount, note.posted) == (CASE.credited_net, note.expected)
    assert (line.employee, str(line.quantity)) == ("E103", CASE.credited_hours)
    assert note.invoice_number == invoice.number
    assert after_credit.billed.amount == CASE.fees_billed_to_date_after
    positive = [each.net.value for each in rebilled.lines if each.net.value > 0]
    assert str(sum(positive)) == CASE.candidates
    assert rebilled.net.amount == CASE.rebilled
    assert [each.amount.amount for each in held] == [CASE.still_held]
    assert released.net.amount == CASE.released_after_cap_raise
    assert {each.kind for each in released.lines} == {LineKind.NTE_ADJUSTMENT}
    assert at_last.cap is not None
    assert (at_last.cap.amount, at_last.held.amount) == (CAP, "0.00")
    assert credited.credited == note.expected


async def test_an_invoice_under_a_cap_is_credited_whole(tmp_path: Path) -> None:
    """Hours, expenses and what the cap took off go together; nothing is held, and all agrees."""
    async with scene(tmp_path) as stage:
        invoice = await _posted(stage)
        asked = await _ask(stage, invoice, BILLED)
        assert asked.status == 202, asked.body
        await stage.engagement.approve("project_manager", "credit of")
        await stage.engagement.approve("finance_director", "credit of")
        note = await _credited(stage)
        standing = await _cap(stage)
        code, said = await stage.gateway.run("verify")

    assert note.posted == invoice.posted
    assert (standing.billed.amount, standing.held.amount) == (BEFORE, "0.00")
    assert code == 0, said


async def _posted(stage: Scene) -> InvoiceView:
    await stage.engagement.drafted()
    await stage.engagement.approved_by_all()
    return await stage.engagement.invoice(InvoiceStage.POSTED)


async def _ask(stage: Scene, invoice: InvoiceView, sources: list[str]) -> Answer:
    wish = {"sources": sources, "reason": "recorded twice"}
    return await stage.people.call(
        "finance", "POST", f"{CREDITS}/invoices/{invoice.id}/credits", wish
    )


async def _rebill(stage: Scene, invoice: InvoiceView) -> Answer:
    return await stage.people.call("finance", "POST", f"{CREDITS}/invoices/{invoice.id}/rebill")


async def _credited(stage: Scene) -> CreditNoteView:
    async def there() -> CreditNoteView | None:
        page = await stage.people.read(
            "finance", "/experience/finance/v1/credit-notes", CreditNotePage
        )
        return next((each for each in page.items if each.posted), None)

    return await until(there, "the posted credit note")


async def _cap(stage: Scene) -> CapStanding:
    event = await stage.people.read(
        "finance", "/process/project-to-cash/v1/billing-events", Page[_Event]
    )
    found = next(each for each in event.items if each.project_number == "P-1001")
    return await stage.people.read(
        "finance", f"{CREDITS}/billing-events/{found.id}/cap", CapStanding
    )


class _Event(Struct):
    id: str
    project_number: str


async def _correct(stage: Scene) -> None:
    """Spread the hours that were really worked over the entries that were credited."""
    page = await stage.people.read(
        "integrator", "/system/psa/v1/projects?number=P-1001", Page[Project]
    )
    share = Decimal(HOURS) / len(CASE.credits_time_entries)
    for number in CASE.credits_time_entries:
        wish = {"entry_number": number, "hours": str(share), "reason": "recorded twice"}
        answer = await stage.people.call(
            "integrator",
            "POST",
            f"/system/psa/v1/projects/{page.items[0].id}/time-corrections",
            wish,
            Idempotency_Key=f"correct-{number}",
        )
        assert answer.status == 201, answer.body


async def _next_posted(stage: Scene, known: set[str]) -> InvoiceView:
    async def there() -> InvoiceView | None:
        page = await stage.people.read(
            "finance", "/experience/finance/v1/invoices", Page[InvoiceView]
        )
        ours = [e for e in page.items if e.project_number == "P-1001" and e.id not in known]
        return next((each for each in ours if each.posted), None)

    return await until(there, "the next invoice")


async def _raise_cap(stage: Scene) -> None:
    """Have the client agree to a higher cap, and the contract amended."""
    contracts = await stage.people.read(
        "integrator", "/system/contracts/v1/contracts?number=CT-1001", Page[Contract]
    )
    wish = {
        "number": "CAP-1",
        "reason": "cap",
        "requested_by": "U-PM1",
        "deltas": {"cap": {"amount": CAP, "currency": "USD"}},
    }
    recorded = await stage.people.call(
        "integrator",
        "POST",
        f"/system/contracts/v1/contracts/{contracts.items[0].id}/change-requests",
        wish,
        Idempotency_Key="cap-1",
    )
    change = recorded.read(ChangeRequest)
    for status in ("impact_assessed", "internal_approved", "applied"):
        step = {"status": status, "waived_by": "finance_director"}
        answer = await stage.people.call(
            "integrator",
            "PUT",
            f"/system/contracts/v1/change-requests/{change.id}/status",
            step,
            Idempotency_Key=f"cap-1-{status}",
        )
        assert answer.status == 200, answer.body
