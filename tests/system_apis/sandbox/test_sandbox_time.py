"""The sandbox firm's systems know what had arrived by the business time, and no more."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from system_apis.canonical.contracts import Contract
from system_apis.canonical.sales import Opportunity, Stage
from system_apis.canonical.time import EntryStatus, ExpenseLine, TimeEntry
from tests.system_apis.sandbox.house import NORTHWIND, House, house_of

FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)


@pytest.fixture
async def early(tmp_path: Path) -> AsyncIterator[House]:
    """Run Northwind's systems before any of its story has happened."""
    async with house_of(NORTHWIND, tmp_path) as opened:
        await opened.at("2026-08-01T00:00:00Z")
        yield opened


async def _sale(house: House, number: str) -> Opportunity:
    return (await house.crm().opportunities(number=number)).items[0]


async def _contract(house: House, number: str) -> Contract:
    return (await house.contracts().contracts(number=number)).items[0]


async def _hours(house: House, project: str) -> list[TimeEntry]:
    psa = house.psa()
    return (await psa.time_entries(project_number=project, start=FIRST, end=LAST)).items


async def _spent(house: House, project: str) -> dict[str, ExpenseLine]:
    psa = house.psa()
    page = await psa.expense_lines(project_number=project, start=FIRST, end=LAST)
    return {each.number: each for each in page.items}


async def test_a_sale_is_open_until_the_moment_it_was_won(early: House) -> None:
    """The CRM does not know of a win beforehand."""
    before = await _sale(early, "OPP-42")
    await early.at("2026-10-05T09:00:00Z")
    after = await _sale(early, "OPP-42")

    assert (before.stage, before.closed_won_at) == (Stage.OPEN, None)
    assert after.stage is Stage.CLOSED_WON
    assert after.closed_won_at is not None
    assert after.version > before.version


async def test_a_contract_is_signed_when_it_was_signed(early: House) -> None:
    """Before, it has neither signature nor document."""
    before = await _contract(early, "CT-4201")
    await early.at("2026-10-02T16:00:00Z")
    after = await _contract(early, "CT-4201")

    assert (before.signed_at, before.document_hash) == (None, None)
    assert after.signed_at is not None
    assert after.document_hash is not None


async def test_a_purchase_order_is_there_once_it_arrived(early: House) -> None:
    """The contract waits for it until then."""
    await early.at("2026-10-31T14:59:00Z")
    before = await _contract(early, "CT-1001")
    await early.at("2026-10-31T15:00:00Z")
    after = await _contract(early, "CT-1001")

    assert before.purchase_orders == ()
    assert [order.number for order in after.purchase_orders] == ["PO-77812"]


async def test_the_evidence_of_a_milestone_is_there_once_it_arrived(early: House) -> None:
    """The others still wait for theirs."""

    async def proven() -> list[bool]:
        url = f"{early.address.of('contracts')}/api/v2/agreements"
        async with early.session.get(url, params={"agreementNumber": "CT-2001"}) as reply:
            [agreement] = (await reply.json())["agreements"]
        return [each["evidence"] is not None for each in agreement["deliverables"]]

    await early.at("2026-10-30T13:59:00Z")
    before = await proven()
    await early.at("2026-10-30T14:00:00Z")

    assert (before, await proven()) == ([False] * 3, [True, False, False])


async def test_the_opening_balance_ends_where_the_month_begins(house: House) -> None:
    """What was billed before Strata is billed until the day before the period."""
    contract = await _contract(house, "CT-1001")

    assert contract.billed_to_date is not None
    assert contract.billed_to_date.amount == "22600.00"
    assert contract.billed_until == date(2026, 9, 30)


async def test_hours_show_on_their_day(early: House) -> None:
    """Nobody has worked tomorrow, and those of a month's last day are billed with the month."""
    await early.at("2026-09-30T23:59:59Z")
    before = await _hours(early, "P-1001")
    await early.at("2026-10-01T08:00:00Z")
    after = await _hours(early, "P-1001")

    assert before == []
    assert {entry.work_date for entry in after} == {FIRST}


