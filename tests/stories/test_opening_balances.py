"""A running project is taken over with what was billed of it, and billed on from there."""

import json
from pathlib import Path

import msgspec

from process_apis.adoption.balances import ImportReport, Outcome
from process_apis.project_to_cash.records import EventStatus
from tests.gateway.every_command import Deaths
from tests.stories.engagement import EVENING, MORNING, Scene, scene
from tests.stories.people import Answer
from tests.stories.running_project import ENTRIES, firm_with_order, run_by_hand

LATE_OCTOBER = "2026-10-30T08:00:00Z"


def _usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def _invoices(number: str) -> list[dict[str, object]]:
    """Return the invoices from before Strata, as finance lists them."""
    return [
        {
            "number": "INV-US-0901",
            "net": _usd("22600.00"),
            "period_start": "2026-09-01",
            "period_end": "2026-09-30",
            "difference": "the hours of September were never in the PSA",
        },
        {
            "number": number,
            "net": _usd("8960.00"),
            "period_start": "2026-10-01",
            "period_end": "2026-10-07",
            "time_entries": ENTRIES,
        },
    ]


def _book(number: str, remaining: str = "46040.00") -> dict[str, list[dict[str, object]]]:
    """Return the opening balance as finance writes it down."""
    project = {
        "project_number": "P-1001",
        "contract_number": "CT-1001",
        "billed_to_date": _usd("31560.00"),
        "invoices": _invoices(number),
        "purchase_orders": [{"number": "PO-77812", "remaining": _usd(remaining)}],
    }
    return {"projects": [project]}


async def _imported(stage: Scene, book: object, *options: str) -> tuple[int, ImportReport]:
    path = stage.gateway.data_dir / "opening.json"
    path.write_text(json.dumps(book))
    code, said = await stage.gateway.run("import", str(path), "--json", *options)
    lines = [each for each in said.splitlines() if each.startswith('{"dry_run"')]
    assert lines, said
    return code, msgspec.json.decode(lines[0], type=ImportReport)


async def test_an_imported_project_is_billed_for_the_rest_alone(tmp_path: Path) -> None:
    """What was invoiced by hand is not billed again, fills the cap and uses up the order."""
    firm = firm_with_order(tmp_path / "firm", "55000.00")
    async with scene(tmp_path, firm=firm, serving=False) as stage:
        number = await run_by_hand(stage.clerks)
        await stage.gateway.start()
        await stage.engagement.at(LATE_OCTOBER)
        dry = await _imported(stage, _book(number))
        applied = await _imported(stage, _book(number), "--apply")
        again = await _imported(stage, _book(number), "--apply")
        in_crm = await _client(stage, "/system/crm/v2/clients?number=CL-1")
        in_erp = await _client(stage, "/system/erp/v1/clients?number=CUST-1001")
        await stage.engagement.at(MORNING)
        await stage.engagement.at(EVENING)
        await stage.engagement.approve("finance", "over the cap")
        blocked = await stage.engagement.blocked_only_by("B03")
        findings = (await stage.people.call("finance", "GET", "/process/adoption/v1/findings")).body

    assert [code for code, _ in (dry, applied, again)] == [0, 0, 0]
    assert [report.projects[0].outcome for _, report in (dry, applied, again)] == [
        Outcome.WOULD_IMPORT,
        Outcome.IMPORTED,
        Outcome.UNCHANGED,
    ]
    assert dry[1].projects[0].writes == applied[1].projects[0].writes
    assert in_erp == in_crm
    assert blocked.status is EventStatus.BLOCKED
    assert [each.reason for each in blocked.blockers] == ["PO_EXHAUSTED"]
    assert blocked.amount_expected is not None
    assert blocked.amount_expected.amount == "49680.50"
    assert json.loads(findings)["items"] == []


