"""One effect for each business key, whatever is lost, repeated or killed on the way."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from governance.access import Caller, Forbidden, acting_as
from system_apis.dedupe import NativeKey, OneAttempt
from system_apis.effect_ledger import Effect
from system_apis.effects import fingerprint
from system_apis.errors import Refused, TryAgain, Unknown
from tests.system_apis.outbound.keyed_books import (
    MINUTE,
    SETTLES,
    Firm,
    Invoice,
)


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
