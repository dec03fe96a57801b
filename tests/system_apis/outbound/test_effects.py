"""One effect for each business key, whatever is lost, repeated or killed on the way."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import select

from governance.access import Caller, Forbidden, acting_as
from governance.audit import Audit
from system_apis.dedupe import DedupeMode, LookUpFirst, NativeKey, OneAttempt
from system_apis.effect_ledger import Effect, effects
from system_apis.effects import Effects, fingerprint
from system_apis.errors import Refused, TryAgain, Unknown
from tests.stores import empty_store

SETTLES = timedelta(seconds=2)
LOOKS = LookUpFirst(find="invoice_by_key", settles_after=SETTLES)
MINUTE = timedelta(minutes=1)
NOTHING_DONE = {
    "turned away": TryAgain("erp", "HTTP 503"),
    "refused": Refused("erp", "the period is closed", code="PERIOD_CLOSED"),
}


class Invoice(Struct, frozen=True):
    """An invoice as the books of these tests have it."""

    id: str
    key: str
    amount: str
    source: str
    legal_entity: str = "NWA-US"


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


class Books:
    """An ERP that does not know keys: what is written twice is there twice.

    `fault` happens to the next write; a `late` write is booked when the test says so.
    """

    def __init__(self) -> None:
        self.invoices: list[Invoice] = []
        self.late: list[Invoice] = []
        self.fault: str | None = None
        self.writes = 0

    async def create(self, key: str, amount: str = "100.00") -> Invoice:
        """Book an invoice."""
        fault, self.fault = self.fault, None
        self.writes += 1
        invoice = Invoice(f"inv-{self.writes}", key, amount, f"erp:{self.writes}")
        await asyncio.sleep(0.01)
        if fault == "hangs":
            await asyncio.sleep(3600)
        if fault in NOTHING_DONE:
            raise NOTHING_DONE[fault]
        if fault == "late":
            self.late.append(invoice)
            raise Unknown("erp", "no answer in time")
        self.invoices.append(invoice)
        self._meddle(fault, invoice)
        if fault == "lost":
            raise Unknown("erp", "reset")
        if fault == "bug":
            raise ZeroDivisionError
        if fault == "killed":
            await asyncio.sleep(3600)
        return invoice

    def _meddle(self, fault: str | None, invoice: Invoice) -> None:
        if fault == "linked":
            self.invoices[-1] = replace(invoice, id="inv-known-before")
        if fault == "twice":
            self.invoices.insert(0, replace(invoice, id="inv-twin", source="erp:twin"))

    async def find(self, key: str) -> Invoice | None:
        """Return the first invoice of a key."""
        if self.fault == "killed looking":
            self.fault = None
            await asyncio.sleep(3600)
        return next((each for each in self.invoices if each.key == key), None)


class Firm:
    """The parts of one test: a store, an audit, the books and the guard in front of them."""

    def __init__(self, path: Path) -> None:
        self.store = empty_store(path / "strata.db")
        self.clock, self.books = Clock(), Books()
        self.audit = Audit(self.store, self.clock, path / "heads.jsonl")
        self.effects = self.restarted()

    def restarted(self) -> Effects:
        """Return a guard that knows nothing but what the store says."""
        return Effects(self.store, self.clock, self.audit, answer_within=timedelta(seconds=5))

    async def invoice(
        self, mode: DedupeMode = LOOKS, *, amount: str = "100.00", guard: Effects | None = None
    ) -> Invoice:
        """Create the invoice of one business key."""
        effect = Effect(
            system="erp",
            instance="erp-a",
            operation="create_invoice",
            key="BE-1",
            input_hash=fingerprint(amount),
        )
        return await (guard or self.effects).once(
            effect,
            mode,
            find=lambda: self.books.find("BE-1"),
            write=lambda: self.books.create("BE-1", amount),
        )

    async def state(self) -> str | None:
        """Return how far the ledger says that the effect has come."""
        return await self.store.read(lambda c: c.execute(select(effects.c.state)).scalar())


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    """Open a firm, and act as its billing process."""
    opened = Firm(tmp_path)
    billing = Caller(subject="project-to-cash", client_id="process", scopes=frozenset())
    with acting_as(billing):
        yield opened
    opened.store.close()


async def _engine(firm: Firm, attempt: Callable[[], Awaitable[Invoice]]) -> Invoice:
    """Do what the durable engine does: wait as long as the error says, and ask again."""
    for _ in range(20):
        try:
            return await attempt()
        except Unknown as lost:
            firm.clock.now += lost.settles_after + timedelta(milliseconds=1)
        except TryAgain as failure:
            firm.clock.now += failure.after + timedelta(milliseconds=1)
    raise AssertionError("it never ended")


async def test_a_write_is_made_once_however_often_it_is_asked_for(firm: Firm) -> None:
    """The second time it is found."""
    first = await firm.invoice()
    again = await firm.invoice()

    assert first == again
    assert firm.books.writes == 1


async def test_a_naive_retry_books_twice(firm: Firm) -> None:
    """The trap is real: without the guard the same fault makes two invoices."""
    firm.books.fault = "lost"

    await _engine(firm, lambda: firm.books.create("BE-1"))

    assert len(firm.books.invoices) == 2


@pytest.mark.parametrize("fault", ["lost", "turned away", None])
async def test_the_guard_books_once_whatever_became_of_the_answer(
    firm: Firm, fault: str | None
) -> None:
    """The same engine, with the guard in front."""
    firm.books.fault = fault

    await _engine(firm, firm.invoice)

    assert len(firm.books.invoices) == 1


async def test_a_late_commit_is_waited_out_before_anything_is_concluded(firm: Firm) -> None:
    """An absent invoice proves nothing while the system may still be at work."""
    firm.books.fault = "late"
    with pytest.raises(Unknown) as lost:
        await firm.invoice()

    firm.clock.now += timedelta(seconds=1)
    with pytest.raises(Unknown) as waiting:
        await firm.invoice()
    firm.books.invoices += firm.books.late
    firm.clock.now += waiting.value.settles_after
    adopted = await firm.invoice()

    assert lost.value.settles_after == SETTLES
    assert waiting.value.settles_after == timedelta(seconds=1)
    assert adopted.id == "inv-1"
    assert firm.books.writes == 1


async def test_what_never_arrived_is_written_once_the_system_has_settled(firm: Firm) -> None:
    """After the wait an absent record is proof, and the write is made."""
    firm.books.fault = "late"

    booked = await _engine(firm, firm.invoice)

    assert booked.id == "inv-2"
    assert len(firm.books.invoices) == 1


async def test_a_process_that_is_killed_between_sending_and_the_answer_books_once(
    firm: Firm,
) -> None:
    """The next process finds `sent` in the store, waits, looks, and adopts what it finds."""
    firm.books.fault = "killed"
    dying = asyncio.create_task(firm.invoice())
    await asyncio.sleep(0.2)
    state = await firm.state()
    guard = firm.restarted()

    with pytest.raises(Unknown) as waiting:
        await firm.invoice(guard=guard)
    firm.clock.now += waiting.value.settles_after
    adopted = await firm.invoice(guard=guard)

    assert state == "sent"
    assert waiting.value.settles_after >= SETTLES
    assert adopted.id == "inv-1"
    assert firm.books.writes == 1
    dying.cancel()


async def test_a_process_that_is_killed_before_it_sends_is_waited_for_once(firm: Firm) -> None:
    """The next process is told when nobody holds the invoice any more, and books it then."""
    firm.books.fault = "killed looking"
    dying = asyncio.create_task(firm.invoice())
    await asyncio.sleep(0.2)
    state = await firm.state()
    guard = firm.restarted()

    with pytest.raises(TryAgain) as waiting:
        await firm.invoice(guard=guard)
    firm.clock.now += waiting.value.after
    booked = await firm.invoice(guard=guard)

    assert (state, firm.books.writes) == ("intended", 1)
    assert booked.id == "inv-1"
    dying.cancel()


async def test_a_zombie_that_comes_back_changes_nothing(firm: Firm) -> None:
    """A writer that slept past its lease has lost its fence."""
    firm.books.fault = "killed"
    zombie = asyncio.create_task(firm.invoice())
    await asyncio.sleep(0.2)
    firm.clock.now += MINUTE
    await firm.invoice(guard=firm.restarted())

    zombie.cancel()
    with pytest.raises(asyncio.CancelledError):
        await zombie

    assert await firm.state() == "done"
    assert len(await firm.audit.records()) == 1


async def test_a_zombie_does_not_let_go_of_what_another_writer_holds(firm: Firm) -> None:
    """Only the holder of the newest fence says how far the effect has come."""
    firm.books.fault = "hangs"
    zombie = asyncio.create_task(firm.invoice())
    await asyncio.sleep(0.2)
    firm.clock.now += MINUTE
    firm.books.fault = "hangs"
    holder = asyncio.create_task(firm.invoice(guard=firm.restarted()))
    await asyncio.sleep(0.2)

    zombie.cancel()
    with pytest.raises(asyncio.CancelledError):
        await zombie

    assert (firm.books.writes, await firm.state()) == (2, "sent")
    holder.cancel()


async def test_of_two_writers_at_once_one_writes(firm: Firm) -> None:
    """The second is told to come back, and then finds it."""
    outcomes = await asyncio.gather(
        *(firm.invoice(guard=firm.restarted()) for _ in range(8)), return_exceptions=True
    )

    booked = [outcome for outcome in outcomes if isinstance(outcome, Invoice)]
    waiting = [outcome for outcome in outcomes if isinstance(outcome, TryAgain | Unknown)]
    assert firm.books.writes == 1
    assert len(booked) + len(waiting) == 8
    assert booked


async def test_another_input_under_the_same_key_is_a_conflict(firm: Firm) -> None:
    """A key stands for one input."""
    await firm.invoice()

    with pytest.raises(Refused) as refused:
        await firm.invoice(amount="200.00")

    assert refused.value.code == "KEY_CONFLICT"
    assert firm.books.writes == 1


async def test_after_a_refusal_a_person_may_correct_the_input(firm: Firm) -> None:
    """Nothing was done, so the key is free for what is right."""
    firm.books.fault = "refused"
    with pytest.raises(Refused):
        await firm.invoice()

    corrected = await firm.invoice(amount="90.00")

    assert corrected.amount == "90.00"


async def test_an_error_that_nobody_foresaw_counts_as_an_unknown_outcome(firm: Firm) -> None:
    """A bug after the write must not lead to a second one."""
    firm.books.fault = "bug"
    with pytest.raises(ZeroDivisionError):
        await firm.invoice()

    await _engine(firm, firm.invoice)

    assert firm.books.writes == 1


async def test_two_records_under_one_key_raise_the_alarm(firm: Firm) -> None:
    """A system that books twice by itself is not trusted in silence."""
    firm.books.fault = "twice"

    with pytest.raises(Refused) as refused:
        await firm.invoice()

    assert refused.value.code == "DUPLICATE_EFFECT"


async def test_a_record_that_is_linked_meanwhile_is_no_second_one(firm: Firm) -> None:
    """A steward, or another run, may say at any moment which id of ours a record stands for."""
    firm.books.fault = "linked"
    written = await firm.invoice()
    again = await firm.invoice()

    assert firm.books.writes == 1
    assert written.source == again.source


async def test_what_was_written_and_is_gone_is_never_written_again(firm: Firm) -> None:
    """First it may be invisible for a moment; after that a person must look."""
    await firm.invoice()
    firm.books.invoices.clear()

    with pytest.raises(TryAgain):
        await firm.invoice()
    firm.clock.now += MINUTE
    with pytest.raises(Refused) as refused:
        await firm.invoice()

    assert refused.value.code == "EFFECT_MISSING"
    assert firm.books.writes == 1


async def test_a_system_that_knows_the_key_may_be_asked_again(firm: Firm) -> None:
    """With a native key a lost answer is simply asked for again."""
    known: dict[str, Invoice] = {}

    async def create() -> Invoice:
        known.setdefault("BE-1", await firm.books.create("BE-1"))
        return known["BE-1"]

    effect = Effect(system="erp", instance="e", operation="o", key="BE-1", input_hash="")

    async def attempt() -> Invoice:
        return await firm.effects.once(effect, NativeKey(), find=None, write=create)

    firm.books.fault = "turned away"
    await _engine(firm, attempt)
    both = await asyncio.gather(attempt(), attempt())

    assert both[0] == both[1] == known["BE-1"]
    assert len(await firm.audit.records()) == 1


async def test_two_first_writers_with_a_native_key_both_get_the_answer(firm: Firm) -> None:
    """Neither stands in the other's way, and the audit tells of one effect."""
    effect = Effect(system="erp", instance="e", operation="o", key="BE-1", input_hash="")

    await asyncio.gather(
        *(
            firm.restarted().once(
                effect, NativeKey(), find=None, write=lambda: firm.books.create("BE-1")
            )
            for _ in range(3)
        )
    )

    assert len(await firm.audit.records()) == 1


