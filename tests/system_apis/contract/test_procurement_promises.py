"""What every procurement connector promises, on the procurement of the Northwind firm."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from msgspec.structs import replace

from system_apis.canonical.money import Money
from system_apis.canonical.payroll import ContractorLine, ContractorRun
from system_apis.canonical.procurement import (
    BillStatus,
    OrderRevision,
    OrderStatus,
    OrderUnit,
    VendorGap,
    VendorStatus,
)
from system_apis.errors import NotFound, Refused
from system_apis.procurement.interface import Procurement
from tests.system_apis.contract.walking import every
from tests.system_apis.sandbox.purchases import (
    a_vendor,
    bill_draft,
    order_draft,
    order_line,
    receipt_draft,
    sent,
)

OCTOBER = datetime(2026, 10, 15, tzinfo=UTC)


async def test_an_active_vendor_has_all_that_it_must_have(procurement: Procurement) -> None:
    """Tax form, a bank account that a second person verified, a fresh check, insurance."""
    [vendor] = (await procurement.vendors(number="VN-1")).items
    after_a_year = OCTOBER.replace(year=2027)

    assert vendor.status is VendorStatus.ACTIVE
    assert (vendor.legal_name, vendor.tax_ids) == ("Delta Data BV", ("NL123456010B01",))
    assert vendor.gaps(OCTOBER) == ()
    assert vendor.gaps(after_a_year) == (VendorGap.SANCTIONS_CHECK, VendorGap.INSURANCE)
    assert [each.item for each in vendor.onboarding_checklist if each.done_on] == [
        "tax_form",
        "vat_check",
        "bank_verified",
        "nda",
        "insurance",
        "sanctions_check",
    ]
    assert await procurement.vendor(vendor.id) == vendor
    assert (await procurement.vendors(tax_id="NL123456010B01")).items == [vendor]


async def test_an_order_says_who_works_on_what_and_at_which_price(procurement: Procurement) -> None:
    """The amount of a line is quantity x rate, and the total is the sum of the lines."""
    [order] = (await procurement.purchase_orders(number="PO-5501")).items
    [line] = order.lines

    assert (order.legal_entity, order.status, order.revision) == ("NWA-DE", OrderStatus.SENT, 1)
    assert order.vendor_id == (await a_vendor(procurement)).id
    assert (line.project_number, line.contractor, line.unit) == ("P-2001", "C901", OrderUnit.HOURS)
    assert (line.quantity, line.rate.value, line.amount.amount) == (100, 70, "7000.00")
    assert (line.start, line.end) == (date(2026, 10, 1), date(2026, 11, 30))
    assert order.total == order.approved_total == line.amount
    assert await procurement.purchase_order(order.id) == order
    assert (await procurement.purchase_orders(project_number="P-2001")).items == [order]
    assert (await procurement.purchase_orders(legal_entity="NWA-US")).items == []


async def test_an_order_goes_from_approval_to_the_vendor(
    procurement: Procurement, mark: str
) -> None:
    """It is found by key and number, and each step done again changes nothing."""
    draft = order_draft(await a_vendor(procurement), order_line("2.5", "70.333333"))
    before = await procurement.purchase_order_by_key(mark)
    made = await procurement.create_purchase_order(draft, key=mark)
    with pytest.raises(Refused) as told:
        await procurement.send_purchase_order(made.id, key="s")
    approved = await procurement.approve_purchase_order(made.id, revision=1, key="a")
    again = await procurement.approve_purchase_order(made.id, revision=1, key="a")
    gone = await procurement.send_purchase_order(made.id, key="s")

    assert before is None
    assert told.value.code == "ORDER_NOT_APPROVED"
    assert (made.status, made.total.amount) == (OrderStatus.PENDING_APPROVAL, "175.83")
    assert (approved.status, approved.approved_total) == (OrderStatus.APPROVED, made.total)
    assert again == approved
    assert gone.status is OrderStatus.SENT
    assert await procurement.send_purchase_order(made.id, key="s") == gone
    assert await procurement.purchase_order_by_key(mark) == gone
    assert (await procurement.purchase_orders(number=made.number)).items == [gone]


async def test_a_revision_is_made_once_and_what_was_approved_stays(
    procurement: Procurement, mark: str
) -> None:
    """A small one goes on as the caller says; a large one waits for approval anyhow."""
    order = await sent(procurement, mark, order_line("100", "70"))
    small = OrderRevision(of_revision=1, lines=(order_line("110", "70"),), needs_approval=False)
    first = await procurement.revise_purchase_order(order.id, small, key=f"{mark}-1")
    again = await procurement.revise_purchase_order(order.id, small, key=f"{mark}-1")
    large = OrderRevision(of_revision=2, lines=(order_line("111", "70"),), needs_approval=False)
    second = await procurement.revise_purchase_order(order.id, large, key=f"{mark}-2")
    with pytest.raises(Refused) as told:
        await procurement.revise_purchase_order(order.id, large, key=f"{mark}-3")
    with pytest.raises(Refused) as late:
        await procurement.approve_purchase_order(order.id, revision=2, key=f"{mark}-4")

    assert (first.revision, first.status, first.total.amount) == (2, OrderStatus.SENT, "7700.00")
    assert again == first
    assert first.approved_total == order.total == second.approved_total
    assert (second.revision, second.status) == (3, OrderStatus.PENDING_APPROVAL)
    assert (told.value.code, late.value.code) == ("VERSION_CONFLICT", "VERSION_CONFLICT")


async def test_a_revision_that_asks_for_approval_gets_it(
    procurement: Procurement, mark: str
) -> None:
    """Even when it costs less; nothing is received until it was approved and sent again."""
    order = await sent(procurement, mark)
    fewer = OrderRevision(of_revision=1, lines=(order_line("9", "70.00"),))
    revised = await procurement.revise_purchase_order(order.id, fewer, key=f"{mark}-1")
    with pytest.raises(Refused) as told:
        await procurement.record_receipt(order.id, receipt_draft("1"), key=f"{mark}-r")

    assert revised.status is OrderStatus.PENDING_APPROVAL
    assert told.value.code == "ORDER_NOT_SENT"


async def test_receipts_add_up_to_what_was_ordered_and_no_further(
    procurement: Procurement, mark: str
) -> None:
    """The order says how much of it was received."""
    order = await sent(procurement, mark)
    first = await procurement.record_receipt(order.id, receipt_draft("4"), key=f"{mark}-1")
    partly = await procurement.purchase_order(order.id)
    with pytest.raises(Refused) as told:
        await procurement.record_receipt(order.id, receipt_draft("6.25"), key=f"{mark}-2")
    await procurement.record_receipt(order.id, receipt_draft("6"), key=f"{mark}-3")
    fully = await procurement.purchase_order(order.id)
    found = await every(
        lambda cursor: procurement.receipts(purchase_order_number=order.number, cursor=cursor)
    )

    assert told.value.code == "OVER_RECEIPT"
    assert (first.amount.amount, first.evidence) == ("280.00", ("TE-1", "TE-2"))
    assert (partly.status, partly.lines[0].received) == (OrderStatus.PARTIALLY_RECEIVED, 4)
    assert (fully.status, fully.lines[0].received) == (OrderStatus.RECEIVED, 10)
    assert [each.quantity for each in found] == [4, 6]
    assert await procurement.receipt_by_key(f"{mark}-1") == first
    assert await procurement.receipt_by_key(f"{mark}-2") is None
    assert await procurement.receipt(first.id) == first


async def test_a_tolerance_lets_a_little_more_be_received(
    procurement: Procurement, mark: str
) -> None:
    """A tenth of ten hours is one hour, and not a quarter more."""
    order = await sent(procurement, mark, order_line("10", "70", tolerance="0.10"))
    with pytest.raises(Refused) as told:
        await procurement.record_receipt(order.id, receipt_draft("11.25"), key=f"{mark}-1")
    most = await procurement.record_receipt(order.id, receipt_draft("11"), key=f"{mark}-2")

    assert told.value.code == "OVER_RECEIPT"
    assert most.amount.amount == "770.00"


async def test_a_revision_does_not_fall_below_what_was_received(
    procurement: Procurement, mark: str
) -> None:
    """What was accepted stays ordered."""
    order = await sent(procurement, mark)
    await procurement.record_receipt(order.id, receipt_draft("4"), key=f"{mark}-r")
    less = OrderRevision(of_revision=1, lines=(order_line("3", "70.00"),))
    with pytest.raises(Refused) as told:
        await procurement.revise_purchase_order(order.id, less, key=f"{mark}-1")
    with pytest.raises(Refused) as kept:
        await procurement.cancel_purchase_order(order.id, key=f"{mark}-2")

    assert (told.value.code, kept.value.code) == ("BELOW_RECEIVED", "ORDER_RECEIVED")


async def test_a_part_of_what_was_received_is_taken_back_unless_it_is_billed(
    procurement: Procurement, mark: str
) -> None:
    """An entry below nothing stands beside the receipt, which is as it was."""
    order = await sent(procurement, mark)
    whole = await procurement.record_receipt(order.id, receipt_draft("8"), key=f"{mark}-1")
    bill = bill_draft(await a_vendor(procurement), mark, order, quantity="5")
    await procurement.record_bill(bill, key=f"{mark}-b")
    part = replace(receipt_draft("3"), takes_back=True)
    back = await procurement.record_receipt(order.id, part, key=f"{mark}-2")
    more = replace(receipt_draft("0.25"), takes_back=True)
    with pytest.raises(Refused) as told:
        await procurement.record_receipt(order.id, more, key=f"{mark}-3")

    assert (back.quantity, back.amount) == (Decimal(-3), Money("-210.00", "EUR"))
    assert await procurement.receipt_by_key(f"{mark}-2") == back
    assert await procurement.receipt(whole.id) == whole
    assert told.value.code == "RECEIPT_BILLED"
    assert (await procurement.purchase_order(order.id)).lines[0].received == 5


async def test_a_receipt_is_reversed_unless_a_bill_rests_on_it(
    procurement: Procurement, mark: str
) -> None:
    """A reversed one counts for nothing, and reversing it again changes nothing."""
    order = await sent(procurement, mark)
    one = await procurement.record_receipt(order.id, receipt_draft("2"), key=f"{mark}-1")
    two = await procurement.record_receipt(order.id, receipt_draft("8"), key=f"{mark}-2")
    bill = bill_draft(await a_vendor(procurement), mark, order, quantity="8")
    await procurement.record_bill(bill, key=f"{mark}-b")
    reversed_one = await procurement.reverse_receipt(one.id, key=f"{mark}-3")
    again = await procurement.reverse_receipt(one.id, key=f"{mark}-3")
    with pytest.raises(Refused) as told:
        await procurement.reverse_receipt(two.id, key=f"{mark}-4")

    assert reversed_one.is_reversed
    assert again == reversed_one
    assert told.value.code == "RECEIPT_BILLED"
    assert (await procurement.purchase_order(order.id)).lines[0].received == 8


@pytest.mark.parametrize("spelling", ["{}-1", "{} 1", "{}/1"])
async def test_a_vendors_number_is_billed_once_however_it_is_spelled(
    procurement: Procurement, mark: str, spelling: str
) -> None:
    """Blanks, case and punctuation make no other bill; one more letter does."""
    vendor = await a_vendor(procurement)
    first = await procurement.record_bill(bill_draft(vendor, f"{mark}-1", None), key=f"{mark}-a")
    same = bill_draft(vendor, spelling.format(mark.upper()), None)
    with pytest.raises(Refused) as told:
        await procurement.record_bill(same, key=f"{mark}-b")
    corrected = await procurement.record_bill(
        bill_draft(vendor, f"{mark}-1-C", None), key=f"{mark}-c"
    )

    assert told.value.code == "DUPLICATE_BILL"
    assert first.status is BillStatus.RECEIVED
    assert corrected.id != first.id
    assert await procurement.bill_by_key(f"{mark}-b") is None


async def test_a_bill_is_kept_as_it_came_and_found_every_way(
    procurement: Procurement, mark: str
) -> None:
    """More hours than ordered, at another price: whether that is right is found out later."""
    vendor, order = await a_vendor(procurement), await sent(procurement, mark)
    draft = bill_draft(vendor, mark, order, quantity="12.5", price="71.005")
    made = await procurement.record_bill(draft, key=f"{mark}-b")

    assert (made.lines, made.net, made.gross) == (draft.lines, draft.net, draft.gross)
    assert (made.due_date, made.vendor_id) == (date(2026, 11, 30), vendor.id)
    assert await procurement.bill(made.id) == made
    assert await procurement.bill_by_key(f"{mark}-b") == made
    assert (await procurement.bills(number=mark)).items == [made]
    assert (await procurement.bills(purchase_order_number=order.number)).items == [made]
    assert made in await every(lambda at: procurement.bills(vendor_id=vendor.id, cursor=at))
    assert (await procurement.bills(legal_entity="NWA-US")).items == []


async def test_a_bill_is_disputed_with_a_reason_and_then_not_approved(
    procurement: Procurement, mark: str
) -> None:
    """Another one is approved, once."""
    vendor = await a_vendor(procurement)
    wrong = await procurement.record_bill(bill_draft(vendor, f"{mark}-1", None), key=f"{mark}-1")
    right = await procurement.record_bill(bill_draft(vendor, f"{mark}-2", None), key=f"{mark}-2")
    disputed = await procurement.dispute_bill(wrong.id, "two hours too many", key="d")
    again = await procurement.dispute_bill(wrong.id, "two hours too many", key="d")
    with pytest.raises(Refused) as told:
        await procurement.approve_bill(wrong.id, key="a")
    approved = await procurement.approve_bill(right.id, key="b")

    assert (disputed.status, disputed.dispute_reason) == (
        BillStatus.DISPUTED,
        "two hours too many",
    )
    assert again == disputed
    assert told.value.code == "BILL_DISPUTED"
    assert approved.status is BillStatus.APPROVED
    assert await procurement.approve_bill(right.id, key="b") == approved


async def test_a_bill_names_an_order_line_of_its_own_company_and_vendor(
    procurement: Procurement, mark: str
) -> None:
    """An order of another company is none."""
    vendor, order = await a_vendor(procurement), await sent(procurement, mark)
    elsewhere = bill_draft(vendor, mark, order, legal_entity="NWA-US")
    nowhere = bill_draft(vendor, mark, None, legal_entity="NOBODY")
    with pytest.raises(Refused) as told:
        await procurement.record_bill(elsewhere, key=f"{mark}-b")
    with pytest.raises(Refused) as nobody:
        await procurement.record_bill(nowhere, key=f"{mark}-c")

    assert (told.value.code, nobody.value.code) == ("ORDER_LINE_UNKNOWN", "LEGAL_ENTITY_UNKNOWN")


@pytest.mark.parametrize(
    ("currency", "quantity", "rate", "total"),
    [("JPY", "1.5", "3333.5", "5000"), ("KWD", "0.25", "12.345", "3.086")],
)
async def test_amounts_are_exact_in_every_currency(
    procurement: Procurement, mark: str, currency: str, quantity: str, rate: str, total: str
) -> None:
    """Yen have no decimals, dinars three."""
    line = order_line(quantity, rate, currency=currency)
    order = await sent(procurement, mark, line, line)

    assert order.lines[0].amount.amount == total
    assert order.total.value == 2 * Decimal(total)
    assert order.lines[1].rate == line.rate


async def test_pages_lead_through_every_order_once_in_order(
    procurement: Procurement, mark: str
) -> None:
    """Nothing is missed and nothing comes twice, also when the last page is full."""
    made = [await sent(procurement, f"{mark}{n}") for n in range(3)]
    found = await every(lambda cursor: procurement.purchase_orders(cursor=cursor))

    assert [each.id for each in found[-3:]] == [each.id for each in made]
    assert len({each.number for each in found}) == len(found) == 4


async def test_what_was_written_is_in_the_change_feed(procurement: Procurement, mark: str) -> None:
    """Sequence numbers grow, and the feed goes on after the last."""
    seen = (await procurement.changes(after=0)).items
    order = await sent(procurement, mark)
    receipt = await procurement.record_receipt(order.id, receipt_draft("1"), key=f"{mark}-r")
    draft = bill_draft(await a_vendor(procurement), mark, order)
    bill = await procurement.record_bill(draft, key=f"{mark}-b")
    fresh = (await procurement.changes(after=seen[-1].sequence)).items

    assert {each.record_type for each in seen} == {"vendor", "purchase_order"}
    assert {(each.record_type, each.id) for each in fresh} == {
        ("purchase_order", order.id),
        ("receipt", receipt.id),
        ("bill", bill.id),
    }
    assert [each.sequence for each in fresh] == sorted({each.sequence for each in fresh})
    assert (await procurement.changes(after=fresh[-1].sequence)).items == []


async def test_an_unknown_id_is_not_found(procurement: Procurement) -> None:
    """An id nobody was given leads nowhere."""
    with pytest.raises(NotFound):
        await procurement.vendor("vn_00000000000000000000000000")
    with pytest.raises(NotFound):
        await procurement.purchase_order("po_00000000000000000000000000")
    with pytest.raises(NotFound):
        await procurement.receipt("rc_00000000000000000000000000")
    with pytest.raises(NotFound):
        await procurement.bill("vb_00000000000000000000000000")


async def test_contractors_hours_are_recorded_once_under_their_number(
    procurement: Procurement,
) -> None:
    """Other hours do not get it."""
    line = ContractorLine(
        vendor_number="VN-1", contractor="C901", project_number="P-2001", hours=Decimal(80)
    )
    run = ContractorRun(
        number="NWA-DE-2026-10-1",
        legal_entity="NWA-DE",
        period_start=date(2026, 10, 1),
        period_end=date(2026, 10, 31),
        lines=(line,),
    )

    told = [await procurement.record_contractor_hours(run, key=each) for each in "12"]
    with pytest.raises(Refused) as other:
        await procurement.record_contractor_hours(replace(run, lines=()), key="3")

    assert told == [run, run]
    assert other.value.code == "BATCH_NUMBER"
