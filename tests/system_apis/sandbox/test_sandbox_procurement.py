"""The sandbox's procurement system plays any firm's facts, each at its moment, by its own rules."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from system_apis.canonical.procurement import BillStatus, OrderStatus, VendorGap, VendorStatus
from system_apis.errors import Refused
from tests.system_apis.sandbox.house import House, house_of
from tests.system_apis.sandbox.other_firm import FIRM
from tests.system_apis.sandbox.purchases import (
    bill_draft,
    order_draft,
    order_line,
    receipt_draft,
    sent,
)

VENDOR = {
    "id": "V-7",
    "name": "Sora KK",
    "country": "JP",
    "tax_id": "T7",
    "terms_days": 45,
    "onboarding": ["tax_form", "bank_verified", "insurance", "sanctions_check"],
}
ORDER = {
    "id": "PUR/00099",
    "legal_entity": "KB-KW",
    "contractor": "K2",
    "hours": "0.5",
    "rate": "0.005",
    "currency": "KWD",
    "project": "W-1",
}
BILLS = [
    {"number": "S 1", "hours": "0.5", "received_at": "2027-02-10T09:00:00Z"},
    {"number": "s-1", "hours": "0.5", "received_at": "2027-02-20T09:00:00Z"},
    {"number": "S-2", "hours": "0.5"},
]
BOOKING = {
    "employee": "K2",
    "project": "W-1",
    "percent": "50",
    "booking": "hard",
    "from": "2027-02-08",
    "to": "2027-02-28",
}
Opening = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def opening(tmp_path: Path) -> Opening:
    """Open the other firm's systems on the first of its February, with what it buys."""

    def opened(**procurement: object) -> AbstractAsyncContextManager[House]:
        systems = [*FIRM["systems"], {"id": "purchase", "kind": "procurement"}]
        facts = {**FIRM, "systems": systems, "assignments": [BOOKING], "procurement": procurement}
        directory = tmp_path / "firm"
        directory.mkdir()
        (directory / "fixture.json").write_bytes(msgspec.json.encode(facts))
        return house_of(directory, tmp_path, begins=datetime(2027, 2, 1, tzinfo=UTC))

    return opened


@pytest.fixture
async def other(opening: Opening) -> AsyncIterator[House]:
    """Run the other firm with a vendor, an order and bills, on the first of its February."""
    async with opening(vendor=VENDOR, po=ORDER, bills=BILLS) as opened:
        yield opened


async def test_vendor_and_order_are_dated_by_the_first_booking(other: House) -> None:
    """Two weeks before it the onboarding was done, the day before it the order was sent."""
    system = other.procurement("purchase")
    early = (await system.purchase_orders()).items
    [vendor] = (await system.vendors()).items
    await other.at("2027-02-07T00:00:01Z")
    [order] = (await system.purchase_orders()).items

    assert early == []
    assert (vendor.status, vendor.payment_terms_days) == (VendorStatus.ACTIVE, 45)
    assert {each.done_on for each in vendor.onboarding_checklist} == {date(2027, 1, 25)}
    assert (order.status, order.number) == (OrderStatus.SENT, "PUR/00099")
    assert (order.lines[0].start, order.lines[0].end) == (date(2027, 2, 8), None)


async def test_an_order_is_rounded_as_its_companys_books_are(other: House) -> None:
    """Half-even, in dinars of three decimals: 0.0025 is 0.002; so is what is received."""
    await other.at("2027-02-28T00:00:00Z")
    system = other.procurement("purchase")
    [order] = (await system.purchase_orders()).items
    line = order_line("2.5", "0.005", currency="KWD")
    made = await sent(system, "m", line, legal_entity="KB-KW")
    received = await system.record_receipt(made.id, receipt_draft("0.5"), key="r")

    assert (order.total.amount, order.total.currency) == ("0.002", "KWD")
    assert made.total.amount == "0.012"
    assert received.amount.amount == "0.002"


