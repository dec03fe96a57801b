"""A running project is taken over with what was billed of it, and billed on from there."""

import json
from pathlib import Path

import msgspec

from process_apis.adoption.records import ImportReport, Outcome
from process_apis.project_to_cash.records import EventStatus
from tests.stories.engagement import EVENING, MORNING, Scene, scene
from tests.stories.running_project import ENTRIES, firm_with_order, run_by_hand

LATE_OCTOBER = "2026-10-30T08:00:00Z"


def _usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": "USD"}


def _book(number: str, remaining: str = "46040.00") -> dict[str, object]:
    """Return the opening balance as finance writes it down."""
    september = {
        "number": "INV-US-0901",
        "net": _usd("22600.00"),
        "period_start": "2026-09-01",
        "period_end": "2026-09-30",
        "difference": "the hours of September were never in the PSA",
    }
    october = {
        "number": number,
        "net": _usd("8960.00"),
        "period_start": "2026-10-01",
        "period_end": "2026-10-07",
        "time_entries": ENTRIES,
    }
    project = {
        "project_number": "P-1001",
        "contract_number": "CT-1001",
        "billed_to_date": _usd("31560.00"),
        "invoices": [september, october],
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
    assert blocked.status is EventStatus.BLOCKED
    assert [each.reason for each in blocked.blockers] == ["PO_EXHAUSTED"]
    assert blocked.amount_expected is not None
    assert blocked.amount_expected.amount == "49680.50"
    assert json.loads(findings) == {"items": []}
