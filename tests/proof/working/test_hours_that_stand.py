"""Of hours that were corrected, one version counts beside the others of a day: the last."""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from process_apis.approvals.requests import Decision
from process_apis.errors import NothingTaken
from process_apis.events.time_and_expense import WorkHandedIn
from process_apis.time_and_expense.records import EntryWish, HandedIn, RowStatus
from tests.faults.changed_project import COMPANY
from tests.faults.cutting import Carried
from tests.proof.working.worked_month import WorkedMonth, worked_month


@pytest_asyncio.fixture
async def month(tmp_path: Path) -> AsyncIterator[WorkedMonth]:
    """A German November: no day has more than ten hours."""
    async with worked_month(tmp_path) as found:
        yield found


def hours(number: str, lasting: str, follows: int = 0) -> EntryWish:
    """Return hours of the ninth, as they are handed in on the tenth."""
    return EntryWish(
        number=number,
        employee="E202",
        project_number="P-2001",
        work_date=date(2026, 11, 9),
        hours=Decimal(lasting),
        follows=follows,
    )


async def waits(month: WorkedMonth, wish: EntryWish) -> HandedIn:
    """Hand hours in, until the project manager is asked about them."""
    row = await month.corrected(wish)
    event = WorkHandedIn(row_id=row.id, version=row.version, legal_entity=COMPANY)
    await Carried(month).done(event)
    return row


async def approved(month: WorkedMonth, wish: EntryWish) -> None:
    """Hand hours in, and have them approved."""
    await waits(month, wish)
    [asked] = await month.asked("U-PM2")
    for follows in await month.answered(asked, Decision.APPROVE, by="U-PM2"):
        await Carried(month).done(follows)


def codes(row: HandedIn) -> list[str]:
    """Return what was found about hours."""
    return [each.code for each in row.findings]


async def test_hours_that_were_struck_out_shorten_no_day(month: WorkedMonth) -> None:
    """Eight hours were six, and should be eleven now: the law allows ten."""
    await approved(month, hours("T-1", "8"))
    await approved(month, hours("T-1", "6", follows=1))
    with pytest.raises(NothingTaken) as told:
        await month.corrected(hours("T-1", "11", follows=2))

    assert [each.pointer for each in told.value.parts] == ["/rows/0/hours"]


async def test_a_version_that_waits_counts_instead_of_the_one_before(month: WorkedMonth) -> None:
    """Eight hours are to be four: with another four it is a day of eight."""
    await approved(month, hours("T-1", "8"))
    await waits(month, hours("T-1", "4", follows=1))
    row = await month.handed_in(hours("T-2", "3"), by="E202")

    assert (row.status, codes(row)) == (RowStatus.SUBMITTED, [])


async def test_what_was_struck_out_is_no_twin(month: WorkedMonth) -> None:
    """Four hours were two; another four of the same work are handed in once."""
    await approved(month, hours("T-1", "4"))
    await approved(month, hours("T-1", "2", follows=1))
    row = await month.handed_in(hours("T-2", "4"), by="E202")

    assert (row.status, codes(row)) == (RowStatus.SUBMITTED, [])
