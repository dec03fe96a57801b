"""Beside people who work by hand: where we would have differed, and nothing is written."""

import json
import sqlite3
from contextlib import closing
from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec.structs import replace

from process_apis.shadow.records import Case, ShadowReport, Verdict
from tests.stories.clerks import KeyedInvoice, KeyedLine
from tests.stories.engagement import Scene, scene
from tests.stories.running_project import FIRST_DAYS, PROJECT, firm_with_order

OCTOBER = ("--from", "2026-10-01", "--to", "2026-10-31")
# Ben Cho's approved hours are 130; the clerk writes two more.
NOTED = {"api_usage", "lifecycle_notices", "cross_references", "feed_positions", "idempotency_keys"}


def _october(firm: Path, hours_too_many: str) -> KeyedInvoice:
    """Return October's invoice as a clerk writes it, with one person's hours wrong."""
    facts = json.loads((firm / "fixture.json").read_text())
    contract = facts["contracts"][0]
    roles = {each["id"]: each["role"] for each in facts["employees"]}
    hours: dict[str, Decimal] = {}
    for row in facts["time_entries"]:
        if row["project"] == contract["project"] and row["billable"]:
            hours[row["employee"]] = hours.get(row["employee"], Decimal(0)) + Decimal(row["hours"])
    hours["E102"] += Decimal(hours_too_many)
    lines = [
        KeyedLine(person, str(worked), contract["rates"][roles[person]])
        for person, worked in sorted(hours.items())
    ]
    lines.append(KeyedLine(None, "1", "-3800", kind="nte_adjustment"))
    lines.append(KeyedLine(None, "1", "1240.50", kind="expenses"))
    return replace(FIRST_DAYS, on=date(2026, 10, 31), lines=tuple(lines))


def _books(stage: Scene) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of our own books but of what only notes that something was read."""
    path = f"file:{stage.gateway.data_dir / 'strata.sqlite'}?mode=ro"
    with closing(sqlite3.connect(path, uri=True)) as books:
        tables = [
            name
            for (name,) in books.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if name not in NOTED
        ]
        return {name: books.execute(f"SELECT * FROM {name}").fetchall() for name in tables}  # noqa: S608  # our own names


async def _report(stage: Scene, process: str, *period: str) -> tuple[int, ShadowReport]:
    code, said = await stage.gateway.run(
        "shadow", "--process", process, *(period or OCTOBER), "--json"
    )
    return code, msgspec.json.decode(said.splitlines()[-1], type=ShadowReport)


def _of(report: ShadowReport, project: str) -> Case:
    return next(each for each in report.cases if each.project_number == project)


async def test_one_wrong_line_of_a_keyed_in_invoice_is_named_and_nothing_else(
    tmp_path: Path,
) -> None:
    """Two hours too many are told with the line, the amount and the reason; nothing is written."""
    firm = firm_with_order(tmp_path / "firm", "85000.00")
    async with scene(tmp_path, firm=firm, serving=False) as stage:
        await stage.clerks.open_project("psa", PROJECT)
        await stage.clerks.open_job("erp-a", PROJECT, "CUST-1001")
        await stage.gateway.start()
        await stage.engagement.at("2026-10-31T16:00:00Z")
        wish = _october(firm, "2")
        number = await stage.clerks.invoice("erp-a", replace(wish, due_on=date(2026, 11, 30)))
        await stage.settled()
        before, digest = _books(stage), await stage.operator.digest()
        code, report = await _report(stage, "project-to-cash")
        after, digest_after = _books(stage), await stage.operator.digest()

    case = _of(report, "P-1001")
    assert code == 1
    assert (case.verdict, case.documents) == (Verdict.DIFFERS, (number,))
    told = {each.field: each.amount.amount if each.amount else None for each in case.differences}
    assert told == {"line E102": "420.00", "net": "420.00", "gross": "420.00"}
    assert case.differences[0].reason == "another quantity (the approved hours or amounts)"
    assert case.ours is not None
    assert case.ours.amount == "58640.50"
    assert after == before
    assert digest_after == digest


async def test_a_project_that_was_opened_otherwise_is_told_field_by_field(tmp_path: Path) -> None:
    """Another manager and another last day than the contract's are named, each with its reason."""
    wrong = replace(PROJECT, lead="U-PM2", last=date(2027, 4, 30), title="Claims platform")
    async with scene(tmp_path, serving=False) as stage:
        await stage.clerks.open_project("psa", wrong)
        await stage.gateway.start()
        code, report = await _report(
            stage, "opportunity-to-project", "--from", "2026-08-01", "--to", "2026-08-31"
        )

    [case] = report.cases
    told = {each.field: (each.ours, each.theirs) for each in case.differences}
    assert code == 1
    assert case.verdict is Verdict.DIFFERS
    assert told["project_manager"] == ("U-PM1", "U-PM2")
    assert told["end"] == ("2027-03-31", "2027-04-30")
    assert {"name", "start", "currency", "client_number"} & told.keys() == set()
