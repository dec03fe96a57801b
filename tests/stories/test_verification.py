"""What must always hold is seen to break, and every number is explained, on live data."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from msgspec import Struct

from experience_apis.executive.reasons import FigureName
from process_apis.explanations.tree import Explanation, does_not_add_up
from process_apis.verification.records import VerificationReport
from process_apis.verification.table import INVARIANTS
from system_apis.canonical.money import Money
from tests.stories.engagement import Scene, scene
from tests.stories.people import until
from tests.stories.tampering import Tampering, tampered

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("verification")]
REPORTS = "/process/verification/v1/reports"
OURS, BOOKS = "data/strata.sqlite", "sandbox/erp-a.sqlite"
BREAKS = {
    "I1": Tampering(
        BOOKS,
        "records",
        "UPDATE records SET body = CAST(replace(CAST(body AS TEXT), 'otal\":\"58640.50',"
        " 'otal\":\"58641.50') AS BLOB) WHERE type = 'invoice'"
        " AND CAST(body AS TEXT) LIKE '%' || :number || '%'",
    ),
    "I2": Tampering(
        BOOKS,
        "records",
        "INSERT INTO records SELECT NULL, type, '9999', version, CAST(replace(replace("
        'CAST(body AS TEXT), \'"id":"\' || id, \'"id":"9999\'), :number, :following) AS BLOB),'
        " updated_at FROM records WHERE type = 'invoice'"
        " AND CAST(body AS TEXT) LIKE '%' || :number || '%'",
    ),
    "I3": Tampering(OURS, "effects", "DELETE FROM effects WHERE operation = 'create_invoice'"),
    "I4": Tampering(
        OURS,
        "revenue_entries",
        "INSERT INTO revenue_entries SELECT project_number, month, 9, legal_entity, record"
        " FROM revenue_entries WHERE sequence = 1 ORDER BY month LIMIT 1",
    ),
    "I5": Tampering(
        OURS,
        "billing_allocations",
        "UPDATE billing_allocations SET amount = '1.00' WHERE id = 1",
    ),
    "I6": Tampering(
        OURS,
        "idempotency_keys",
        "UPDATE idempotency_keys SET until = until - 60 WHERE key = 'payment-1'",
    ),
    "I7": Tampering(
        OURS,
        "client_invoices",
        "UPDATE client_invoices SET record = CAST(replace(CAST(record AS TEXT),"
        " '\"version\":1', '\"version\":2') AS BLOB)",
    ),
    "I8": Tampering(
        OURS,
        "approvals",
        "UPDATE approvals SET requested_by = decided_by WHERE question = 'invoice_amount'",
    ),
    "I9": Tampering(OURS, "audit", "DELETE FROM audit WHERE action = 'erp.create_invoice'"),
    "I10": Tampering(
        OURS,
        "approval_consents",
        "UPDATE approval_consents SET person = :seller WHERE role = 'finance'"
        " AND approval_id IN (SELECT id FROM approvals WHERE question = 'invoice_amount')",
    ),
    "I11": Tampering(
        OURS, "effects", "UPDATE effects SET attempts = 401 WHERE operation = 'create_invoice'"
    ),
    "I12": Tampering(
        OURS,
        "commands",
        "UPDATE commands SET status = 'parked', outcome = 'PERIOD_CLOSED' WHERE key LIKE 'post:%'",
    ),
    "I13": Tampering(
        BOOKS,
        "records",
        "UPDATE records SET body = CAST(replace(CAST(body AS TEXT), 'INV-US-0901', 'INV-US-0899')"
        " AS BLOB) WHERE type = 'invoice' AND CAST(body AS TEXT) LIKE '%INV-US-0901%'",
    ),
    "I14": Tampering(
        OURS,
        "effects",
        "UPDATE effects SET record_id = 'inv_00000000000000000000000000'"
        " WHERE operation = 'create_invoice'",
    ),
    "I15": Tampering(
        OURS,
        "billing_events",
        "UPDATE billing_events SET record = CAST(replace(CAST(record AS TEXT), 'NWA-US', 'NWA-DE')"
        " AS BLOB) WHERE status = 'invoiced'",
    ),
}


class _Run(Struct):
    key: str
    status: str


class Month(Struct, frozen=True):
    """An engagement that was carried to its payment, and where everything of it is kept."""

    stage: Scene
    folder: Path
    number: str

    async def report(self, who: str = "operator", **asked: str) -> VerificationReport:
        """Return what somebody is told of everything that must hold."""
        query = "&".join(f"{name}={said}" for name, said in asked.items())
        return await self.stage.people.read(who, f"{REPORTS}?{query}", VerificationReport)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def month(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Month]:
    """Carry one engagement to its payment and its revenue, and let everything come to rest."""
    folder = tmp_path_factory.mktemp("verified")
    async with scene(folder) as stage:
        await stage.engagement.drafted()
        await stage.engagement.approved_by_all()
        paid = await stage.engagement.paid()
        await _recognized(stage)
        await stage.settled()
        yield Month(stage, folder, paid.number or "")


async def _recognized(stage: Scene) -> None:
    """Book what the project earned in the month."""
    asked = {"project_number": "P-1001", "month": "2026-10"}
    path = "/process/revenue/v1/recognitions"

    async def booked() -> bool:
        answer = await stage.people.call("finance", "POST", path, asked, Idempotency_Key="rev-1")
        assert answer.status == 202, answer.body
        entries = await stage.people.call("finance", "GET", "/process/revenue/v1/entries")
        return b"P-1001" in entries.body

    await until(booked, "the revenue of P-1001")


async def test_nothing_is_earned_in_a_month_that_has_not_begun(month: Month) -> None:
    """What is asked for too early is refused, and nothing of it is booked."""
    early = {"project_number": "P-1001", "month": "2027-06"}
    path = "/process/revenue/v1"
    refused = await month.stage.people.call("finance", "POST", f"{path}/recognitions", early)
    entries = await month.stage.people.call("finance", "GET", f"{path}/entries?month=2027-06")

    assert (refused.status, b"2027-06 has not begun" in refused.body) == (409, True)
    assert b"P-1001" not in entries.body


async def test_everything_holds_of_an_engagement_that_was_carried_to_its_payment(
    month: Month,
) -> None:
    """Each invariant looked at something, and found nothing wrong."""
    report = await month.report()

    assert [each.invariant.id for each in report.verdicts] == [each.id for each in INVARIANTS]
    assert [each for each in report.verdicts if not each.holds] == []
    assert all(any(one.count for one in each.looked_at) for each in report.verdicts)
    assert (report.holds, report.whole) == (True, True)


@pytest.mark.parametrize("invariant", BREAKS)
async def test_what_is_broken_on_purpose_is_named_and_nothing_else(
    month: Month, invariant: str
) -> None:
    """The one that does not hold says which record broke it and where to look next."""
    series, _, last = month.number.rpartition("-")
    following = f"{series}-{int(last) + 1:0{len(last)}d}"
    seller = month.stage.people.firm.person("sales_operations")
    facts = {"number": month.number, "following": following, "seller": seller.id if seller else ""}
    with tampered(month.folder, BREAKS[invariant], **facts):
        report = await month.report()
    after = await month.report()

    broken = [each for each in report.verdicts if not each.holds]
    assert [each.invariant.id for each in broken] == [invariant]
    assert all(each.subject and each.reason and each.look_at for each in broken[0].breaks)
    assert (report.holds, after.holds) == (False, True)


async def test_every_invariant_is_seen_to_break() -> None:
    """None is on the list that nobody ever saw fail."""
    assert set(BREAKS) == {each.id for each in INVARIANTS}


async def test_the_command_says_what_holds_and_exits_by_it(month: Month) -> None:
    """0 when everything holds, 1 when something does not, 2 when nobody can be asked."""
    run = month.stage.gateway.run
    holds = await run("verify")
    with tampered(month.folder, BREAKS["I5"]):
        broken = await run("verify", "--only", "I5", "--only", "I9", "--json")
        other = await run("verify", "--only", "i9")
    stranger = await run("verify", "--as", "nobody")

    assert holds[0] == 0, holds[1]
    assert "Everything holds: 15 looked at, of HAL-UK, NWA-DE, NWA-US." in holds[1]
    assert broken[0] == 1
    told = msgspec.json.decode(broken[1].splitlines()[0], type=VerificationReport)
    assert [(each.invariant.id, each.holds) for each in told.verdicts] == [
        ("I5", False),
        ("I9", True),
    ]
    assert other[0] == 0
    assert stranger[0] == 2


async def test_a_company_and_a_period_narrow_what_is_looked_at(month: Month) -> None:
    """Of another company, or of another month, nothing of the engagement is looked at."""
    ours = await month.report(invariant="I1", legal_entity="NWA-US")
    other = await month.report(invariant="I1", legal_entity="NWA-DE")
    earlier = await month.report(invariant="I1", end="2026-09-30")

    assert [_posted(each) for each in (ours, other, earlier)] == [1, 0, 0]
    assert (ours.whole, other.legal_entities) == (False, ("NWA-DE",))


async def test_who_sees_one_company_is_told_of_no_other(month: Month) -> None:
    """Another company's name is a record that is not there, and what names none is left out."""
    people = month.stage.people
    alone = await people.call("finance", "GET", REPORTS, entity="NWA-DE")
    hidden = await people.call("finance", "GET", f"{REPORTS}?legal_entity=NWA-US", entity="NWA-DE")
    stranger = await people.call("project_manager", "GET", REPORTS)

    assert alone.read(VerificationReport).legal_entities == ("NWA-DE",)
    assert not alone.read(VerificationReport).whole
    assert b"P-1001" not in alone.body
    assert (hidden.status, stranger.status) == (404, 403)


