"""What is due and given up is written off once, to the cent, and nothing else bills it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from process_apis.errors import Conflict
from process_apis.project_to_cash.ledger.claims import period_claims
from process_apis.project_to_cash.readiness.blockers import blockers
from process_apis.project_to_cash.records import BillingEvent, EventStatus
from process_apis.project_to_cash.rules import Prepared, prepare
from process_apis.project_to_cash.write_offs.ledger import WriteOffLedger
from process_apis.project_to_cash.write_offs.records import WriteOff, WriteOffStage
from process_apis.project_to_cash.write_offs.rules import ground_of
from system_apis.canonical.money import Money
from system_apis.errors import Refused, TryAgain
from tests.process_apis.billing_facts import HALF_UP, MONTH_END, contract, entry, facts, id_of
from tests.process_apis.ledger_house import LedgerHouse, ledger_house

REASON = "the client is insolvent"
# At this rate a third of an hour leaves a fraction of a cent.
AGREED = contract(rates={"Principal": "33.33"}, tax="0.19")


class Given(Struct):
    """A month that fell due and is kept back, with what its invoice would be."""

    house: LedgerHouse
    ledger: WriteOffLedger
    event: BillingEvent
    prepared: Prepared

    async def asked(self, **more: object) -> WriteOff:
        """Have somebody ask to write the month off."""
        wanted = WriteOff(
            id=id_of("wo"),
            billing_event_id=self.event.id,
            contract_number="CT-1",
            version=1,
            stage=WriteOffStage.ASKED,
            draft=self.prepared.draft,
            ground=ground_of(self.prepared),
            reason=REASON,
            requested_by="U-FI1",
            approvers=("finance_director",),
            terms_version=0,
        )
        return await self.ledger.ask(replace(wanted, **more), 0)

    async def written_off(self) -> WriteOff:
        """Have the month written off."""
        return await self.gone(await self.asked())

    async def gone(self, wanted: WriteOff) -> WriteOff:
        """Write off what was asked for."""
        billed = self.prepared.billed
        return await self.ledger.write_off(wanted, billed, seen=self.event, on=MONTH_END)

    async def put_back(self) -> WriteOff:
        """Have somebody agree that the month is billed after all."""
        known = await self.written_off()
        asked = replace(
            known, stage=WriteOffStage.REVERSAL_ASKED, version=2, reversal_reason="they pay"
        )
        await self.ledger.turn(known, asked, reason="they pay")
        return await self.ledger.put_back(asked, on=MONTH_END)


@pytest.fixture
async def given(tmp_path: Path) -> AsyncIterator[Given]:
    """Let two days be worked that nobody bills yet."""
    async with ledger_house(tmp_path, None) as house:
        house.entries = [entry("7.25", number=1), entry("3.5", number=2)]
        seen = facts(*house.entries, agreed=AGREED)
        event = replace(seen.event, id=id_of("be", 1), status=EventStatus.BLOCKED)
        await house.billing.plan([event])
        ledger = WriteOffLedger(house.store, house.credits._audit)
        yield Given(house, ledger, event, prepare(seen, HALF_UP))


async def test_a_write_off_takes_each_source_to_the_cent_and_once(given: Given) -> None:
    """Its parts make up what the invoice would have come to; told twice, they are there once."""
    first = await given.written_off()
    again = await given.gone(await given.ledger.get(first.id))

    rows = await given.house.rows()
    assert first == again
    assert (await given.house.billing.event(given.event.id)).status is EventStatus.WRITTEN_OFF
    assert [each.source for each in rows] == [f"time_entry:{id_of('te', n)}" for n in (1, 2)]
    assert sum(each.amount for each in rows) == first.draft.net.value
    assert (first.draft.net, first.draft.gross) == (usd("358.30"), usd("426.38"))


async def test_what_is_written_off_is_not_billed_again(given: Given) -> None:
    """Neither by a draft that was worked out before, nor by the next event, nor by another period.

    A cap counts nothing of it.
    """
    await given.written_off()
    house = given.house
    later = await house.invoiced(2)
    other = replace(given.event, id=id_of("be", 9))
    claims = await house.store.read(lambda connection: period_claims(connection, other))

    assert later is None
    assert [(each.event_id, each.written_off) for each in claims] == [(given.event.id, True)]
    assert await house.counted() == usd("0")


async def test_a_draft_that_was_on_its_way_is_refused(given: Given) -> None:
    """Whoever comes second finds the sources taken."""
    house = given.house
    invoiced = await house.invoiced(3)
    assert invoiced is not None
    with pytest.raises(Refused) as refused:
        await given.written_off()

    assert refused.value.code == "ALREADY_BILLED"
    assert await house.billing.event(given.event.id) == given.event


@pytest.mark.parametrize(
    "at", ["INSERT ON billing_allocations", "UPDATE ON billing_events", "UPDATE ON write_offs"]
)
async def test_a_write_off_that_breaks_off_half_way_leaves_nothing(given: Given, at: str) -> None:
    """Wherever it breaks; done again, it is whole."""
    house, wanted = given.house, await given.asked()
    broken = f"CREATE TRIGGER broken BEFORE {at} BEGIN SELECT RAISE(ABORT, 'broken off'); END"
    await house.store.write(lambda connection: connection.execute(text(broken)))
    with pytest.raises(DBAPIError, match="broken off"):
        await given.gone(wanted)
    rows, event = await house.rows(), await house.billing.event(given.event.id)
    known = await given.ledger.get(wanted.id)
    await house.store.write(lambda connection: connection.execute(text("DROP TRIGGER broken")))
    done = await given.gone(wanted)

    assert (rows, event, known) == ([], given.event, wanted)
    assert (done.stage, len(await house.rows())) == (WriteOffStage.WRITTEN_OFF, 2)


async def test_a_check_under_way_does_not_bring_back_what_is_written_off(given: Given) -> None:
    """It saw the event as it was before, and has to look again; and so has a late write-off."""
    wanted = await given.asked()
    ready = replace(given.event, status=EventStatus.READY)
    await given.house.billing.checked(ready, seen=given.event)
    with pytest.raises(TryAgain):
        await given.gone(wanted)
    back = await given.house.billing.checked(given.event, seen=ready)
    await given.gone(wanted)
    with pytest.raises(TryAgain):
        await given.house.billing.checked(ready, seen=back)

    assert (await given.house.billing.event(given.event.id)).is_final


async def test_what_is_put_back_is_billed_as_if_nothing_had_been(given: Given) -> None:
    """Its rows take each other out, and its event waits for a person's check."""
    back = await given.put_back()
    again = await given.ledger.put_back(back, on=MONTH_END)

    event = await given.house.billing.event(given.event.id)
    rows = await given.house.rows()
    assert (back, back.stage) == (again, WriteOffStage.REVERSED)
    assert (event.status, event.version) == (EventStatus.RETURNED, given.event.version + 1)
    assert sum(each.sign * each.amount for each in rows) == 0
    assert len(rows) == 4
    assert await given.house.invoiced(3) is not None


