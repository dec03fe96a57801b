"""What is bought is explained down to the hours that were received, and every number adds up."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace
from sqlalchemy import update

from governance.access import acting_as
from process_apis.engagements import engagements
from process_apis.errors import NoSuchRecord
from process_apis.events.procurement import BillArrived, BillMatched, ReceiptFallenDue
from process_apis.explanations.paid import why_payment
from process_apis.explanations.purchases import Purchases
from process_apis.explanations.trail import Trail
from process_apis.explanations.tree import Explanation, does_not_add_up, explanation
from process_apis.project_to_cash.receivables import Application, Match, Receipt
from process_apis.sight import Sight
from system_apis.canonical.money import Money
from tests.faults.bought_services import SEES, BoughtServices, bought_services
from tests.faults.changed_project import COMPANY
from tests.process_apis.billing_facts import id_of

OCTOBER = (date(2026, 10, 1), date(2026, 10, 31))
READS = replace(SEES, scopes=SEES.scopes | {"process:approvals:read"})


async def _received(bought: BoughtServices, occasion: str) -> None:
    start, end = OCTOBER
    order = await bought.order()
    due = ReceiptFallenDue(
        purchase_order_id=order.id,
        start=start,
        end=end,
        occasion=occasion,
        legal_entity=COMPANY,
    )
    await bought.carried_out(due)


async def _billed(bought: BoughtServices) -> None:
    case = await bought.billed()
    await bought.done(BillArrived(bill_case_id=case.id, legal_entity=COMPANY))
    await bought.done(BillMatched(bill_case_id=case.id, legal_entity=COMPANY))


def _said(found: Explanation) -> list[str]:
    return [each.what for each in found.nodes]


async def test_a_bill_and_its_order_are_led_down_to_the_hours_received(tmp_path: Path) -> None:
    """With who approved, the calls that were made, and nothing for who does not see the company."""
    seen = Sight(READS, frozenset())
    stranger = Sight(replace(READS, entities=frozenset({"HAL-UK"})), frozenset())
    async with bought_services(tmp_path) as bought:
        await _received(bought, "month")
        await _billed(bought)
        work, journaled = bought.work()
        shop = bought.workshop
        async with shop.engine(*work, journaled=journaled, entities=frozenset({COMPANY})) as engine:
            trail = Trail(shop.store, shop.audit, bought.approvals, shop.commands, engine)
            purchases = Purchases(bought.buying, trail)
            with acting_as(READS):
                bill = await purchases.bill("DD-88-C", seen)
                order = await purchases.order("PO-5501", seen)
                by_id = await purchases.order((await bought.order()).id, seen)
                for ask, named in ((purchases.bill, "DD-88-C"), (purchases.order, "PO-5501")):
                    for who, number in ((stranger, named), (seen, f"{named}-0")):
                        with pytest.raises(NoSuchRecord):
                            await ask(number, who)

    assert does_not_add_up(bill.nodes) == does_not_add_up(order.nodes) == []
    assert by_id == order
    assert (bill.nodes[0].amount, order.nodes[0].amount) == (
        Money("5600.00", "EUR"),
        Money("7000.00", "EUR"),
    )
    for found in (bill, order):
        hours = [each for each in found.nodes if each.what.startswith("time entry")]
        received = [each for each in found.nodes if each.what.startswith("received on")]
        assert sum(each.quantity or 0 for each in hours) == Decimal(80)
        assert [(each.quantity, each.amount) for each in received] == [
            (Decimal(80), Money("5600.00", "EUR"))
        ]
    assert "erp-a: create_payable" in _said(bill)
    assert any(each.startswith("payable AP-NWA-DE") for each in _said(bill))
    assert "service_receipt: approved" in _said(order)
    assert "procurement: record_receipt" in _said(order)
    assert "bill DD-88-C" in _said(order)


async def test_an_order_tells_what_was_taken_back_of_it(tmp_path: Path) -> None:
    """A correction stands beside the receipt that it corrects, and both make up what is there."""
    async with bought_services(tmp_path) as bought:
        await _received(bought, "month")
        await bought.corrected(Decimal(2))
        await _received(bought, "late")
        work, journaled = bought.work()
        shop = bought.workshop
        async with shop.engine(*work, journaled=journaled, entities=frozenset({COMPANY})) as engine:
            trail = Trail(shop.store, shop.audit, bought.approvals, shop.commands, engine)
            with acting_as(READS):
                found = await Purchases(bought.buying, trail).order(
                    "PO-5501", Sight(READS, frozenset())
                )

    assert does_not_add_up(found.nodes) == []
    receipts = [each for each in found.nodes if each.what.startswith("receipt ")]
    assert [each.quantity for each in receipts] == [Decimal(80), Decimal(-2)]
    [received] = [each for each in found.nodes if each.what.startswith("received on")]
    assert (received.quantity, received.amount) == (Decimal(78), Money("5460.00", "EUR"))


@pytest.mark.parametrize("waits", ["0.00", "12.50"])
def test_a_payment_is_what_its_invoices_and_what_waits_make_up(waits: str) -> None:
    """Each part says how it was found to belong there."""
    paid = Money("1600.00", "USD")
    receipt = Receipt(
        id=id_of("pay"),
        instance="erp-a",
        legal_entity="NWA-US",
        client_number="CUST-1001",
        date=date(2026, 11, 30),
        amount=paid + Money(waits, "USD"),
        remittance="INV-1",
        applications=(Application(invoice_number="INV-1", amount=paid, match=Match.PERSON),),
        unapplied=Money(waits, "USD"),
        noted_at=datetime(2026, 12, 1, tzinfo=UTC),
    )

    found = explanation("payment", why_payment(receipt, ()))

    assert does_not_add_up(found.nodes) == []
    assert found.nodes[1].what == "invoice INV-1"
    assert found.nodes[1].facts[0].value == "person"
    assert len(found.nodes) == (2 if waits == "0.00" else 3)


async def test_an_order_for_another_units_project_is_shown_to_nobody_else(tmp_path: Path) -> None:
    """Neither as it stands nor why: as if there were none."""
    theirs = replace(READS, units=frozenset({"DE-TAX"}))
    async with bought_services(tmp_path) as bought:
        order = await bought.order()
        [project] = {each.project_number for each in order.lines}
        mine = update(engagements).where(engagements.c.project_number == project)
        await bought.workshop.store.write(lambda c: c.execute(mine.values(business_unit="DE-DATA")))
        for who in (READS, replace(READS, units=frozenset({"DE-DATA"}))):
            with acting_as(who):
                assert await bought.buying.order_seen(order.id) == order
        with acting_as(theirs), pytest.raises(NoSuchRecord):
            await bought.buying.order_seen(order.id)

    assert not (Sight(theirs, frozenset({project}))).sees(order)
