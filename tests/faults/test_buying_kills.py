"""Whatever is bought is bought once, whenever the program is cut off meanwhile."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from governance.access import acting_as
from governance.wrong_field import WrongField
from process_apis.commands import CommandStatus
from process_apis.events.procurement import (
    AccrualsFallenDue,
    BillArrived,
    BillCredited,
    BillHoldLookedAt,
    BillMatched,
    BillSeen,
    OrderRequested,
    OrderSeen,
    ReceiptFallenDue,
    ReceiptReversalAsked,
    RevisionApproved,
)
from process_apis.procure_to_pay.ordering.requests import RequestStage
from process_apis.procure_to_pay.orders import bills_of, receipts_of
from process_apis.procure_to_pay.records import JournalStage, ReceiptStage
from system_apis.canonical.journals import LedgerAccount
from system_apis.canonical.payables import PayableKind
from system_apis.canonical.procurement import BillStatus, OrderStatus
from tests.faults.bought_services import (
    ACCRUING,
    CREDITING,
    ORDERING,
    POSTING,
    RECEIVING,
    REVISING,
    SEES,
    TAKING_IN,
    BoughtServices,
    bought_services,
)
from tests.faults.changed_project import ASKS, COMPANY

OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))


async def _received(bought: BoughtServices, occasion: str = "month") -> None:
    """Have October's work received."""
    due = ReceiptFallenDue(
        purchase_order_id=(await bought.order()).id,
        start=OCTOBER[0],
        end=OCTOBER[1],
        occasion=occasion,
        legal_entity=COMPANY,
    )
    await bought.carried_out(due)


async def _posted(bought: BoughtServices) -> str:
    """Have the vendor's bill taken in and posted, and return what it is known by."""
    case = await bought.billed()
    await bought.done(BillArrived(bill_case_id=case.id, legal_entity=COMPANY))
    await bought.done(BillMatched(bill_case_id=case.id, legal_entity=COMPANY))
    return case.id


async def test_an_order_is_cut_off_after_every_step_and_sent_once(tmp_path: Path) -> None:
    """The vendor is cleared first, by items that are looked at twice and count once."""
    async with bought_services(tmp_path, ORDERING) as bought:
        await bought.cleared()
        clearance = await bought.clearing.clearance((await bought.vendor()).id, COMPANY)
        request = await bought.asked()
        await bought.carried_out(OrderRequested(request_id=request.id, legal_entity=COMPANY))
        ordered = await bought.requests.get(request.id)
        orders = (await bought.systems.procurement.purchase_orders()).items
        told = await bought.told("order_request"), await bought.told("vendor_file")

    ours = [each for each in orders if each.number != "PO-5501"]
    assert bought.cut.left == []
    assert clearance.is_cleared
    assert len(clearance.done) == len({each.item for each in clearance.done})
    assert ordered.stage is RequestStage.ORDERED
    assert [(each.number, each.status) for each in ours] == [
        (ordered.purchase_order_number, OrderStatus.SENT)
    ]
    assert told[0].count("order_request.ordered") == 1
    assert told[1].count("vendor_file.opened") == 1


async def test_a_receipt_is_cut_off_after_every_step_and_recorded_once(tmp_path: Path) -> None:
    """The project manager accepts it once."""
    async with bought_services(tmp_path, RECEIVING) as bought:
        await _received(bought)
        recorded = await receipts_of(bought.systems.procurement, "PO-5501")
        [case] = await bought.receipts.listed()

    assert bought.cut.left == []
    assert [str(each.quantity) for each in recorded] == ["80"]
    assert (case.stage, case.receipt_id) == (ReceiptStage.RECORDED, recorded[0].id)


