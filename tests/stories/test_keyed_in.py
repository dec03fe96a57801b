"""What somebody keys straight into a system is seen, shown, and adopted or disputed by a person."""

from datetime import date
from pathlib import Path

import msgspec
from msgspec.structs import replace

from experience_apis.finance.v1 import InvoicePage
from experience_apis.worklist.v1 import Worklist
from process_apis.adoption.records import Finding, FindingKind, FindingStatus
from process_apis.adoption.v1 import FindingList
from process_apis.project_to_cash.records import EventStatus, InvoiceStage
from process_apis.project_to_cash.v1 import BillingEventList
from tests.stories.clerks import KeyedInvoice, KeyedLine
from tests.stories.engagement import EVENING, MORNING, Scene, scene
from tests.stories.people import Answer, until
from tests.stories.running_project import ENTRIES, FIRST_DAYS, PROJECT

INVOICES = "/experience/finance/v1/invoices"
FINDINGS = "/process/adoption/v1/findings"
OCTOBER = {"period_start": "2026-10-01", "period_end": "2026-10-31"}
LATE_OCTOBER = "2026-10-30T08:00:00Z"


async def _findings(stage: Scene, who: str = "finance") -> list[Finding]:
    return (await stage.people.read(who, FINDINGS, FindingList)).items


async def _found(stage: Scene, who: str = "finance") -> Finding:
    """Wait until something was found, and return it."""

    async def there() -> Finding | None:
        items = await _findings(stage, who)
        return items[0] if items else None

    return await until(there, f"a finding for {who}")


async def _say(
    stage: Scene, who: str, finding: Finding, what: str, **body: object
) -> tuple[Answer, Finding]:
    answer = await stage.people.call(who, "POST", f"{FINDINGS}/{finding.id}/{what}", body)
    seen = await stage.people.read("operator", f"{FINDINGS}/{finding.id}", Finding)
    return answer, seen


async def test_an_invoice_that_was_keyed_in_is_adopted_and_not_billed_again(
    tmp_path: Path,
) -> None:
    """Finance sees it, nothing is billed beside it, and once adopted the rest is billed alone."""
    async with scene(tmp_path) as stage:
        engagement = stage.engagement
        await engagement.set_up()
        await engagement.at(LATE_OCTOBER)
        before = await _findings(stage)
        number = await stage.clerks.invoice("erp-a", replace(FIRST_DAYS, order=None))
        item = await engagement.asked("finance", number)
        finding = await _found(stage)
        await engagement.at(MORNING)
        await engagement.at(EVENING)
        await engagement.approve("finance", "over the cap")
        blocked = await engagement.blocked_only_by("B10")
        words = {"reason": "agreed", "sources": {**OCTOBER, "time_entries": ENTRIES}}
        by_manager, _ = await _say(stage, "U-PM1", finding, "adoption", **words)
        wrong = {"reason": "agreed", "sources": {**OCTOBER, "time_entries": ENTRIES[1:]}}
        short, _ = await _say(stage, "finance", finding, "adoption", **wrong)
        adopted, _ = await _say(stage, "finance", finding, "adoption", **words)
        again, seen = await _say(stage, "finance", finding, "adoption", **words)
        rest = await engagement.invoice(InvoiceStage.PENDING_APPROVAL)

    assert before == []
    assert (item.kind, item.role, item.amount) == ("finding", "finance", finding.gross)
    assert (finding.kind, finding.number) == (FindingKind.INVOICE, number)
    assert blocked.blockers[0].remedy == f"adopt or dispute {number}"
    assert by_manager.status == 404
    assert (short.status, b"8,960.00 USD" in short.body) == (409, True)
    assert (adopted.status, again.status) == (200, 200)
    assert (seen.status, seen.decided_by) == (FindingStatus.ADOPTED, "U-FI1")
    assert rest.net.amount == "49680.50"


async def test_a_disputed_draft_is_shown_until_it_is_void(tmp_path: Path) -> None:
    """Our own billing goes on, and whoever disputed it may not adopt it in the end."""
    async with scene(tmp_path) as stage:
        engagement = stage.engagement
        await engagement.set_up()
        await engagement.at(LATE_OCTOBER)
        record = await stage.clerks.draft_invoice("erp-a", FIRST_DAYS)
        finding = await _found(stage)
        disputed, seen = await _say(stage, "finance", finding, "dispute", reason="not agreed")
        words = {"reason": "after all", "sources": {**OCTOBER, "time_entries": ENTRIES}}
        adopted, _ = await _say(stage, "finance", finding, "adoption", **words)
        shown = await stage.people.read("finance", "/experience/worklist/v1/", Worklist)
        whole = await engagement.drafted()
        await stage.clerks.void_invoice("erp-a", record)

        async def gone() -> bool:
            return await _findings(stage) == []

        await until(gone, "the end of the dispute")

    assert (disputed.status, seen.status) == (200, FindingStatus.DISPUTED)
    assert adopted.status == 403
    assert [each.id for each in shown.items if each.kind == "finding"] == [finding.id]
    assert whole.net.amount == "58640.50"