async def test_order_numbers_go_on_from_the_one_that_there_is(other: House) -> None:
    """In the fixture's own words for a number."""
    system = other.procurement("purchase")
    [vendor] = (await system.vendors()).items
    lines = order_line("1", "5000", currency="JPY")
    made = [
        await system.create_purchase_order(
            order_draft(vendor, lines, legal_entity="KB-JP"), key=f"k{n}"
        )
        for n in range(2)
    ]

    assert [each.number for each in made] == ["PUR/00100", "PUR/00101"]


async def test_a_bill_comes_at_its_moment_and_one_without_a_moment_never_by_itself(
    other: House,
) -> None:
    """One that repeats a number is turned away at the door, and seen to be."""
    system = other.procurement("purchase")
    await other.at("2027-02-10T09:00:01Z")
    [first] = (await system.bills()).items
    await other.at("2027-12-31T00:00:00Z")
    later = (await system.bills()).items

    assert (first.number, first.status) == ("S 1", BillStatus.RECEIVED)
    assert (first.issue_date, first.due_date) == (date(2027, 2, 10), date(2027, 3, 27))
    assert [(each.number, each.status) for each in later] == [
        ("S 1", BillStatus.RECEIVED),
        ("s-1", BillStatus.DUPLICATE),
    ]


async def test_a_bill_that_was_turned_away_does_not_take_its_number_twice(other: House) -> None:
    """The first one has it still."""
    system = other.procurement("purchase")
    await other.at("2027-12-31T00:00:00Z")
    [vendor] = (await system.vendors()).items
    draft = bill_draft(vendor, "S1", None, legal_entity="KB-JP", currency="JPY")
    with pytest.raises(Refused) as told:
        await system.record_bill(draft, key="k")

    assert told.value.code == "DUPLICATE_BILL"


async def test_a_vendor_whose_onboarding_is_not_done_gets_no_order(opening: Opening) -> None:
    """A bank account that nobody called back about is no account."""
    half_done = {**VENDOR, "onboarding": ["tax_form", "insurance", "sanctions_check"]}
    async with opening(vendor=half_done, po=ORDER) as house:
        system = house.procurement("purchase")
        [vendor] = (await system.vendors()).items
        with pytest.raises(Refused) as told:
            await sent(system, "m", order_line("1", "5000", currency="JPY"))

    assert (vendor.status, vendor.bank_accounts) == (VendorStatus.ONBOARDING, ())
    assert vendor.gaps(datetime(2027, 2, 1, tzinfo=UTC)) == (VendorGap.VERIFIED_BANK,)
    assert told.value.code == "VENDOR_INACTIVE"


async def test_a_firm_that_tells_nothing_of_its_purchases_has_none(opening: Opening) -> None:
    """The system is there and empty."""
    async with opening() as house:
        system = house.procurement("purchase")

        assert (await system.vendors()).items == []
        assert (await system.purchase_orders()).items == []
        assert (await system.changes(after=0)).items == []


async def test_the_system_lists_bare_arrays_of_fifty_at_most(house: House) -> None:
    """It does not say whether there is more; its decimals are strings."""
    system = house.procurement()
    draft = order_draft((await system.vendors()).items[0])
    for count in range(50):
        await system.create_purchase_order(draft, key=f"key-{count}")
    url = f"{house.address.of('procurement')}/api/purchase_orders"
    async with house.session.get(url, params={"limit": "5000"}) as reply:
        raw = await reply.text()

    assert raw.count('"po-number"') == 50
    assert raw.startswith('[{"id":"4001","po-number":"PO-5501","status":"issued"')
    assert '"quantity":"100","price":"70.00","total":"7000.00"' in raw


async def test_the_system_blames_a_field(house: House) -> None:
    """Its refusals are sentences about fields, without a code."""
    url = f"{house.address.of('procurement')}/api/purchase_orders/4001/release_from_buyer_hold"
    async with house.session.put(url, data=b'{"version": 9}') as reply:
        said = await reply.text()

    assert (reply.status, said) == (409, '{"errors":{"version":["is stale"]}}')