async def test_a_bill_is_cut_off_after_every_step_and_posted_once(tmp_path: Path) -> None:
    """It is recorded, matched, approved and in the books once, and paid once."""
    async with bought_services(tmp_path, (*TAKING_IN, *POSTING)) as bought:
        await _received(bought)
        case_id = await _posted(bought)
        bought.cut.left.append("release")
        look = BillHoldLookedAt(bill_case_id=case_id, on=date(2026, 11, 2), legal_entity=COMPANY)
        await bought.done(look)
        case = await bought.bills.get(case_id)
        bills = await bills_of(bought.systems.procurement, number="PO-5501")
        owed = await bought.systems.erps["erp-a"].payables(
            vendor_number=(await bought.vendor()).number
        )
        told = await bought.told("vendor_bill")

    ours = [each for each in bills if each.reference == case.reference]
    assert bought.cut.left == []
    assert case.stage is BillStatus.POSTED
    assert [each.status for each in ours] == [BillStatus.APPROVED]
    assert [(each.number, each.gross.amount) for each in owed.items] == [
        (case.payable_number, "5600.00")
    ]
    assert told.count("vendor_bill.posted") == 1


async def test_a_receipt_is_taken_back_once_and_its_time_is_received_anew(tmp_path: Path) -> None:
    """No bill rests on it; the manager is asked again about the same time."""
    async with bought_services(tmp_path, ["reverse"]) as bought:
        await _received(bought)
        [receipt] = await bought.receipts.listed()
        back = ReceiptReversalAsked(receipt_case_id=receipt.id, legal_entity=COMPANY)
        await bought.done(back)
        await _received(bought, "asked")
        stages = sorted(each.stage for each in await bought.receipts.listed())
        recorded = await receipts_of(bought.systems.procurement, "PO-5501")

    assert bought.cut.left == []
    assert stages == [ReceiptStage.RECORDED, ReceiptStage.REVERSED]
    assert sorted(each.is_reversed for each in recorded) == [False, True]


async def test_hours_that_were_corrected_are_taken_back_once(tmp_path: Path) -> None:
    """The manager agrees to the difference, and what was received before is as it was."""
    async with bought_services(tmp_path) as bought:
        await _received(bought)
        before = await receipts_of(bought.systems.procurement, "PO-5501")
        bought.cut.left.extend(RECEIVING)
        await bought.corrected(Decimal(2))
        await _received(bought, "late")
        await _received(bought, "later")
        recorded = await receipts_of(bought.systems.procurement, "PO-5501")
        order = await bought.order()
        accrued = await bought.orders.accruals(COMPANY, OCTOBER[1])

    assert bought.cut.left == []
    assert recorded[:-1] == before
    assert [(str(each.quantity), each.amount.amount) for each in recorded] == [
        ("80", "5600.00"),
        ("-2", "-140.00"),
    ]
    assert order.lines[0].received == 78
    assert [each.accrued.amount for each in accrued] == ["5460.00"]


async def test_hours_that_are_billed_are_not_taken_back_by_a_correction(tmp_path: Path) -> None:
    """The vendor has to credit them first: what was agreed to waits for a person."""
    async with bought_services(tmp_path) as bought:
        await _received(bought)
        await _posted(bought)
        await bought.corrected(Decimal(2))
        await _received(bought, "late")
        [waits] = await bought.receipts.listed(stages=[ReceiptStage.ACCEPTED])
        accepted = await bought.workshop.commands.find(f"received:{waits.id}")
        recorded = await receipts_of(bought.systems.procurement, "PO-5501")

    assert waits.quantity == -2
    assert accepted is not None
    assert accepted.status is CommandStatus.PARKED
    assert [str(each.quantity) for each in recorded] == ["80"]


async def test_a_posted_bill_is_credited_once(tmp_path: Path) -> None:
    """The vendor's credit stands in the books beside the bill."""
    async with bought_services(tmp_path) as bought:
        await _received(bought)
        case = await bought.bills.get(await _posted(bought))
        with acting_as(SEES), pytest.raises(WrongField, match="issue_date"):
            await bought.buying.credited(
                case.id, "DD-88-K", case.bill.issue_date - timedelta(days=1)
            )
        bought.cut.left.extend(CREDITING)
        credit = replace(case, credit_number="DD-88-K", credit_date=date(2026, 11, 2))
        await bought.bills.moved(credit, seen=case)
        await bought.done(BillCredited(bill_case_id=case.id, legal_entity=COMPANY))
        void = await bought.bills.get(case.id)
        number = (await bought.vendor()).number
        owed = await bought.systems.erps["erp-a"].payables(vendor_number=number)

    assert bought.cut.left == []
    assert void.stage is BillStatus.VOID
    assert [(each.kind, each.gross.amount) for each in owed.items] == [
        (PayableKind.BILL, "5600.00"),
        (PayableKind.CREDIT, "5600.00"),
    ]