async def test_a_payment_of_an_adopted_invoice_is_adopted_with_it(tmp_path: Path) -> None:
    """What was paid before and after the adoption shows on the invoice in the ledger."""
    async with scene(tmp_path) as stage:
        engagement = stage.engagement
        await engagement.set_up()
        await engagement.at(LATE_OCTOBER)
        number = await stage.clerks.invoice("erp-a", FIRST_DAYS)
        await stage.clerks.pay("erp-a", FIRST_DAYS, number, "960")

        async def partly() -> Finding | None:
            items = await _findings(stage)
            return items[0] if items and items[0].payments else None

        finding = await until(partly, "the payment on the finding")
        words = {"reason": "agreed", "sources": {**OCTOBER, "time_entries": ENTRIES}}
        await _say(stage, "finance", finding, "adoption", **words)
        part = await engagement.invoice(InvoiceStage.PARTIALLY_PAID)
        await stage.clerks.pay("erp-a", FIRST_DAYS, number, "8000")
        paid = await engagement.invoice(InvoiceStage.PAID)

    assert [each.amount.amount for each in finding.payments] == ["960.00"]
    assert part.paid is not None
    assert (part.number, part.paid.amount) == (number, "960.00")
    assert paid.paid == paid.expected


async def test_a_milestone_invoiced_by_hand_is_never_invoiced_again(tmp_path: Path) -> None:
    """The whole period is adopted with its milestone and tax; on its day nothing falls due."""
    wish = KeyedInvoice(
        project="P-2001",
        entity="NWA-DE",
        customer="CUST-1002",
        currency="EUR",
        on=date(2026, 10, 28),
        lines=(KeyedLine(None, "1", "36000", kind="milestone", description="M1"),),
        tax_code="S",
        tax_rate="0.19",
    )
    async with scene(tmp_path, project="P-2001") as stage:
        await stage.engagement.set_up()
        number = await stage.clerks.invoice("erp-a", wish)
        finding = await _found(stage)
        words = {"reason": "M1", "sources": {**OCTOBER, "whole_period": True}}
        adopted, _ = await _say(stage, "finance", finding, "adoption", **words)
        await stage.engagement.at(EVENING)
        await stage.settled()
        seen = (await stage.people.read("finance", INVOICES, InvoicePage)).items
        path = "/process/project-to-cash/v1/billing-events"
        planned = (await stage.people.read("finance", path, BillingEventList)).items

    assert adopted.status == 200, adopted.body
    [first] = [each for each in planned if each.milestone == "M1"]
    assert first.status is EventStatus.INVOICED
    [only] = [each for each in seen if each.project_number == "P-2001"]
    assert (only.number, only.expected.amount, only.stage) == (
        number,
        "42840.00",
        InvoiceStage.POSTED,
    )
    assert [(each.kind, each.milestone) for each in only.lines] == [("milestone", "M1")]


async def test_a_project_opened_by_hand_is_adopted_and_never_set_up_twice(tmp_path: Path) -> None:
    """Its manager adopts it once its books are there; from then on its months are planned."""
    async with scene(tmp_path, serving=False) as stage:
        await stage.clerks.open_project("psa", PROJECT)
        await stage.gateway.start()
        finding = await _found(stage, "U-PM1")
        early, _ = await _say(stage, "U-PM1", finding, "adoption", reason="it is ours")
        await stage.clerks.open_job("erp-a", PROJECT, "CUST-1001")
        adopted, seen = await _say(stage, "U-PM1", finding, "adoption", reason="it is ours")
        await stage.engagement.at(MORNING)
        event = await stage.engagement.readiness()
        counts = await stage.counts()

    assert (finding.kind, finding.role) == (FindingKind.PROJECT, "project_manager")
    assert (early.status, b"LEDGER_PROJECT_MISSING" in early.body) == (409, True)
    assert (adopted.status, seen.status) == (200, FindingStatus.ADOPTED)
    assert event.period_start == date(2026, 10, 1)
    assert (counts.projects, counts.ledger_projects) == (1, 1)


async def test_an_invoice_of_another_company_is_nobody_elses_finding(tmp_path: Path) -> None:
    """Who does not act for the company is told that there is no such finding."""
    async with scene(tmp_path) as stage:
        await stage.engagement.set_up()
        await stage.clerks.invoice("erp-a", FIRST_DAYS)
        finding = await _found(stage)
        path = f"{FINDINGS}/{finding.id}"
        other = await stage.people.call("finance", "GET", path, entity="HAL-UK")
        listed = await stage.people.call("finance", "GET", FINDINGS, entity="HAL-UK")

    assert other.status == 404
    assert msgspec.json.decode(listed.body, type=FindingList).items == []
