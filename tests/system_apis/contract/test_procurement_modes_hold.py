"""What procurement declares of a write keeps it from being done twice, whatever was lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pytest
from msgspec import Struct

from governance.access import Caller, acting_as
from governance.audit import Audit
from store.clock import wall_clock
from system_apis.canonical.procurement import (
    OrderRevision,
    OrderStatus,
    PurchaseOrder,
    ServiceReceipt,
    VendorBill,
)
from system_apis.dedupe import DedupeMode, LookUpFirst
from system_apis.effect_ledger import Effect
from system_apis.effects import Effects
from system_apis.errors import Refused, TryAgain, Unknown
from system_apis.procurement.interface import Procurement
from tests.stores import empty_store
from tests.system_apis.sandbox.house import House
from tests.system_apis.sandbox.purchases import (
    a_vendor,
    bill_draft,
    order_draft,
    order_line,
    receipt_draft,
    sent,
)

KEY = "key-1"
Made = PurchaseOrder | ServiceReceipt | VendorBill
CALLER = Caller(subject="tests", client_id="tests", scopes=frozenset())


class Once(Struct, frozen=True):
    """A write that must have one effect, and where the system keeps it."""

    operation: str
    record_type: str
    find: Callable[[], Awaitable[Made | None]]
    write: Callable[[], Awaitable[Made]]


async def _write(system: Procurement, operation: str) -> Once:
    """Return a write of this name, with all that it needs in the system already."""
    vendor, order = await a_vendor(system), await sent(system, "earlier")
    return {
        "create_purchase_order": Once(
            operation,
            "purchase_order",
            lambda: system.purchase_order_by_key(KEY),
            lambda: system.create_purchase_order(order_draft(vendor), key=KEY),
        ),
        "record_receipt": Once(
            operation,
            "receiving_transaction",
            lambda: system.receipt_by_key(KEY),
            lambda: system.record_receipt(order.id, receipt_draft("2"), key=KEY),
        ),
        "record_bill": Once(
            operation,
            "invoice",
            lambda: system.bill_by_key(KEY),
            lambda: system.record_bill(bill_draft(vendor, "B-1", order), key=KEY),
        ),
    }[operation]


@pytest.fixture
async def effects(tmp_path: Path) -> AsyncIterator[Effects]:
    """Guard writes with a ledger of the test's own."""
    store = empty_store(tmp_path / "effects.sqlite")
    yield Effects(store, wall_clock, Audit(store, wall_clock, tmp_path / "heads.jsonl"))
    store.close()


async def _until_done(effects: Effects, once: Once, mode: DedupeMode) -> Made:
    """Ask until the effect is there, as the durable engine would."""
    effect = Effect(
        system="procurement",
        instance="procurement",
        operation=once.operation,
        key=KEY,
        input_hash="same",
    )
    while True:
        try:
            with acting_as(CALLER):
                return await effects.once(effect, mode, find=once.find, write=once.write)
        except (Unknown, TryAgain) as later:
            pause = later.settles_after if isinstance(later, Unknown) else later.after
            await asyncio.sleep(min(pause.total_seconds(), 2.0) + 0.01)


async def _kept(house: House, record_type: str) -> int:
    rows = await house.truth("procurement", record_type)
    return sum(row.external_ref_num == KEY for row in rows)


@pytest.mark.parametrize("kind", ["commit-then-reset", "late-commit"])
@pytest.mark.parametrize("operation", ["create_purchase_order", "record_receipt", "record_bill"])
async def test_a_write_has_one_effect_when_its_answer_was_lost(
    house: House, effects: Effects, operation: str, kind: str
) -> None:
    """Look up first, and wait for what may still be under way."""
    system = house.procurement()
    once = await _write(system, operation)
    mode = system.writes[operation]
    assert isinstance(mode, LookUpFirst)
    await house.fail(kind, operation, late_seconds=1.2)
    made = await _until_done(effects, once, mode)
    await asyncio.sleep(1.0)  # whatever was still under way has landed

    assert await once.find() == made
    assert await _kept(house, once.record_type) == 1
    assert await house.fired() == {kind: 1}


async def test_a_naive_retry_orders_twice(house: House) -> None:
    """Without the guard the same fault makes a second order: the checker can see it."""
    once = await _write(house.procurement(), "create_purchase_order")
    await house.fail("commit-then-reset", "create_purchase_order")
    with pytest.raises(Unknown):
        await once.write()
    with pytest.raises(Refused) as told:
        await once.write()

    assert told.value.code == "DUPLICATE_EFFECT"
    assert await _kept(house, "purchase_order") == 2


@pytest.mark.parametrize("kind", ["commit-then-reset", "half-apply", "duplicate-apply"])
async def test_a_revision_is_made_once_when_its_answer_was_lost(house: House, kind: str) -> None:
    """One that was made half is made whole; one that was made is not made again."""
    system = house.procurement()
    order = await sent(system, "earlier", order_line("10", "70"), order_line("5", "60"))
    wish = OrderRevision(of_revision=1, lines=(order_line("11", "70"), order_line("6", "60")))
    await house.fail(kind, "revise_purchase_order")
    with suppress(Unknown):
        await system.revise_purchase_order(order.id, wish, key=KEY)
    made = await system.revise_purchase_order(order.id, wish, key=KEY)

    assert (made.revision, made.status) == (2, OrderStatus.PENDING_APPROVAL)
    assert [line.quantity for line in made.lines] == [11, 6]
    assert made.total.amount == "1130.00"
    assert await house.fired() == {kind: 1}


async def test_a_receipt_that_was_booked_half_still_counts_against_the_order(
    house: House,
) -> None:
    """The order does not tell of it, and nothing beyond what was ordered is received anyhow."""
    system = house.procurement()
    order = await sent(system, "earlier", order_line("10", "70"))
    await house.fail("half-apply", "record_receipt")
    with pytest.raises(Unknown):
        await system.record_receipt(order.id, receipt_draft("8"), key=KEY)
    untold = await system.purchase_order(order.id)
    with pytest.raises(Refused) as told:
        await system.record_receipt(order.id, receipt_draft("3"), key="key-2")
    await system.record_receipt(order.id, receipt_draft("1"), key="key-3")

    assert untold.lines[0].received == 0
    assert told.value.code == "OVER_RECEIPT"
    assert (await system.purchase_order(order.id)).lines[0].received == 9
