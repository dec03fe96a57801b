"""Every entry is chained in the stream of what it tells, and no stream hides another's gap."""

from pathlib import Path

import pytest
from sqlalchemy import select

from governance.audit import Audit
from governance.audit_chain.entries import audit
from governance.audit_chain.reading import Question, verify
from governance.audit_chain.streams import Stream, stream_of
from governance.audit_chain.walk import Extent, Fault
from store.database import Store
from tests.governance.audited import Clock, entry, forge, in_turns, tamper


@pytest.mark.parametrize(
    ("action", "stream"),
    [
        ("/system/crm/v1:read_client", Stream.REQUESTS),
        ("approval.approved", Stream.DECISIONS),
        ("client_match.decided_same", Stream.DECISIONS),
        ("exception.retry", Stream.DECISIONS),
        ("finding.closed", Stream.DECISIONS),
        ("procurement.send_purchase_order", Stream.EFFECTS),
        ("clock.set", Stream.CONFIGURATION),
        ("policy.changed", Stream.CONFIGURATION),
        ("access.withdraw", Stream.CONFIGURATION),
        ("lifecycle.change", Stream.CONFIGURATION),
        ("login.refuse", Stream.REQUESTS),
        ("token.revoke", Stream.REQUESTS),
        ("read.hr.cost_rates", Stream.SENSITIVE_READS),
        ("invoice.posted", Stream.RECORDS),
        ("reader.met", Stream.RECORDS),
    ],
)
def test_what_an_entry_tells_says_its_stream(action: str, stream: Stream) -> None:
    """The first word of an action, or its address, is enough."""
    assert stream_of(action) is stream


async def test_each_stream_counts_for_itself_and_all_count_together(chain: Audit) -> None:
    """An entry has its sequence among all, and its number and its link in its stream."""
    await in_turns(chain, 2)

    records = await chain.records()

    assert [(r.sequence, r.stream, r.stream_sequence) for r in records] == [
        (1, "effects", 1),
        (2, "decisions", 1),
        (3, "records", 1),
        (4, "effects", 2),
        (5, "decisions", 2),
        (6, "records", 2),
    ]
    assert records[3].previous_hash == records[0].hash


async def test_an_entry_that_was_moved_to_another_stream_is_found(
    chain: Audit, store: Store
) -> None:
    """AU-06: it is missing in the one, and was never in the other."""
    await in_turns(chain, 4)
    await tamper(
        store,
        "UPDATE audit SET stream = 'records', stream_sequence = 5, sequence = 13"
        " WHERE sequence = 11",
    )

    faults = {each.stream: each.entry for each in (await chain.verdict()).faults}

    assert faults["decisions"] == 4
    assert faults["records"] == 5


async def test_two_streams_that_changed_names_are_found(chain: Audit, store: Store) -> None:
    """AU-06: also when every hash was made anew for the new names."""
    await in_turns(chain, 4)
    await tamper(
        store,
        "UPDATE audit SET stream = 'kept' WHERE stream = 'effects'",
        "UPDATE audit SET stream = 'effects' WHERE stream = 'decisions'",
        "UPDATE audit SET stream = 'decisions' WHERE stream = 'kept'",
    )
    swapped = await chain.verdict()
    await forge(store)
    inside = await store.read(verify)

    verdict = await chain.verdict()

    assert {(each.stream, each.entry) for each in swapped.faults} == {
        ("effects", 1),
        ("decisions", 1),
    }
    assert inside.whole
    assert {each.stream for each in verdict.faults} == {"effects", "decisions"}


async def test_each_streams_first_bad_entry_is_named(chain: Audit, store: Store) -> None:
    """A fault in one stream does not hide the next one's."""
    await in_turns(chain, 4)
    await tamper(store, "UPDATE audit SET reason = 'x' WHERE sequence IN (5, 7, 8, 10)")

    faults = (await chain.verdict()).faults

    assert faults == (
        Fault(reason="it was changed", stream="decisions", entry=2, sequence=5),
        Fault(reason="it was changed", stream="effects", entry=3, sequence=7),
    )


