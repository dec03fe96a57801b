"""Of years of bills and accruals what is asked for is read, and what is found is the same."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from governance.access import Caller, acting_as
from process_apis.procure_to_pay import names
from process_apis.procure_to_pay.bills import rules
from process_apis.procure_to_pay.papers import PurchasePapers
from process_apis.procure_to_pay.records import AccrualJournal, BillCase, JournalStage
from process_apis.procure_to_pay.terms import ProcureToPayTerms
from system_apis.canonical.procurement import BillStatus, VendorBill, VendorBillDraft
from tests.process_apis.asked_store import Asked
from tests.process_apis.billing_facts import id_of
from tests.process_apis.rules.buying_facts import DAY, SOURCE, VENDOR_ID, bill, case
from tests.process_apis.rules.test_accruals import ACCRUAL
from tests.stores import empty_store

BUYER = Caller(subject="U-FI1", client_id="console", scopes=frozenset())
TERMS = ProcureToPayTerms()
OTHER = id_of("vn", 7)
BY_NAME = {"sqlite_autoindex_purchase_papers_1", "sqlite_autoindex_purchase_names_1"}


@pytest.fixture
def asked(tmp_path: Path) -> Iterator[Asked]:
    """Open an empty store that writes down what it is asked, for somebody who buys."""
    store = empty_store(tmp_path / "strata.sqlite")
    with acting_as(BUYER):
        yield Asked(store)
    store.close()


async def test_an_orders_bills_are_read_and_no_others_of_its_vendor(asked: Asked) -> None:
    """However many bills of other orders there are, and whosever order has the number too."""
    bills = _bills(asked)
    mine = [await bills.open(case(bill(f"A-{each}"), at=each), by=BUYER) for each in range(3)]
    for each in range(20):
        await bills.open(case(bill(f"B-{each}", order_number=f"PO-{each + 2}"), at=each), by=BUYER)
    await bills.open(replace(case(bill("A-1"), at=9), id="vb_other", vendor_id=OTHER), by=BUYER)
    asked.queries.clear()

    assert await bills.named([names.of_order(VENDOR_ID, "PO-1")]) == mine
    assert await asked.records() == 3
    assert await asked.ways() == BY_NAME


async def test_a_companys_accruals_of_a_month_are_read_alone(asked: Asked) -> None:
    """Not those of years before, nor of other companies; one that is posted is found as such."""
    journals = PurchasePapers(asked.store, asked.audit, AccrualJournal, "accrual")
    years = [f"{year}-{month:02}" for year in (2024, 2025, 2026) for month in range(1, 13)]
    kept = {
        (code, month): await journals.open(_accrual(code, month), by=BUYER)
        for code in ("DE", "US")
        for month in years
    }
    asked.queries.clear()
    found = await journals.named([names.of_month("DE", "2026-10")])
    read, ways = await asked.records(), await asked.ways()
    posted = replace(found[0], stage=JournalStage.POSTED, in_books=found[0].amount)
    await journals.moved(posted, seen=found[0])

    assert found == [kept["DE", "2026-10"]]
    assert (read, ways) == (1, BY_NAME)
    october = [names.of_month("DE", "2026-10")]
    assert await journals.named(october, stages=[JournalStage.POSTED]) == [posted]
    assert await journals.named(october, stages=[JournalStage.BOOKED]) == []


async def test_a_bill_is_found_by_the_id_that_it_got_later(asked: Asked) -> None:
    """What a bill is found by moves with it, and what it was found by before goes."""
    bills = _bills(asked)
    before = await bills.open(case(bill("A-1")), by=BUYER)
    recorded = replace(before, bill_id=id_of("bl", 1))
    again = replace(before, bill_id=id_of("bl", 2))
    await bills.moved(recorded, seen=before)
    by_first = await bills.named([names.of_record(VENDOR_ID, id_of("bl", 1))])
    await bills.moved(again, seen=recorded)

    assert by_first == [recorded]
    assert await bills.named([names.of_record(VENDOR_ID, id_of("bl", 1))]) == []
    assert await bills.named([names.of_record(VENDOR_ID, id_of("bl", 2))]) == [again]


async def test_a_bills_twins_are_the_same_as_among_all_that_its_vendor_sent(asked: Asked) -> None:
    """By number and by amount and day, over the edges of months and years, of any hand."""
    bills, kept = _bills(asked), _history()
    for each in kept:
        await bills.open(each, by=BUYER)
    there = _elsewhere(kept)
    asked.queries.clear()
    by_names, by_all = [], []
    for new in _arriving():
        near = rules.near(new.bill, there, TERMS)
        wanted = names.of_twins(new.bill, near, TERMS.alike_within)
        by_names.append(_twins(new, await bills.named(wanted), near))
        by_all.append(_twins(new, kept, there))
    read = await asked.records()

    assert by_names == by_all
    assert [len(set(each)) for each in zip(*by_all, strict=True)] == [6, 6]
    assert read < len(kept) * len(by_all) / 4


def _twins(
    new: BillCase, ours: list[BillCase], there: list[VendorBill]
) -> tuple[str | None, str | None]:
    """Return the ids of the bill that one repeats, and that it looks like."""
    known = rules.known_before(new, ours) + rules.of_other_hands(there, ours)
    twin, alike = rules.duplicate(new.bill, known), rules.lookalike(new.bill, known, TERMS)
    return twin.id if twin else None, alike.id if alike else None


def _history() -> list[BillCase]:
    """Return two years of a vendor's bills, every ninth day, of an amount each."""
    found = []
    for each in range(80):
        draft = bill(f"RE {each:03}", str(each + 1), on=DAY - timedelta(days=9 * each))
        stage = BillStatus.DISPUTED if each % 11 == 3 else BillStatus.POSTED
        known = case(draft, at=each, stage=stage)
        found.append(replace(known, bill_id=id_of("bl", each) if each % 3 else None))
    return found


