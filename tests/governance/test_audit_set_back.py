"""Heads that were set back or taken away, and entries that were put in before the first one."""

from datetime import timedelta
from pathlib import Path

from governance.audit import Audit
from governance.audit_chain.walk import Fault
from store.database import Store
from tests.governance.audited import Clock, forge, in_turns, tamper, written

REWRITTEN = "the lines before it are not those that it was written after"


def _set_back(heads: Path, lines: int) -> None:
    """Leave only the first lines of the file; without any it is gone."""
    kept = heads.read_text().splitlines(keepends=True)[:lines]
    heads.unlink()
    if kept:
        heads.write_text("".join(kept))


async def _faults_of_heads(chain: Audit) -> list[str]:
    return [each.reason for each in (await chain.verdict()).faults if each.stream is None]


async def test_heads_that_are_taken_away_under_a_running_program_are_missed(
    chain: Audit, heads: Path
) -> None:
    """The next line follows what the program wrote, and nothing of that is there."""
    await in_turns(chain, 6)
    _set_back(heads, 0)
    await in_turns(chain, 2)

    assert await _faults_of_heads(chain) == [
        f"line 1 of the heads outside the database: {REWRITTEN}"
    ]


async def test_a_program_does_not_sign_a_forgery_over_heads_that_were_set_back(
    chain: Audit, store: Store, heads: Path
) -> None:
    """Whoever cuts lines off to rewrite their entries is found, also lines and programs later."""
    await in_turns(chain, 6)
    _set_back(heads, 1)
    await tamper(store, "UPDATE audit SET reason = 'forged' WHERE sequence = 14")
    await forge(store)
    await in_turns(chain, 4)
    await chain.anchor()

    assert await _faults_of_heads(chain) == [
        f"line 2 of the heads outside the database: {REWRITTEN}"
    ]


async def test_heads_older_than_their_database_name_the_first_entry_that_lost_its_head(
    chain: Audit, clock: Clock, heads: Path
) -> None:
    """A program seals within a minute: a stream that went on for longer had heads."""
    for _ in range(6):
        await written(chain, 2)
        clock.now += timedelta(minutes=5)
        await chain.anchor_what_waits()
    _set_back(heads, 2)

    [fault] = (await chain.verdict()).faults

    until = "2026-11-02T12:25:00.000000+00:00"
    reason = f"no head vouches for it, though entries came until {until}"
    assert fault == Fault(reason=reason, stream="effects", entry=3, sequence=3)


async def test_an_entry_that_was_put_before_the_first_one_is_found(
    chain: Audit, store: Store
) -> None:
    """A walk from the first entry also meets what has no number of ours."""
    await in_turns(chain, 2)
    await tamper(
        store,
        "INSERT INTO audit SELECT -5, stream, 0, form, at, actor, client_id, on_behalf_of,"
        " action, subject, legal_entity, before_hash, after_hash, reason, trace_id,"
        " previous_hash, hash FROM audit WHERE sequence = 1",
    )

    [fault] = (await chain.verdict()).faults

    reason = "it is not where it was written"
    assert fault == Fault(reason=reason, stream="effects", entry=0, sequence=-5)
