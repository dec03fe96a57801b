"""The audit cannot be changed unseen."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import IntegrityError

from governance.audit import Audit
from governance.audit_chain.entries import TOLD, audit
from governance.audit_chain.reading import Question, verify
from governance.audit_chain.walk import AuditVerdict, Fault
from store.database import Store
from tests.governance.audited import Clock, entry, forge, forge_one, tamper, written

CHANGED = "it was changed"
MISSING = "it is missing"
NOT_SEALED = "it is not what was written outside the database"


def first(verdict: AuditVerdict) -> Fault:
    """Return the fault of the one stream that has one."""
    [fault] = [each for each in verdict.faults if each.stream is not None]
    return fault


async def test_an_untouched_audit_is_whole(chain: Audit) -> None:
    """Every entry follows the one before it."""
    await written(chain, 12)

    verdict = await chain.verdict()

    assert verdict.whole
    assert verdict.entries == 12


async def test_the_database_refuses_to_change_or_delete_an_entry(
    chain: Audit, store: Store
) -> None:
    """Append-only holds for whoever merely uses the database."""
    await written(chain, 1)

    for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit"):
        with pytest.raises(IntegrityError, match="append-only"):
            await store.write(lambda connection, sql=statement: connection.execute(text(sql)))  # type: ignore[misc]  # mypy cannot infer a lambda's default


@pytest.mark.parametrize("column", [name for name in TOLD if name != "before_hash"])
async def test_an_edited_entry_is_found(chain: Audit, store: Store, column: str) -> None:
    """AU-01: whatever is edited, the entry's hash no longer fits."""
    await written(chain, 12)
    edit = audit.update().where(audit.c.sequence == 4).values({column: "someone else"})
    await tamper(store, edit)

    verdict = await chain.verdict()

    assert first(verdict) == Fault(reason=CHANGED, stream="effects", entry=4, sequence=4)


async def test_an_edited_link_is_found(chain: Audit, store: Store) -> None:
    """What an entry says about the one before it is checked too."""
    await written(chain, 12)
    await tamper(store, "UPDATE audit SET previous_hash = hash WHERE sequence = 4")

    verdict = await chain.verdict()

    assert first(verdict).entry == 4


async def test_an_entry_that_was_hashed_anew_by_itself_is_found(chain: Audit, store: Store) -> None:
    """It fits what it says, and the one after it no longer follows it."""
    await written(chain, 12)
    await tamper(store, "UPDATE audit SET actor = 'someone else' WHERE sequence = 4")
    await forge_one(store, 4)

    verdict = await chain.verdict()

    assert first(verdict).entry == 5
    assert first(verdict).reason == "it does not follow the entry before it"


async def test_bytes_that_are_no_text_any_more_are_found(chain: Audit, store: Store) -> None:
    """A bit that the disk turned is named like a forgery."""
    await written(chain, 12)
    await tamper(store, "UPDATE audit SET reason = CAST(x'64ff' AS TEXT) WHERE sequence = 7")

    verdict = await chain.verdict()

    assert verdict.faults == (Fault(reason="it cannot be read", sequence=7),)


async def test_a_deleted_entry_is_found(chain: Audit, store: Store) -> None:
    """AU-02: a gap shows where it is."""
    await written(chain, 12)
    await tamper(store, "DELETE FROM audit WHERE sequence = 6")

    verdict = await chain.verdict()

    assert verdict.faults == (
        Fault(reason=MISSING, stream="effects", entry=6),
        Fault(reason=MISSING, sequence=6),
    )


async def test_a_tail_that_was_cut_off_is_found(chain: Audit, store: Store) -> None:
    """AU-03: the head outside the database remembers how long the chain was."""
    await written(chain, 12)
    await tamper(store, "DELETE FROM audit WHERE sequence > 8")

    verdict = await chain.verdict()

    assert verdict.entries == 8
    assert first(verdict).entry == 9
    assert first(verdict).reason == "entries are missing at the end"


async def test_entries_that_changed_places_are_found(chain: Audit, store: Store) -> None:
    """AU-04: an entry's place is part of its hash."""
    await written(chain, 12)
    await tamper(
        store,
        "UPDATE audit SET sequence = 100, stream_sequence = 100 WHERE sequence = 3",
        "UPDATE audit SET sequence = 3, stream_sequence = 3 WHERE sequence = 4",
        "UPDATE audit SET sequence = 4, stream_sequence = 4 WHERE sequence = 100",
    )

    verdict = await chain.verdict()

    assert first(verdict).entry == 3