async def test_two_who_ask_at_once_are_not_both_asked_about(given: Given) -> None:
    """The same wish is one; another on the same ground waits; on another ground it takes over."""
    first = await given.asked()
    same = await given.asked()
    with pytest.raises(Conflict, match="U-FI1 asks to write"):
        await given.asked(requested_by="U-FI2")
    moved = await given.asked(requested_by="U-FI2", ground="other work")
    with pytest.raises(Refused, match="asked for anew") as refused:
        await given.gone(first)

    assert (first, first.version, moved.version) == (same, 1, 2)
    assert refused.value.code == "WRITE_OFF_MOVED"


async def test_what_was_not_agreed_to_may_be_asked_for_again(given: Given) -> None:
    """As another version, which has another answer."""
    first = await given.asked()
    refused = replace(first, stage=WriteOffStage.REJECTED)
    await given.ledger.turn(first, refused, reason="not so")
    again = await given.asked()
    await given.gone(again)
    with pytest.raises(Conflict, match="written off already"):
        await given.asked()

    assert (again.version, again.stage) == (2, WriteOffStage.ASKED)


async def test_a_written_off_period_says_why_another_waits(given: Given) -> None:
    """The remedy names what gave it up."""
    await given.written_off()
    other = replace(given.event, id=id_of("be", 9))
    claims = await given.house.store.read(lambda connection: period_claims(connection, other))
    seen = replace(facts(*given.house.entries, agreed=AGREED), event=other, claims=claims)
    found = blockers(seen, given.prepared.draft, usd("0"))

    assert [each.remedy for each in found if each.reason == "PERIOD_OVERLAP"] == [
        f"{given.event.id} gave 2026-10-01 to 2026-10-31 up: put it back, or bill the rest by hand"
    ]


def usd(amount: str) -> Money:
    """Return dollars."""
    return Money.of(amount, "USD")
