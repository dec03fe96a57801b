"""The revenue ledger says what was earned, by entries that nobody edits."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from governance.access import acting_as
from governance.audit import Audit
from process_apis.revenue.books.differences import entries, to_book
from process_apis.revenue.books.entries import RevenueLedger
from process_apis.revenue.books.periods import Periods
from process_apis.revenue.figures.standing import standing
from process_apis.revenue.records import REVENUE, EntryKind, MonthEarned, RevenueEntry
from store.clock import wall_clock
from store.database import Store, metadata
from system_apis.errors import Refused
from tests.process_apis.ledger_house import CALLER
from tests.process_apis.revenue_facts import NOW, fixed, judged, month_earned, usd

STANDING = standing(judged(fixed()))
AMOUNTS = st.decimals("0", "12000", places=2)


class Books:
    """A revenue ledger and the months of a company."""

    def __init__(self, store: Store, folder: Path) -> None:
        audit = Audit(store, wall_clock, folder / "heads.jsonl")
        self.audit = audit
        self.ledger = RevenueLedger(store, audit, lambda: NOW)
        self.periods = Periods(store, audit, lambda: NOW)

    async def book(self, meant: MonthEarned) -> list[tuple[str, str]]:
        """Book a month, and return its entries by kind."""
        seen = replace(STANDING, month=meant.month, legal_entity="US", recognized=meant.earned)
        booked = await self.ledger.book(meant, seen)
        return [(each.kind, each.amount.amount) for each in booked.entries]


@pytest.fixture
async def books(tmp_path: Path) -> AsyncIterator[Books]:
    store = Store(tmp_path / "strata.sqlite")
    metadata.create_all(store.engine)
    with acting_as(CALLER):
        yield Books(store, tmp_path)
    store.close()


async def test_what_was_earned_is_booked_once_however_often_it_is_said(books: Books) -> None:
    """A repeated look books nothing more."""
    first = await books.book(month_earned("3000"))
    again = await books.book(month_earned("3000"))

    assert first == again == [("recognized", "3000.00")]


async def test_a_correction_is_another_entry(books: Books) -> None:
    """The month comes to what it should, and its first entry stands as it was."""
    await books.book(month_earned("3000"))

    corrected = await books.book(month_earned("2900.50"))

    assert corrected == [("recognized", "3000.00"), ("recognized", "-99.50")]
    [_, last] = await books.ledger.of_project("P-1")
    assert last.cumulative == usd("2900.50")


async def test_what_was_earned_before_us_is_no_revenue_of_the_first_month(books: Books) -> None:
    """It is booked as the opening."""
    booked = await books.book(month_earned("5000", before="2000"))

    assert booked == [("opening", "2000.00"), ("recognized", "3000.00")]


async def test_a_closed_month_stays_and_the_next_trues_it_up(books: Books) -> None:
    """Hours of October that are approved in November are November's revenue."""
    await books.book(month_earned("3000"))
    await books.periods.close("US", "2026-10", reason=None, by=CALLER)

    october = await books.book(month_earned("3300"))
    november = await books.book(month_earned("4000", before="3300", month="2026-11"))

    assert october == [("recognized", "3000.00")]
    assert november == [("true_up", "300.00"), ("recognized", "700.00")]
    [seen] = await books.ledger.standings(entities=frozenset({"US"}), month="2026-10")
    assert seen.recognized == usd("3000")


async def test_a_month_that_was_opened_again_is_corrected_itself(books: Books) -> None:
    """And what stood for it in the next month is taken off again."""
    await books.book(month_earned("3000"))
    await books.periods.close("US", "2026-10", reason=None, by=CALLER)
    await books.book(month_earned("4000", before="3300", month="2026-11"))
    await books.periods.reopen("US", "2026-10", reason="hours were missing", by=CALLER)

    october = await books.book(month_earned("3300"))
    november = await books.book(month_earned("4000", before="3300", month="2026-11"))

    assert october == [("recognized", "3000.00"), ("recognized", "300.00")]
    assert november[2:] == [("true_up", "-300.00")]


async def test_a_loss_is_provided_for_beside_the_revenue(books: Books) -> None:
    """What the loss to come falls by is released in its month."""
    await books.book(month_earned("3000", provision=usd("800")))

    released = await books.book(
        month_earned("6000", before="3000", month="2026-11", provision=usd("500"))
    )

    assert released == [("recognized", "3000.00"), ("loss_provision", "-300.00")]


async def test_no_more_than_the_price_is_recognized(books: Books) -> None:
    """DQ-F9 stops it before anything is written."""
    with pytest.raises(Refused) as told:
        await books.book(month_earned("12000.01"))

    assert told.value.code == "DQ-F9"
    assert await books.ledger.of_project("P-1") == []


async def test_an_entry_has_its_amount_in_the_companys_own_currency(books: Books) -> None:
    """At the average rate of its month, which it names; without a rate there is none."""
    await books.book(month_earned("3000"))
    await books.book(month_earned("4000", before="3000", month="2026-11", rate=None))

    [october, november] = await books.ledger.of_project("P-1")
    assert october.functional is not None
    assert october.functional.amount.amount == "1500.00"
    assert october.functional.at.rate_type == "month_avg"
    assert november.functional is None


async def test_every_entry_and_every_turn_of_a_month_is_in_the_audit(books: Books) -> None:
    """Who closed and opened a month again, and why; a repeated wish is told once."""
    await books.book(month_earned("3000"))
    for _ in range(2):
        await books.periods.close("US", "2026-10", reason="late bills", by=CALLER)
    reopened = await books.periods.reopen("US", "2026-10", reason="an error", by=CALLER)

    told = [(each.action, each.reason) for each in await books.audit.records()]
    assert told == [
        ("revenue.recognized", "P-1 2026-10"),
        ("period.closed", "late bills"),
        ("period.reopened", "an error"),
    ]
    assert (reopened.version, reopened.changed_by) == (2, "tests")


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS), max_size=8))
def test_the_entries_always_add_up_to_what_was_earned(said: list[tuple[object, object]]) -> None:
    """Whatever was said of October and November, in whatever order, the books come to it."""
    known: list[RevenueEntry] = []
    for october, november in said:
        first = month_earned(str(october))
        known += entries(first, known, by="tests", at=NOW)
        second = month_earned(str(november), before=str(october), month="2026-11")
        known += entries(second, known, by="tests", at=NOW)

        booked = [each.amount for each in known if each.kind in REVENUE]
        assert sum(booked, start=usd("0")) == second.earned
        assert to_book(second, known) == {}
    assert len({each.id for each in known}) == len(known)
    assert {each.kind for each in known} <= {EntryKind.RECOGNIZED, EntryKind.TRUE_UP}