async def test_the_end_of_one_stream_cannot_be_cut_off_under_the_others(
    chain: Audit, store: Store, clock: Clock, heads: Path
) -> None:
    """Also what no head vouches for yet leaves a gap among all entries."""
    await in_turns(Audit(store, clock, heads, every=1_000), 4)
    await tamper(store, "DELETE FROM audit WHERE sequence = 11")

    verdict = await chain.verdict()

    assert verdict.faults == (Fault(reason="it is missing", sequence=11),)


async def test_a_stream_can_be_verified_by_itself(chain: Audit, store: Store) -> None:
    """Its gaps among all entries are the other streams' entries."""
    await in_turns(chain, 4)
    await tamper(store, "UPDATE audit SET reason = 'x' WHERE sequence = 5")

    def alone(stream: str) -> tuple[int, bool]:
        with store.engine.connect() as connection:
            verdict = verify(connection, chain.heads(), extent=Extent(stream=stream))
        return verdict.entries, verdict.whole

    assert alone("effects") == (4, True)
    assert alone("decisions") == (4, False)


async def test_a_walk_can_begin_in_the_middle(chain: Audit, store: Store) -> None:
    """What lies before it is taken as it stands; what comes after it is held to its links."""
    await in_turns(chain, 4)
    await tamper(store, "UPDATE audit SET reason = 'x' WHERE sequence IN (2, 9)")

    with store.engine.connect() as connection:
        verdict = verify(connection, chain.heads(), extent=Extent(first=5))
        after = verify(connection, chain.heads(), extent=Extent(first=10))

    assert verdict.entries == 8
    assert [each.sequence for each in verdict.faults] == [9]
    assert after.whole


async def test_entries_are_found_by_what_they_tell(chain: Audit, clock: Clock) -> None:
    """By stream, subject, actor, action and time, in any combination."""
    began = clock.now.isoformat()
    await in_turns(chain, 2)
    clock.now = clock.now.replace(hour=18)
    await chain.record(entry("INV-1", "approval.rejected"))

    async def sequences(**asked: str) -> list[int]:
        return [each.sequence for each in await chain.records(Question(**asked))]

    assert await sequences(stream="decisions") == [2, 5, 7]
    assert await sequences(subject="INV-1") == [4, 5, 6, 7]
    assert await sequences(subject="INV-1", stream="decisions") == [5, 7]
    assert await sequences(action="approval.rejected", actor="e-7") == [7]
    assert await sequences(actor="nobody") == []
    assert await sequences(since=clock.now.isoformat(timespec="microseconds")) == [7]
    assert await sequences(since=began, until=clock.now.isoformat()) == [1, 2, 3, 4, 5, 6]


async def test_a_whole_stream_that_is_gone_is_missed(chain: Audit, store: Store) -> None:
    """Its head remembers it."""
    await in_turns(chain, 4)
    await tamper(store, "DELETE FROM audit WHERE stream = 'decisions'")
    with store.engine.connect() as connection:
        left = connection.execute(select(audit.c.stream).distinct()).scalars().all()

    verdict = await chain.verdict()

    assert set(left) == {"effects", "records"}
    assert ("decisions", 1) in {(each.stream, each.entry) for each in verdict.faults}


async def test_a_stream_that_nobody_knows_is_found(chain: Audit, store: Store) -> None:
    """No head would ever vouch for it."""
    await in_turns(chain, 2)
    await tamper(
        store,
        "INSERT INTO audit SELECT 7, 'secret', 1, form, at, actor, client_id, on_behalf_of,"
        " action, subject, legal_entity, before_hash, after_hash, reason, trace_id,"
        " previous_hash, hash FROM audit WHERE sequence = 1",
    )

    [fault] = (await chain.verdict()).faults

    assert fault == Fault(reason="there is no such stream", stream="secret", entry=1, sequence=7)
