"""The readiness board: what waits is never lost from it, and what is settled leaves it in time."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from experience_apis.finance.board import Days, on_board, settled_since
from governance.access import acting_as
from process_apis.project_to_cash.records import GIVEN_UP, BillingEvent, EventStatus
from tests.process_apis.asked_store import Asked
from tests.process_apis.billing_facts import billing_event, id_of
from tests.process_apis.ledger_house import CALLER
from tests.stores import empty_store

US, TODAY = frozenset({"US"}), date(2026, 11, 2)
AS_USUAL = Days(None, None)
LONG_AGO, JUST_OFF, JUST_ON = date(2021, 3, 31), date(2026, 8, 31), date(2026, 9, 1)


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    """Open an empty ledger that writes down what it is asked."""
    store = empty_store(tmp_path / "strata.sqlite")
    yield Asked(store)
    store.close()


async def _plan(asked: Asked, *events: tuple[date, EventStatus]) -> list[BillingEvent]:
    """Write events as they stand, each planned for a day."""
    planned = [
        replace(
            billing_event(),
            id=id_of("be", on.toordinal()),
            planned_date=on,
            status=EventStatus(how),
        )
        for on, how in events
    ]
    with acting_as(CALLER):
        await asked.billing.plan(planned)
    asked.queries.clear()
    return planned


@pytest.mark.parametrize(
    "status",
    [EventStatus.PLANNED, EventStatus.BLOCKED, EventStatus.READY, EventStatus.RETURNED],
)
async def test_what_waits_is_on_the_board_however_old(asked: Asked, status: EventStatus) -> None:
    """Money that is held back for five years is still at risk."""
    planned = await _plan(asked, (LONG_AGO, status))

    assert await on_board(asked.billing, US, AS_USUAL, TODAY) == planned


@pytest.mark.parametrize(
    "status", [EventStatus.INVOICED, EventStatus.NOTHING_TO_BILL, *sorted(GIVEN_UP)]
)
async def test_what_is_settled_is_shown_this_month_and_the_two_before(
    asked: Asked, status: EventStatus
) -> None:
    """In November: September, October, November, and what was settled ahead of its day."""
    ahead = TODAY + timedelta(days=60)
    _, on, later = await _plan(asked, (JUST_OFF, status), (JUST_ON, status), (ahead, status))

    assert await on_board(asked.billing, US, AS_USUAL, TODAY) == [on, later]


async def test_named_days_show_what_was_planned_on_them_settled_or_not(asked: Asked) -> None:
    """An auditor asks for a month of years ago, and gets that month."""
    settled, waits, after = await _plan(
        asked,
        (LONG_AGO, EventStatus.INVOICED),
        (LONG_AGO + timedelta(days=1), EventStatus.BLOCKED),
        (LONG_AGO + timedelta(days=2), EventStatus.INVOICED),
    )
    of_days = Days(LONG_AGO, waits.planned_date)

    assert await on_board(asked.billing, US, of_days, TODAY) == [settled, waits]
    assert await on_board(asked.billing, US, Days(after.planned_date, None), TODAY) == [after]
    assert await on_board(asked.billing, US, Days(None, LONG_AGO), TODAY) == [settled]


async def test_the_board_reads_as_many_records_after_years_as_after_months(asked: Asked) -> None:
    """What is settled of other months is not even read."""
    waits = (LONG_AGO, EventStatus.BLOCKED)
    months = [(date(2026, month, 28), EventStatus.INVOICED) for month in (8, 9, 10)]
    await _plan(asked, waits, *months)
    await on_board(asked.billing, US, AS_USUAL, TODAY)
    after_months, ways = await asked.records(), await asked.ways()
    years = [(date(1990 + each, 1, 31), EventStatus.INVOICED) for each in range(30)]
    await _plan(asked, *years)
    await on_board(asked.billing, US, AS_USUAL, TODAY)

    assert (after_months, await asked.records()) == (3, 3)
    assert ways == {"billing_events_due"}


async def test_what_is_settled_while_the_board_is_read_is_on_it_once(asked: Asked) -> None:
    """All of the board is one question, so that nothing changes between two."""
    planned = await _plan(asked, (LONG_AGO, EventStatus.READY), (JUST_ON, EventStatus.INVOICED))

    assert await on_board(asked.billing, US, AS_USUAL, TODAY) == planned
    assert len(asked.queries) == 1


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 11, 30), date(2026, 9, 1)),
        (date(2027, 1, 1), date(2026, 11, 1)),
        (date(2027, 2, 28), date(2026, 12, 1)),
        (date(2027, 3, 1), date(2027, 1, 1)),
    ],
)
def test_the_months_are_whole_ones_also_across_a_year(today: date, first: date) -> None:
    """From the first of the month before the last."""
    assert settled_since(today) == first


def test_days_that_end_before_they_start_are_refused() -> None:
    """Whoever asked is told what to change."""
    with pytest.raises(ValueError, match="exchange start and end"):
        Days(TODAY, LONG_AGO)