def _posted(report: VerificationReport) -> int:
    [verdict] = report.verdicts
    return next(each.count for each in verdict.looked_at if each.what == "posted documents")


async def test_every_number_of_an_invoice_adds_up_and_rests_on_what_was_decided(
    month: Month,
) -> None:
    """Down to hours with their rate, and with approvals, steps, calls and entries beside it."""
    found = await _why(month, f"invoices/{month.number}")
    line = await _why(month, f"invoices/{month.number}?line=1")
    code, said = await month.stage.gateway.run("why", "invoice", month.number)

    whats = {each.what for each in found.nodes}
    assert found.nodes[0].amount == Money("58640.50", "USD")
    assert does_not_add_up(found.nodes) == []
    assert {"approvals", "workflow steps", "calls to systems", "audit entries"} <= whats
    assert {"invoice_content: approved", "invoice_amount: approved"} <= whats
    assert {"erp-a: create_invoice", "erp-a: post_invoice", "rules"} <= whats
    assert {"time entry TE-0001", "expense EX-1", "the cap of the contract"} <= whats
    assert line.nodes[0].amount == Money("16800.00", "USD")
    assert code == 0, said
    assert "      time entry TE-0001: 8, 2,240.00 USD (by E101; role Principal; " in said


async def test_revenue_is_explained_down_to_the_lines_that_bill_it(month: Month) -> None:
    """What was booked is what the month's work comes to."""
    found = await _why(month, "revenue/P-1001?month=2026-10")
    code, said = await month.stage.gateway.run("why", "revenue", "P-1001", "--period", "2026-10")

    assert found.nodes[0].amount == Money("58640.50", "USD")
    assert does_not_add_up(found.nodes) == []
    assert code == 0, said
    assert f"billed by invoice {month.number} line 1" in said