def _elsewhere(kept: list[BillCase]) -> list[VendorBill]:
    """Return the bills of the procurement system: ours by id or reference, and others' own.

    Of two of ours somebody changed the day there, and two are not recorded there yet.
    """
    ours = [_recorded(e.bill, at, e.reference if not at % 3 else None) for at, e in enumerate(kept)]
    ours[69:71] = [replace(each, issue_date=DAY) for each in ours[69:71]]
    del ours[34], ours[7]
    others = [
        _recorded(
            bill(f"X-{each}", str(each + 500), on=DAY - timedelta(days=30 * each)), 100 + each
        )
        for each in range(12)
    ]
    return [*ours, *others]


def _recorded(draft: VendorBillDraft, number: int, reference: str | None = None) -> VendorBill:
    return VendorBill(
        id=id_of("bl", number),
        number=draft.number,
        vendor_id=draft.vendor_id,
        legal_entity=draft.legal_entity,
        currency=draft.currency,
        issue_date=draft.issue_date,
        due_date=draft.due_date,
        status=BillStatus.POSTED,
        dispute_reason=None,
        lines=draft.lines,
        net=draft.net,
        tax=draft.tax,
        gross=draft.gross,
        paid_when_paid=False,
        reference=reference,
        source=SOURCE,
    )


def _arriving() -> list[BillCase]:
    """Return bills that come in now: sent again, spelled otherwise, or of another number."""
    days = [timedelta(days=each) for each in (-11, -10, 0, 10, 11)]
    again = [bill(f"re-{each:03}", "1000") for each in (0, 3, 40, 79)]
    alike = [
        bill(f"N-{each}-{late.days}", str(each + 1), on=DAY - timedelta(days=9 * each) + late)
        for each in (0, 3, 7, 34, 40)
        for late in days
    ]
    others = [bill("x 4", "1000"), bill("N-X", "511", on=DAY - timedelta(days=340))]
    others += [bill("N-69", "70"), bill("N-70", "71")]
    first, last = (bill("N-E", "1", on=each) for each in (date.min, date(9999, 12, 1)))
    return [case(each, at=1000) for each in (*again, *alike, *others, first, last)]


def _accrual(code: str, month: str) -> AccrualJournal:
    opened = datetime.fromisoformat(f"{month}-28T00:00:00").replace(tzinfo=UTC)
    return replace(
        ACCRUAL, id=f"acr_{code}_{month}", legal_entity=code, month=month, opened_at=opened
    )


def _bills(asked: Asked) -> PurchasePapers[BillCase]:
    return PurchasePapers(asked.store, asked.audit, BillCase, "vendor_bill")