async def test_a_judged_entry_is_held_until_it_was_rejected(early: House) -> None:
    """Both are seen, each in its time."""
    await early.at("2026-10-29T09:59:00Z")
    before = {entry.number: entry.status for entry in await _hours(early, "P-1001")}
    await early.at("2026-10-29T10:00:00Z")
    after = {entry.number: entry.status for entry in await _hours(early, "P-1001")}

    assert (before["TX-2"], after["TX-2"]) == (EntryStatus.HELD, EntryStatus.REJECTED)
    assert "TX-1" not in after  # was refused when it was entered


async def test_the_psa_refuses_a_repeated_receipt_and_a_meal_that_a_per_diem_paid(
    house: House,
) -> None:
    """What fails the entry check never reaches the books; what a person judged is rejected."""
    spent = await _spent(house, "P-1001")

    assert set(spent) == {"EX-1", "EX-2", "EX-3", "EX-4", "EX-5"}
    assert spent["EX-5"].status is EntryStatus.REJECTED
    assert {spent[f"EX-{n}"].status for n in (1, 2, 3, 4)} == {EntryStatus.APPROVED}
    assert spent["EX-2"].amount.amount == "578.00"


async def test_a_week_is_owed_until_it_is_handed_in(early: House) -> None:
    """People who are assigned to a project owe the weeks of their assignment."""
    psa = early.psa()
    await early.at("2026-10-09T23:59:59Z")
    before = await psa.timesheets(project_number="P-1001", start=FIRST, end=LAST)
    await early.at("2026-10-10T00:00:00Z")
    after = await psa.timesheets(project_number="P-1001", start=FIRST, end=LAST)

    assert {week.employee for week in before} == {"E101", "E102", "E103"}
    assert {week.week_start for week in before} == {date(2026, 10, 5)}  # no later week has begun
    assert [week.submitted for week in before if week.employee == "E101"] == [False]
    assert [week.submitted for week in after if week.employee == "E101"] == [True]


async def test_an_earlier_invoice_is_paid_on_the_day_of_its_payment(early: House) -> None:
    """Payments that the demo plays are no facts of the ERP."""
    await early.at("2026-10-31T00:00:00Z")
    [before] = (await early.erp().invoices(number="INV-US-0901")).items
    await early.at("2026-11-04T00:00:00Z")
    [after] = (await early.erp().invoices(number="INV-US-0901")).items

    assert (before.paid.amount, after.paid.amount) == ("0.00", "22600.00")
    assert len((await early.erp().payments()).items) == 1


async def test_a_fact_is_in_the_change_feed_once_it_is_to_be_seen(early: House) -> None:
    """Who follows the feed learns of each fact, and of each only once."""
    crm = early.crm()
    seen = (await crm.changes(after=0)).items
    await early.at("2026-10-05T09:00:00Z")
    fresh = (await crm.changes(after=seen[-1].sequence)).items
    sale = await _sale(early, "OPP-42")

    assert [change.sequence for change in seen + fresh] == sorted(
        {change.sequence for change in seen + fresh}
    )
    assert (fresh[-1].record_type, fresh[-1].id, fresh[-1].version) == (
        "opportunity",
        sale.id,
        sale.version,
    )
    assert (await crm.changes(after=fresh[-1].sequence)).items == []


async def test_facts_stay_where_they_are_when_the_sandbox_is_started_again(tmp_path: Path) -> None:
    """Stores, sequence numbers and the business time outlive a restart."""
    async with house_of(NORTHWIND, tmp_path) as first:
        await first.at("2026-09-01T00:00:00Z")
        told = (await first.contracts().changes(after=0)).items
        digest = await first.ask("digest")
    async with house_of(NORTHWIND, tmp_path) as second:
        again = (await second.contracts().changes(after=0)).items

        assert again == told
        assert await second.ask("digest") == digest


async def test_a_new_sandbox_begins_when_it_is_told_to_and_never_again(tmp_path: Path) -> None:
    """Whoever reads before the clock is set sees nothing of the future."""
    october = datetime(2026, 10, 1, tzinfo=UTC)
    async with house_of(NORTHWIND, tmp_path, begins=october) as first:
        assert (await _sale(first, "OPP-42")).stage is Stage.OPEN
        await first.at("2026-10-06T00:00:00Z")
    async with house_of(NORTHWIND, tmp_path, begins=october) as second:
        assert (await _sale(second, "OPP-42")).stage is Stage.CLOSED_WON