async def test_a_bill_of_the_procurement_system_alone_is_taken_in_and_posted_once(
    tmp_path: Path,
) -> None:
    """Its vendor sent it there; what we record there ourselves is not taken in by it."""
    async with bought_services(tmp_path, ["take_seen", "record_bill", "match_bill"]) as bought:
        await _received(bought)
        theirs = await bought.sent_by_vendor("DD-90")
        seen = BillSeen(bill_id=theirs.id, version=theirs.version, legal_entity=COMPANY)
        await bought.done(seen)
        [case] = await bought.bills.listed()
        await bought.done(BillArrived(bill_case_id=case.id, legal_entity=COMPANY))
        await bought.done(BillMatched(bill_case_id=case.id, legal_entity=COMPANY))
        await bought.done(replace(seen, version=9))
        number = (await bought.vendor()).number
        owed = await bought.systems.erps["erp-a"].payables(vendor_number=number)
        bills = await bills_of(bought.systems.procurement, number="PO-5501")
        cases = await bought.bills.listed()

    assert bought.cut.left == []
    assert [(each.bill_id, each.stage) for each in cases] == [(theirs.id, BillStatus.POSTED)]
    assert [each.bill_number for each in owed.items] == ["DD-90"]
    assert [(each.id, each.status) for each in bills] == [(theirs.id, BillStatus.APPROVED)]


@pytest.mark.parametrize(("hours", "asked"), [("110", []), ("111", ["PO-5501 is revised"])])
async def test_a_revision_above_a_tenth_is_approved_anew_and_sent_once(
    tmp_path: Path, hours: str, asked: list[str]
) -> None:
    """100 hours were approved; up to 110 the order goes on by itself."""
    async with bought_services(tmp_path, REVISING) as bought:
        revised = await bought.revised(Decimal(hours))
        seen = OrderSeen(
            purchase_order_id=revised.id, version=revised.version, legal_entity=COMPANY
        )
        await bought.done(seen)
        titles = [each.title for each in await bought.approvals.about(revised.id)]
        await bought.carried_out(seen)
        await bought.done(
            RevisionApproved(
                purchase_order_id=revised.id, revision=revised.revision, legal_entity=COMPANY
            )
        )
        order = await bought.order()

    assert bought.cut.left == []
    assert revised.status is OrderStatus.PENDING_APPROVAL
    assert [each.partition(" from ")[0].partition(": ")[2] for each in titles] == asked
    assert (order.status, order.revision) == (OrderStatus.SENT, revised.revision)
    assert order.approved_total == order.total