async def test_entries_that_changed_only_their_order_are_found(chain: Audit, store: Store) -> None:
    """AU-04: the order among all entries is held as well as that of the stream."""
    await written(chain, 12)
    await tamper(
        store,
        "UPDATE audit SET sequence = 100 WHERE sequence = 3",
        "UPDATE audit SET sequence = 3 WHERE sequence = 4",
        "UPDATE audit SET sequence = 4 WHERE sequence = 100",
    )

    verdict = await chain.verdict()

    assert first(verdict).entry == 3


async def test_a_forger_who_recomputes_every_hash_is_found(chain: Audit, store: Store) -> None:
    """AU-05: the chain fits again, but not with the head outside the database."""
    await written(chain, 12)
    await tamper(store, "UPDATE audit SET actor = 'someone else' WHERE sequence = 4")
    await forge(store)
    inside = await store.read(verify)

    verdict = await chain.verdict()

    assert inside.whole
    assert first(verdict) == Fault(reason=NOT_SEALED, stream="effects", entry=6, sequence=6)


async def test_an_entry_that_was_put_between_others_is_found(chain: Audit, store: Store) -> None:
    """AU-05: also when everything after it was moved up and hashed anew."""
    await written(chain, 12)
    await tamper(
        store,
        "UPDATE audit SET sequence = sequence + 100, stream_sequence = stream_sequence + 100"
        " WHERE sequence > 3",
        "INSERT INTO audit SELECT 50, stream, 50, form, at, 'forger', client_id, on_behalf_of,"
        " action, subject, legal_entity, before_hash, after_hash, reason, trace_id,"
        " previous_hash, hash FROM audit WHERE sequence = 3",
    )
    await forge(store)
    inside = await store.read(verify)

    verdict = await chain.verdict()

    assert inside.whole
    assert first(verdict) == Fault(reason=NOT_SEALED, stream="effects", entry=6, sequence=6)


async def test_a_chain_that_goes_on_from_an_old_backup_is_found(
    chain: Audit, store: Store, clock: Clock, heads: Path
) -> None:
    """AU-07: a fork of the chain contradicts the heads of the first branch."""
    await written(chain, 12)
    await tamper(store, "DELETE FROM audit WHERE sequence > 4")
    await written(Audit(store, clock, heads, every=5), 20)

    verdict = await chain.verdict()

    assert first(verdict) == Fault(reason=NOT_SEALED, stream="effects", entry=6, sequence=6)


async def test_a_clock_that_is_set_back_changes_no_order(chain: Audit, clock: Clock) -> None:
    """AU-08: the order is that of the sequence, and the times stand as they were told."""
    await chain.record(entry("first"))
    clock.now -= timedelta(hours=1)
    await chain.record(entry("second"))

    records = await chain.records()

    assert [record.subject for record in records] == ["first", "second"]
    assert records[0].at > records[1].at
    assert (await chain.verdict()).whole


async def test_two_writers_leave_no_gap_and_no_double(
    chain: Audit, store: Store, clock: Clock, heads: Path
) -> None:
    """AU-09: whoever writes at the same time, each entry has a place of its own."""
    other = Audit(store, clock, heads, every=5)

    await asyncio.gather(*(each.record(entry("x")) for each in [chain, other] * 50))

    verdict = await chain.verdict()
    assert verdict.whole
    assert verdict.entries == 100


async def test_two_programs_leave_no_gap_and_no_double(
    chain: Audit, clock: Clock, tmp_path: Path, heads: Path
) -> None:
    """AU-09: a command beside the gateway waits for its turn; neither of them fails."""
    beside = Store(tmp_path / "strata.db")
    other = Audit(beside, clock, heads, every=5)

    await asyncio.gather(*(each.record(entry("x")) for each in [chain, other] * 100))

    beside.close()
    verdict = await chain.verdict()
    assert verdict.whole
    assert verdict.entries == 200


async def test_an_entry_and_its_effect_are_written_together_or_not_at_all(
    chain: Audit, store: Store
) -> None:
    """A unit of work that fails leaves no entry behind."""

    def work(connection: Connection) -> None:
        chain.append(connection, entry("INV-1"))
        connection.execute(insert(audit).values(sequence=1, previous_hash="", hash=""))

    with pytest.raises(IntegrityError):
        await store.write(work)
    await chain.record(entry("INV-2"))

    assert [record.subject for record in await chain.records()] == ["INV-2"]
    assert (await chain.verdict()).whole


async def test_records_are_read_a_page_at_a_time(chain: Audit) -> None:
    """Reading goes on after the last sequence number that was seen."""
    await written(chain, 5)

    page = await chain.records(Question(after=2), limit=2)

    assert [record.sequence for record in page] == [3, 4]
    assert page[0].on_behalf_of == "e-9"