@pytest.mark.parametrize("fault", ["lost", "late"])
async def test_a_write_that_can_neither_be_repeated_nor_found_waits_for_a_person(
    firm: Firm, fault: str
) -> None:
    """One attempt; after an unknown outcome nothing is written by itself."""
    firm.books.fault = fault
    with pytest.raises(Unknown):
        await firm.invoice(OneAttempt())

    for _ in range(2):
        firm.clock.now += MINUTE
        with pytest.raises(Refused) as refused:
            await firm.invoice(OneAttempt())

    assert refused.value.code == "NEEDS_RECONCILIATION"
    assert firm.books.writes == 1


async def test_a_write_of_one_attempt_that_was_turned_away_is_made_later(firm: Firm) -> None:
    """Turned away means that nothing was done."""
    firm.books.fault = "turned away"

    booked = await _engine(firm, lambda: firm.invoice(OneAttempt()))

    assert len(firm.books.invoices) == 1
    assert booked.id == "inv-2"


async def test_every_effect_is_in_the_audit_once_with_who_did_it(firm: Firm) -> None:
    """Adopted or written: one effect, one entry."""
    firm.books.fault = "lost"
    booked = await _engine(firm, firm.invoice)
    await firm.invoice()

    [entry] = await firm.audit.records()

    assert (entry.actor, entry.action) == ("project-to-cash", "erp.create_invoice")
    assert (entry.subject, entry.legal_entity) == (booked.id, "NWA-US")
    assert entry.after_hash == fingerprint(booked)


async def test_nothing_is_written_for_nobody(firm: Firm, tmp_path: Path) -> None:
    """An effect without an actor could not be audited."""
    outside = asyncio.get_running_loop().create_task
    import contextvars

    task = outside(firm.invoice(), context=contextvars.Context())

    with pytest.raises(Forbidden):
        await task

    assert firm.books.writes == 0
