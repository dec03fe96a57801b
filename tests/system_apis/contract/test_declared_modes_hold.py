"""What a connector declares of a write keeps it from being done twice, and nothing less does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec import Struct

from governance.access import Caller, acting_as
from governance.audit import Audit
from store.clock import wall_clock
from system_apis.canonical.billing import (
    Invoice,
    LedgerProject,
    LedgerProjectDraft,
    Payment,
    PaymentDraft,
)
from system_apis.canonical.credits import CreditNote
from system_apis.canonical.money import Money
from system_apis.canonical.party import Client
from system_apis.dedupe import LookUpFirst
from system_apis.effect_ledger import Effect
from system_apis.effects import Effects
from system_apis.erp.interface import Erp
from system_apis.errors import Refused, TryAgain, Unknown
from tests.stores import empty_store
from tests.system_apis.sandbox.bills import Company, client_draft, credit_draft, drafted, prepared
from tests.system_apis.sandbox.house import House

US = Company(
    legal_entity="NWA-US",
    currency="USD",
    country="US",
    tax_category="E",
    tax_rate=Decimal(0),
)
DAY = date(2026, 10, 31)
KEY = "key-1"
Made = Client | LedgerProject | Invoice | CreditNote | Payment
CALLER = Caller(subject="tests", client_id="tests", scopes=frozenset())


class Once(Struct, frozen=True):
    """A write that must have one effect, and where the ERP keeps it."""

    operation: str
    record_type: str
    find: Callable[[], Awaitable[Made | None]]
    write: Callable[[], Awaitable[Made]]


async def _write(erp: Erp, operation: str) -> Once:
    """Return a write of this name, with all that it needs in the books already."""
    await prepared(erp, US)
    draft = await drafted(erp, US, "earlier", DAY)
    invoice = await erp.post_invoice(draft.id, key="p")
    payment = PaymentDraft(
        legal_entity="NWA-US",
        invoice_number=str(invoice.number),
        date=DAY,
        amount=Money("10.00", "USD"),
        reference="bank",
    )
    project = LedgerProjectDraft(
        number="P-2", name="Two", legal_entity="NWA-US", client_number="CL-900"
    )
    client = client_draft(US, "CL-2")
    return {
        "create_client": Once(
            operation,
            "customer",
            lambda: erp.client_by_key(KEY),
            lambda: erp.create_client(client, key=KEY),
        ),
        "create_ledger_project": Once(
            operation,
            "job",
            lambda: erp.ledger_project_by_key(KEY),
            lambda: erp.create_ledger_project(project, key=KEY),
        ),
        "create_invoice": Once(
            operation,
            "invoice",
            lambda: erp.invoice_by_key(KEY),
            lambda: drafted(erp, US, KEY, DAY),
        ),
        "create_credit_note": Once(
            operation,
            "creditMemo",
            lambda: erp.credit_note_by_key(KEY),
            lambda: erp.create_credit_note(credit_draft(US, erp, invoice, DAY), key=KEY),
        ),
        "record_payment": Once(
            operation,
            "customerPayment",
            lambda: erp.payment_by_key(KEY),
            lambda: erp.record_payment(payment, key=KEY),
        ),
    }[operation]


@pytest.fixture
async def effects(tmp_path: Path) -> AsyncIterator[Effects]:
    """Guard writes with a ledger of the test's own."""
    store = empty_store(tmp_path / "effects.sqlite")
    yield Effects(store, wall_clock, Audit(store, wall_clock, tmp_path / "heads.jsonl"))
    store.close()


async def _until_done(effects: Effects, once: Once, mode: LookUpFirst) -> Made:
    """Ask until the effect is there, as the durable engine would."""
    effect = Effect(
        system="erp", instance="erp-a", operation=once.operation, key=KEY, input_hash="same"
    )
    while True:
        try:
            with acting_as(CALLER):
                return await effects.once(effect, mode, find=once.find, write=once.write)
        except (Unknown, TryAgain) as later:
            pause = later.settles_after if isinstance(later, Unknown) else later.after
            await asyncio.sleep(min(pause.total_seconds(), 2.0) + 0.01)


async def _effects(house: House, record_type: str) -> int:
    rows = await house.truth("erp-a", record_type)
    return sum(row.external_id == KEY for row in rows)


@pytest.mark.parametrize("kind", ["commit-then-reset", "late-commit"])
@pytest.mark.parametrize(
    "operation",
    [
        "create_client",
        "create_ledger_project",
        "create_invoice",
        "create_credit_note",
        "record_payment",
    ],
)
async def test_a_write_has_one_effect_when_its_answer_was_lost(
    house: House, effects: Effects, operation: str, kind: str
) -> None:
    """Look up first, and wait for what may still be under way."""
    erp = house.erp()
    once = await _write(erp, operation)
    mode = erp.writes[operation]
    assert isinstance(mode, LookUpFirst)
    await house.fail(kind, operation, late_seconds=1.2)
    made = await _until_done(effects, once, mode)
    await asyncio.sleep(1.0)  # whatever was still under way has landed

    assert await once.find() == made
    assert await _effects(house, once.record_type) == 1
    assert await house.fired() == {kind: 1}


async def test_a_naive_retry_has_two(house: House) -> None:
    """Without the guard the same fault makes a second payment: the checker can see it."""
    once = await _write(house.erp(), "record_payment")
    await house.fail("commit-then-reset", "record_payment")
    with pytest.raises(Unknown):
        await once.write()
    with pytest.raises(Refused):
        await once.write()

    assert await _effects(house, "customerPayment") == 2


async def test_looking_without_waiting_makes_two_of_a_late_one(house: House) -> None:
    """An absent record proves nothing while the ERP may still be at work."""
    once = await _write(house.erp(), "record_payment")
    await house.fail("late-commit", "record_payment", late_seconds=1.2)
    with pytest.raises(Unknown):
        await once.write()
    absent = await once.find()
    await once.write()
    await asyncio.sleep(1.2)

    assert absent is None
    assert await _effects(house, "customerPayment") == 2