async def test_what_does_not_agree_with_the_systems_is_named_and_nothing_is_written(
    tmp_path: Path,
) -> None:
    """Each conflict says where it is and what to do; a project is taken over whole or not."""
    firm = firm_with_order(tmp_path / "firm", "55000.00")
    async with scene(tmp_path, firm=firm, serving=False) as stage:
        number = await run_by_hand(stage.clerks)
        await stage.gateway.start()
        await stage.engagement.at(LATE_OCTOBER)
        wrong_net = _changed(number, {"net": _usd("9000.00")}, "31600.00")
        other_sources = _changed(number, {"time_entries": ENTRIES[1:]})
        unlisted = _book(number)
        unlisted["projects"][0]["invoices"] = _invoices(number)[:1]
        reports = [
            (await _imported(stage, book, "--apply"))
            for book in (
                _book(number, remaining="46041.00"),
                wrong_net,
                other_sources,
                unlisted,
                _changed(number, {"number": "INV-US-9999"}),
            )
        ]
        stranger = _book(number)
        stranger["projects"][0]["contract_number"] = "CT-9"
        unknown = await _imported(stage, stranger, "--apply")
        projects = await stage.people.call("finance", "GET", "/experience/delivery/v1/projects")

    codes = [
        [(each.code, each.at) for each in report.projects[0].obstacles] for _, report in reports
    ]
    assert [code for code, _ in (*reports, unknown)] == [1] * 6
    assert codes == [
        [("ORDER_REMAINDER_MISMATCH", "/purchase_orders/0/remaining")],
        [("SUM_MISMATCH", "/invoices/1/net")],
        [("SOURCES_DIFFER", "/invoices/1")],
        [("SUM_MISMATCH", "/billed_to_date"), ("INVOICE_NOT_LISTED", "/invoices")],
        [("INVOICE_NOT_FOUND", "/invoices/1/number"), ("INVOICE_NOT_LISTED", "/invoices")],
    ]
    assert [each.code for each in unknown[1].projects[0].obstacles] == ["UNKNOWN_CONTRACT"]
    assert b'"P-1001"' not in projects.body


async def test_id_09_an_import_that_died_is_reported_as_it_was(tmp_path: Path) -> None:
    """Under its key it is told as done, and under another that nothing is left to do."""
    firm = firm_with_order(tmp_path / "firm", "55000.00")
    async with scene(tmp_path, firm=firm, serving=False) as stage:
        book = _book(await run_by_hand(stage.clerks))
        await stage.gateway.start()
        await stage.engagement.at(LATE_OCTOBER)
        deaths = Deaths(stage.gateway.data_dir)
        with deaths.of("import-1"):
            first = await _sent(stage, book, "import-1")
        deaths.end()
        again = await _sent(stage, book, "import-1")
        other = await _sent(stage, book, "import-2")

    assert first.read(ImportReport).projects[0].outcome is Outcome.IMPORTED
    assert (again.status, again.body) == (first.status, first.body)
    assert "Idempotency-Replayed" not in again.headers
    assert other.read(ImportReport).projects[0].outcome is Outcome.UNCHANGED


async def _sent(stage: Scene, book: object, key: str) -> Answer:
    path = "/process/adoption/v1/imports?dry_run=false"
    return await stage.people.call("finance", "POST", path, book, Idempotency_Key=key)


async def test_who_may_not_import_is_told_so(tmp_path: Path) -> None:
    """A project manager's token opens no import, and another company's contract is unknown."""
    async with scene(tmp_path) as stage:
        path = "/process/adoption/v1/imports"
        manager = await stage.people.call("U-PM1", "POST", path, _book("INV-1"))
        other = await stage.people.call("finance", "POST", path, _book("INV-1"), entity="HAL-UK")

    report = msgspec.json.decode(other.body, type=ImportReport)
    assert manager.status == 403
    assert [each.code for each in report.projects[0].obstacles] == ["UNKNOWN_CONTRACT"]


def _changed(number: str, change: dict[str, object], total: str = "31560.00") -> dict[str, object]:
    """Return the opening balance with its second invoice told otherwise."""
    book = json.loads(json.dumps(_book(number)))
    book["projects"][0]["invoices"][1] |= change
    book["projects"][0]["billed_to_date"] = _usd(total)
    changed: dict[str, object] = book
    return changed


async def _client(stage: Scene, path: str) -> str:
    body = (await stage.people.call("finance", "GET", path)).body
    return str(json.loads(body)["items"][0]["id"])