async def test_every_key_figure_is_explained_and_adds_up(month: Month) -> None:
    """Each says its formula; the figures of single people are for who may see them."""
    people = month.stage.people
    address = "/experience/executive/v1/explanations"
    days = "start=2026-10-01&end=2026-10-31"
    for name in FigureName:
        found = await people.read("cfo", f"{address}?figure={name}&{days}", Explanation)
        assert does_not_add_up(found.nodes) == [], name
        assert "formula" in {each.name for each in found.nodes[0].facts}
    shown = await people.call("cfo", "GET", f"{address}?figure=utilization&{days}")
    hidden = await people.call("finance", "GET", f"{address}?figure=utilization&{days}")
    unknown = await people.call("cfo", "GET", f"{address}?figure=luck&{days}")

    assert b"of E101" in shown.body
    assert b"E101" not in hidden.body
    assert unknown.status == 400


async def test_what_is_not_yours_is_explained_as_what_is_not_there(month: Month) -> None:
    """Another company's invoice and revenue are 404, and so is a line that there is not."""
    people, base = month.stage.people, "/experience/finance/v1/explanations"

    async def status(path: str, who: str = "finance", entity: str = "NWA-US") -> int:
        return (await people.call(who, "GET", f"{base}/{path}", entity=entity)).status

    assert await status(f"invoices/{month.number}") == 200
    assert await status(f"invoices/{month.number}", entity="NWA-DE") == 404
    assert await status("revenue/P-1001?month=2026-10", entity="NWA-DE") == 404
    assert await status("revenue/P-0?month=2026-10") == 404
    assert await status(f"invoices/{month.number}?line=99") == 404
    assert await status(f"invoices/{month.number}", who="project_manager") == 403


async def _why(month: Month, what: str) -> Explanation:
    """Return why something is what it is, as finance is told."""
    path = f"/experience/finance/v1/explanations/{what}"
    return await month.stage.people.read("finance", path, Explanation)