async def test_what_was_received_and_not_billed_is_accrued_once_and_taken_back(
    tmp_path: Path,
) -> None:
    """Each month once; in the month after it is accrued again as long as no bill came."""
    async with bought_services(tmp_path, ACCRUING) as bought:
        await _received(bought)
        waited = await bought.waits("2026-10")
        for month in ("2026-10", "2026-10", "2026-11"):
            await bought.done(AccrualsFallenDue(month=month, legal_entity=COMPANY))
        settled = await bought.waits("2026-10")
        await _posted(bought)
        await bought.done(AccrualsFallenDue(month="2026-12", legal_entity=COMPANY))
        journals = await bought.journals.listed()
        booked = (await bought.systems.erps["erp-a"].journals(legal_entity=COMPANY)).items

    assert bought.cut.left == []
    assert [(each.amount.amount, each.booked_on, each.reversed_on) for each in journals] == [
        ("5600.00", date(2026, 10, 31), date(2026, 11, 1)),
        ("5600.00", date(2026, 11, 30), date(2026, 12, 1)),
    ]
    assert (waited, settled) == (["5,600.00 EUR"], [])
    assert [(each.date, each.lines[0].account, each.lines[0].debit.amount) for each in booked] == [
        (date(2026, 10, 31), LedgerAccount.SUBCONTRACT_COST, "5600.00"),
        (date(2026, 11, 1), LedgerAccount.ACCRUED_LIABILITY, "5600.00"),
        (date(2026, 11, 30), LedgerAccount.SUBCONTRACT_COST, "5600.00"),
        (date(2026, 12, 1), LedgerAccount.ACCRUED_LIABILITY, "5600.00"),
    ]
    assert [(each.stage, each.journal_id, each.reversal_id) for each in journals] == [
        (JournalStage.POSTED, booked[0].id, booked[1].id),
        (JournalStage.POSTED, booked[2].id, booked[3].id),
    ]


async def test_what_comes_after_a_month_was_accrued_changes_it_once_by_the_difference(
    tmp_path: Path,
) -> None:
    """Hours taken back, then the bill: each is taken off on both days, and nothing is left.

    It is looked for once a day, however often a program begins on it.
    """
    async with bought_services(tmp_path) as bought:
        await _received(bought)
        early = await bought.looked_late(2)
        await bought.done(AccrualsFallenDue(month="2026-10", legal_entity=COMPANY))
        right = await bought.looked_late(2)
        bought.cut.left.extend(("late", *ACCRUING))
        await bought.corrected(Decimal(2))
        await _received(bought, "late")
        waits = await bought.waits("2026-10")
        looked = [await bought.looked_late(each) for each in (2, 3, 3, 4)]
        journals = await bought.journals.listed()
        await bought.done(
            BillArrived(bill_case_id=(await bought.billed(hours="78")).id, legal_entity=COMPANY)
        )
        billed = [await bought.looked_late(each) for each in (4, 5)]
        await bought.done(AccrualsFallenDue(month="2026-11", legal_entity=COMPANY))
        settled = await bought.waits("2026-10")
        booked = (await bought.systems.erps["erp-a"].journals(legal_entity=COMPANY)).items

    assert bought.cut.left == []
    assert (early, right) == (0, 0)
    assert (looked, billed) == ([0, 1, 1, 1], [1, 2])
    assert (waits, settled) == (["-140.00 EUR"], [])
    assert [each.amount.amount for each in journals] == ["5600.00", "-140.00"]
    cost, owed = LedgerAccount.SUBCONTRACT_COST, LedgerAccount.ACCRUED_LIABILITY
    assert [(each.date, each.lines[0].account, each.lines[0].debit.amount) for each in booked] == [
        (date(2026, 10, 31), cost, "5600.00"),
        (date(2026, 11, 1), owed, "5600.00"),
        (date(2026, 10, 31), owed, "140.00"),
        (date(2026, 11, 1), cost, "140.00"),
        (date(2026, 10, 31), owed, "5460.00"),
        (date(2026, 11, 1), cost, "5460.00"),
    ]


async def test_what_comes_after_its_month_was_closed_is_in_the_next_months_accrual(
    tmp_path: Path,
) -> None:
    """The closed month stays as it was, and the next one bears all that no bill asks for yet."""
    async with bought_services(tmp_path) as bought:
        await bought.done(AccrualsFallenDue(month="2026-10", legal_entity=COMPANY))
        periods = bought.periods(date(2026, 11, 5))
        await periods.close(COMPANY, "2026-10", reason="the year end", by=ASKS)
        await _received(bought, "late")
        late = await bought.looked_late(5)
        await bought.done(AccrualsFallenDue(month="2026-11", legal_entity=COMPANY))
        journals = await bought.journals.listed()

    assert late == 0
    assert [(each.month, each.amount.amount) for each in journals] == [("2026-11", "5600.00")]
