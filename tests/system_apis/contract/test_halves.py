"""What a system took without its parts is taken out again, and written whole once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import Struct

from governance.access import Caller, acting_as
from governance.audit import Audit
from governance.sensitive_reads import SensitiveReads
from observability.metrics import Metrics
from observability.tracing import Tracing
from store.clock import wall_clock
from system_apis.canonical.billing import Invoice
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.money import Money, Price
from system_apis.canonical.payables import Payable, PayableDraft, PayableLine
from system_apis.canonical.procurement import PurchaseOrder, ServiceReceipt, VendorBill
from system_apis.dedupe import LookUpFirst
from system_apis.door import Warden, governed
from system_apis.effects import MOST_HALVES, Effects
from system_apis.erp import v1 as erp_v1
from system_apis.erp.interface import Erp
from system_apis.errors import Refused, TryAgain, Unknown
from system_apis.procurement import v1 as procurement_v1
from system_apis.procurement.interface import Procurement
from tests.stores import empty_store
from tests.system_apis.sandbox.bills import Company, credit_draft, drafted, prepared
from tests.system_apis.sandbox.house import House
from tests.system_apis.sandbox.purchases import (
    a_vendor,
    bill_draft,
    order_draft,
    order_line,
    receipt_draft,
    sent,
)

US = Company(
    legal_entity="NWA-US",
    currency="USD",
    country="US",
    tax_category="E",
    tax_rate=Decimal(0),
)
DAY = date(2026, 10, 31)
KEY = "key-1"
ENTITIES = frozenset({"NWA-US", "NWA-DE"})
CALLER = Caller(
    subject="tests",
    client_id="tests",
    scopes=frozenset(
        {
            "system:erp:read",
            "system:erp:write",
            "system:erp:record_payable",
            "system:procurement:read",
            "system:procurement:write",
            "system:procurement:record_bill",
        }
    ),
    entities=ENTITIES,
)
Made = Invoice | CreditNote | Payable | PurchaseOrder | ServiceReceipt | VendorBill
TAKEN_OUT = {"Voided", "voided", "cancelled"}


class Firm(Struct, frozen=True):
    """A sandbox whose ERP and procurement system are reached through their doors."""

    house: House
    audit: Audit
    erp: Erp
    procurement: Procurement


class Kind(Struct, frozen=True):
    """A write whose system may take half of it: where the system keeps it, and its parts."""

    instance: str
    record_type: str
    write: Callable[[Firm], Awaitable[Callable[[], Awaitable[Made]]]]
    parts: Callable[[Firm, Made], Awaitable[Decimal]]


@pytest.fixture
async def firm(house: House, tmp_path: Path) -> AsyncIterator[Firm]:
    """Put doors in front of two systems, and act as somebody who may write."""
    store = empty_store(tmp_path / "effects.sqlite")
    audit = Audit(store, wall_clock, tmp_path / "heads.jsonl")
    effects, reads = Effects(store, wall_clock, audit), SensitiveReads(audit, store)
    warden = Warden(effects, Metrics(), Tracing(), reads)
    with acting_as(CALLER):
        yield Firm(
            house,
            audit,
            governed(house.erp(), Erp, erp_v1.POLICY, warden, entities=ENTITIES),
            governed(
                house.procurement(), Procurement, procurement_v1.POLICY, warden, entities=ENTITIES
            ),
        )
    store.close()


async def _invoice(firm: Firm) -> Callable[[], Awaitable[Made]]:
    await prepared(firm.erp, US)
    return lambda: drafted(firm.erp, US, KEY, DAY, ("1", "100"), ("2", "50"))


async def _credit(firm: Firm) -> Callable[[], Awaitable[Made]]:
    await prepared(firm.erp, US)
    draft = await drafted(firm.erp, US, "earlier", DAY)
    invoice = await firm.erp.post_invoice(draft.id, key="p")
    credit = credit_draft(US, firm.erp, invoice, DAY, ("1", "10"), ("2", "5"))
    return lambda: firm.erp.create_credit_note(credit, key=KEY)


async def _order(firm: Firm) -> Callable[[], Awaitable[Made]]:
    lines = (order_line("10", "70"), order_line("5", "60"))
    draft = order_draft(await a_vendor(firm.procurement), *lines)
    return lambda: firm.procurement.create_purchase_order(draft, key=KEY)


async def _receipt(firm: Firm) -> Callable[[], Awaitable[Made]]:
    order = await sent(firm.procurement, "earlier", order_line("10", "70"))
    return lambda: firm.procurement.record_receipt(order.id, receipt_draft("2"), key=KEY)


async def _bill(firm: Firm) -> Callable[[], Awaitable[Made]]:
    order = await sent(firm.procurement, "earlier", order_line("10", "70"))
    draft = bill_draft(await a_vendor(firm.procurement), "B-1", order)
    return lambda: firm.procurement.record_bill(draft, key=KEY)


async def _payable(firm: Firm) -> Callable[[], Awaitable[Made]]:
    lines = tuple(
        PayableLine(
            description="Services",
            quantity=Decimal(hours),
            unit_price=Price("70", "USD"),
            net=Money.of(70 * hours, "USD"),
        )
        for hours in (2, 3)
    )
    net, nothing = Money.of(350, "USD"), Money.zero("USD")
    draft = PayableDraft(
        legal_entity="NWA-US",
        vendor_number="VN-1",
        vendor_name="Delta Data BV",
        bill_number="B-1",
        currency="USD",
        issue_date=DAY,
        due_date=DAY,
        lines=lines,
        net=net,
        tax=nothing,
        gross=net,
        self_assessed=nothing,
    )
    return lambda: firm.erp.create_payable(draft, key=KEY)


async def _lines(firm: Firm, made: Made) -> Decimal:
    assert not isinstance(made, ServiceReceipt)
    return Decimal(len(made.lines or ()))


async def _received(firm: Firm, made: Made) -> Decimal:
    """Return what the order tells of that was received on it."""
    assert isinstance(made, ServiceReceipt)
    number = made.purchase_order_number
    [order] = (await firm.procurement.purchase_orders(number=number)).items
    return order.lines[0].received


KINDS = {
    "create_invoice": Kind("erp-a", "invoice", _invoice, _lines),
    "create_credit_note": Kind("erp-a", "creditMemo", _credit, _lines),
    "create_payable": Kind("erp-a", "vendorBill", _payable, _lines),
    "create_purchase_order": Kind("procurement", "purchase_order", _order, _lines),
    "record_receipt": Kind("procurement", "receiving_transaction", _receipt, _received),
    "record_bill": Kind("procurement", "invoice", _bill, _lines),
}
WHOLE = {"record_bill": Decimal(1)}


async def _until_done(write: Callable[[], Awaitable[Made]]) -> Made:
    """Ask until it is there, as the durable engine would."""
    for _ in range(12):
        try:
            return await write()
        except (Unknown, TryAgain) as later:
            pause = later.settles_after if isinstance(later, Unknown) else later.after
            await asyncio.sleep(pause.total_seconds() + 0.01)
    raise AssertionError("it is not there after twelve tries")


async def _kept(firm: Firm, kind: Kind) -> tuple[int, int]:
    """Return how many records stand under the key, and how many were taken out."""
    rows = await firm.house.truth(kind.instance, kind.record_type)
    ours = [row for row in rows if KEY in {row.external_id, row.external_ref_num}]
    out = sum(row.status in TAKEN_OUT for row in ours)
    return len(ours) - out, out


async def _halves(firm: Firm, operation: str, *nths: int) -> None:
    rules = [{"operation": operation, "nth": nth, "kind": "half-apply"} for nth in nths]
    await firm.house.set("faults", {"rules": rules})


@pytest.mark.parametrize("operation", sorted(KINDS))
async def test_what_was_written_in_half_stands_whole_and_once(firm: Firm, operation: str) -> None:
    """Two halves are taken out, each told in the audit, and one whole record is left."""
    kind = KINDS[operation]
    write = await kind.write(firm)
    await _halves(firm, operation, 1, 2)
    made = await _until_done(write)
    again = await write()

    assert await kind.parts(firm, made) == WHOLE.get(operation, Decimal(2))
    assert again == made
    assert await _kept(firm, kind) == (1, 2)
    told = [each for each in await firm.audit.records() if f"{KEY}:half:" in (each.reason or "")]
    assert len(told) == 2


@pytest.mark.parametrize("operation", ["create_credit_note", "record_receipt"])
async def test_a_system_that_only_takes_halves_is_told_to_a_person(
    firm: Firm, operation: str
) -> None:
    """After three halves nothing more is written; the last is left for a person to see."""
    kind = KINDS[operation]
    write = await kind.write(firm)
    await _halves(firm, operation, *range(1, 10))
    with pytest.raises(Refused) as told:
        await _until_done(write)

    assert told.value.code == "HALF_WRITTEN"
    assert await _kept(firm, kind) == (1, MOST_HALVES)


async def test_an_invoice_that_somebody_changed_after_it_was_written_is_left_alone(
    firm: Firm,
) -> None:
    """What is done was whole; what its ERP's people do with it later is their business."""
    write = await _invoice(firm)
    made = await write()
    assert isinstance(made, Invoice)
    await firm.erp.void_invoice(made.id, key="by hand")
    await asyncio.sleep(2.1)  # until absence means something
    with pytest.raises(Refused) as told:
        await write()

    assert told.value.code == "EFFECT_MISSING"
    assert await _kept(firm, KINDS["create_invoice"]) == (0, 1)


def test_every_write_that_can_be_half_is_tried(house: House) -> None:
    """A connector that says how a half is taken out has a kind here."""
    modes = {**house.erp().writes, **house.procurement().writes, **house.psa().writes}
    modes |= {**house.contracts().writes, **house.crm().writes, **house.hr().writes}
    parted = {name for name, mode in modes.items() if isinstance(mode, LookUpFirst) and mode.parts}

    assert parted == set(KINDS)
