"""What is due and given up is written off once, for the amount that was agreed to."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from governance.access import acting_as
from governance.audit import Audit
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.ledger.claims import period_claims
from process_apis.project_to_cash.ledger.writing_off import WritingOff
from process_apis.project_to_cash.records import BillingEvent, Blocker, EventStatus
from store.clock import wall_clock
from store.database import Store
from system_apis.canonical.money import Money
from system_apis.errors import Refused, TryAgain
from tests.process_apis.billing_facts import billing_event, id_of
from tests.process_apis.ledger_house import CALLER
from tests.stores import empty_store

AMOUNT = Money("1200.05", "USD")
REASON = "the client is insolvent"
DUE = replace(billing_event(), status=EventStatus.BLOCKED, amount_expected=AMOUNT)
DISPUTED = Blocker(code="B14", reason="DISPUTE_OPEN", owner="finance", remedy="resolve it")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Open an empty store, in which finance acts."""
    opened = empty_store(tmp_path / "ledger.sqlite")
    with acting_as(CALLER):
        yield opened
    opened.close()


@pytest.fixture
def audit(store: Store, tmp_path: Path) -> Audit:
    """Open the audit of the store."""
    return Audit(store, wall_clock, tmp_path / "heads.jsonl")


@pytest.fixture
def billing(store: Store, audit: Audit) -> BillingLedger:
    """Open the billing ledger of the store."""
    return BillingLedger(store, audit)


async def test_what_is_due_is_written_off_once_with_its_reason(
    store: Store, audit: Audit, billing: BillingLedger
) -> None:
    """Told twice, the audit tells of it once."""
    await billing.plan([DUE])
    writing_off = WritingOff(store, audit)
    first = await writing_off.write_off(DUE.id, AMOUNT, REASON)
    again = await writing_off.write_off(DUE.id, AMOUNT, REASON)

    assert first == again == await billing.event(DUE.id)
    assert first.status is EventStatus.WRITTEN_OFF
    told = [each for each in await audit.records() if each.action == "billing_event.written_off"]
    assert [each.reason for each in told] == [f"{AMOUNT}: {REASON}"]


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (replace(DUE, status=EventStatus.PLANNED), "only what is due"),
        (replace(DUE, status=EventStatus.READY), "only what is due"),
        (replace(DUE, status=EventStatus.INVOICED), "only what is due"),
        (replace(DUE, status=EventStatus.CANCELLED), "only what is due"),
        (replace(DUE, blockers=(DISPUTED,)), "resolve the dispute"),
        (replace(DUE, sequence=2), "bill or credit it"),
        (replace(DUE, amount_expected=Money("1200.06", "USD")), "look again"),
        (replace(DUE, amount_expected=None), "look again"),
    ],
)
async def test_a_refusal_says_why_and_changes_nothing(
    store: Store, audit: Audit, billing: BillingLedger, event: BillingEvent, why: str
) -> None:
    """What is not due, is disputed or comes to another amount stays as it is."""
    await billing.plan([event])
    with pytest.raises(Refused, match=why):
        await WritingOff(store, audit).write_off(event.id, AMOUNT, REASON)

    assert await billing.event(event.id) == event


async def test_a_check_under_way_does_not_bring_back_what_is_written_off(
    store: Store, audit: Audit, billing: BillingLedger
) -> None:
    """It saw the event as it was before, and has to look again."""
    await billing.plan([DUE])
    await WritingOff(store, audit).write_off(DUE.id, AMOUNT, REASON)
    ready = replace(DUE, status=EventStatus.READY)
    with pytest.raises(TryAgain):
        await billing.checked(ready, seen=DUE)

    assert (await billing.event(DUE.id)).is_final


async def test_a_period_written_off_is_not_billed_by_another_event(
    store: Store, audit: Audit, billing: BillingLedger
) -> None:
    """Its event claims its period as before."""
    await billing.plan([DUE])
    await WritingOff(store, audit).write_off(DUE.id, AMOUNT, REASON)
    other = replace(DUE, id=id_of("be", 9))
    claims = await store.read(lambda connection: period_claims(connection, other))

    assert [each.event_id for each in claims] == [DUE.id]
