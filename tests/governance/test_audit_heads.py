"""Who can write the heads' file but has no key can make nothing look right in it."""

import hashlib
import re
import stat
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from governance.audit import Audit
from governance.audit_chain.heads import HeadsFile
from governance.audit_chain.keys import AuditKeys, Keyring
from store.database import Store
from tests.governance.audited import Clock, entry, forge, in_turns, tamper, written


def _lines(heads: Path) -> list[str]:
    return heads.read_text().splitlines(keepends=True)


def _put(heads: Path, lines: list[str] | None) -> None:
    if lines is None:
        heads.unlink()
    else:
        heads.write_text("".join(lines))


async def _head_faults(chain: Audit) -> list[str]:
    return [each.reason for each in (await chain.verdict()).faults if each.stream is None]


async def test_each_grown_streams_head_is_sealed(chain: Audit) -> None:
    """A seal has the last entry of each stream that grew since the seal before it."""
    await in_turns(chain, 2)
    await chain.record(entry("INV-9"))
    await chain.anchor()

    heads = chain.heads()

    assert heads.seals == 3
    assert heads.newest is not None
    assert [(head.stream, head.number) for head in heads.newest.heads] == [("effects", 3)]


async def test_the_newest_head_tells_how_much_lies_after_it(chain: Audit, clock: Clock) -> None:
    """What was written since then is vouched for by the chain alone."""
    await written(chain, 8)

    verdict = await chain.verdict()

    assert verdict.newest is not None
    assert verdict.newest.entries_after == 2
    assert verdict.newest.at == clock.now.isoformat(timespec="microseconds")
    assert [each.vouched for each in verdict.streams] == [6]


async def test_no_entry_waits_for_its_head_longer_than_a_minute(chain: Audit, clock: Clock) -> None:
    """On a quiet day as well, and nothing is written where nothing has come."""
    await written(chain, 3)
    vouched = []

    for seconds in (30, 40, 90):
        clock.now += timedelta(seconds=seconds)
        await chain.anchor_what_waits()
        vouched.append((chain.heads().seals, (await chain.verdict()).streams[0].vouched))

    assert vouched == [(1, 1), (2, 3), (2, 3)]


@pytest.mark.parametrize("line", [1, 2, 3])
async def test_a_head_that_was_edited_is_found(chain: Audit, heads: Path, line: int) -> None:
    """Whatever is changed in a line, its signature no longer fits; the newest one's neither."""
    await written(chain, 12)
    lines = _lines(heads)
    lines[line - 1] = lines[line - 1].replace('"sequence":', '"sequence":1')
    _put(heads, lines)

    assert await _head_faults(chain) == [
        f"line {line} of the heads outside the database: its signature is not right"
    ]


async def test_a_head_that_was_taken_out_is_found(chain: Audit, heads: Path) -> None:
    """Every line covers all the bytes before it."""
    await written(chain, 17)
    lines = _lines(heads)
    _put(heads, [*lines[:1], *lines[2:]])

    [fault] = await _head_faults(chain)

    assert fault.startswith("line 2 ")
    assert fault.endswith("the lines before it are not those that it was written after")


async def test_a_head_that_is_told_again_is_found(chain: Audit, heads: Path) -> None:
    """An old line at the end is well signed, and out of its place."""
    await written(chain, 12)
    lines = _lines(heads)
    _put(heads, [*lines, lines[0]])

    [fault] = await _head_faults(chain)

    assert fault.startswith(f"line {len(lines) + 1} ")


async def test_a_head_of_another_key_is_found(chain: Audit, heads: Path, tmp_path: Path) -> None:
    """A forger who rewrites the database and signs its heads needs our key, not one of his."""
    await written(chain, 12)
    forger = HeadsFile(heads, AuditKeys(tmp_path / "forger", Clock()))
    newest = chain.heads().newest
    assert newest is not None
    forger.write(newest.heads, newest.at)

    [fault] = await _head_faults(chain)

    assert fault.endswith("no key of ours signed it")


async def test_another_key_cannot_borrow_the_name_of_ours(chain: Audit, tmp_path: Path) -> None:
    """An export brings its keys along; one that calls itself ours is known by its own name."""
    await written(chain, 1)
    forger = AuditKeys(tmp_path / "forger", Clock())
    kid, signature = forger.sign(b"all is well")
    [ours], [his] = chain.keys.keyring().keys, forger.keyring().keys

    borrowed = Keyring([replace(his, kid=ours.kid)])

    assert borrowed.turn(ours.kid) is None
    assert not borrowed.signed(ours.kid, signature, b"all is well")
    assert borrowed.signed(kid, signature, b"all is well")


async def test_a_head_without_a_signature_is_found(chain: Audit, heads: Path) -> None:
    """Only what is older than the signatures may lack one."""
    await written(chain, 12)
    _put(heads, [*_lines(heads), '{"sequence":12,"hash":"x"}\n'])

    [fault] = await _head_faults(chain)

    assert fault.endswith("it is not signed")


async def test_a_forged_history_with_forged_heads_is_found(
    chain: Audit, store: Store, clock: Clock, heads: Path, tmp_path: Path
) -> None:
    """Database and file both rewritten, every hash anew: the signatures are missing."""
    await written(chain, 12)
    await tamper(store, "UPDATE audit SET actor = 'someone else' WHERE sequence = 4")
    await forge(store)
    _put(heads, None)
    await Audit(store, clock, heads, keys=tmp_path / "forger").anchor()

    verdict = await chain.verdict()

    assert [each.reason for each in verdict.faults] == [
        "line 1 of the heads outside the database: no key of ours signed it"
    ]


async def test_heads_that_vanished_or_are_unreadable_are_noticed(chain: Audit, heads: Path) -> None:
    """Without its heads the chain proves less, and says so."""
    await written(chain, 3)
    _put(heads, ["torn\n"])
    torn = await _head_faults(chain)

    _put(heads, None)
    gone = await _head_faults(chain)

    assert torn == ["line 1 of the heads outside the database: it cannot be read"]
    assert gone == ["no head was written outside the database"]


async def test_a_head_that_a_crash_left_half_written_is_no_fault(
    chain: Audit, store: Store, clock: Clock, heads: Path
) -> None:
    """It was never a head; the next one takes its place."""
    await written(chain, 12)
    _put(heads, [*_lines(heads), '{"seal":{"at":"2026'])
    torn = await chain.verdict()
    again = Audit(store, clock, heads, every=5)
    await written(again, 6)

    assert torn.whole
    assert (await again.verdict()).whole


async def test_two_programs_write_one_file(
    chain: Audit, store: Store, clock: Clock, heads: Path
) -> None:
    """Each takes in what the other wrote before it signs."""
    other = Audit(store, clock, heads, every=2)

    for number in range(12):
        await chain.record(entry(f"INV-{number}"))
        await other.record(entry(f"INV-{number}", "approval.approved"))

    verdict = await chain.verdict()
    assert verdict.whole
    assert verdict.seals > 6


async def test_an_old_key_verifies_for_ever_and_signs_no_more(
    chain: Audit, clock: Clock, heads: Path, tmp_path: Path
) -> None:
    """The change of keys is on record, under the old key and under the new one."""
    stolen = (tmp_path / "keys" / "audit-keys.json", tmp_path / "stolen" / "audit-keys.json")
    await written(chain, 12)
    stolen[1].parent.mkdir()
    stolen[1].write_bytes(stolen[0].read_bytes())
    stolen[1].chmod(0o600)
    old, new = await chain.rotate_key(entry("audit key", "audit.key_changed"))
    await written(chain, 12)
    honest = await chain.verdict()
    newest = chain.heads().newest
    assert newest is not None
    HeadsFile(heads, AuditKeys(stolen[1].parent, clock)).write(newest.heads, newest.at)

    [fault] = await _head_faults(chain)

    assert honest.whole
    assert honest.newest is not None
    assert honest.newest.key == new != old
    assert [(r.before_hash, r.after_hash) for r in await chain.records()][12] == (old, new)
    assert fault.endswith("a key signed it that was retired before")


async def test_the_keys_are_for_their_owner_alone(chain: Audit, tmp_path: Path) -> None:
    """The private half of a retired key is nowhere any more."""
    await written(chain, 1)
    file = tmp_path / "keys" / "audit-keys.json"
    before = msgspec.json.decode(file.read_bytes())[0]["pem"]
    await chain.rotate_key(entry("audit key", "audit.key_changed"))

    after = [each["pem"] for each in msgspec.json.decode(file.read_bytes())]

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert before not in after
    assert ["PRIVATE" in pem for pem in after] == [False, True]


async def test_what_is_done_is_done_when_the_heads_cannot_be_written(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    """That is an alarm; the heads come when their disk is back, and cover what was written."""
    alarms: list[str] = []
    place = tmp_path / "disk"
    place.write_text("no folder")
    chain = Audit(
        store,
        clock,
        place / "heads.jsonl",
        keys=tmp_path / "keys",
        every=5,
        late=lambda error: alarms.append(type(error).__name__),
    )
    before = await chain.is_sealed()
    await written(chain, 6)
    late = await chain.is_sealed()
    place.unlink()
    await written(chain, 5)

    verdict = await chain.verdict()

    assert (before, late, await chain.is_sealed()) == (True, False, True)
    assert alarms == ["FileExistsError", "FileExistsError"]
    assert verdict.whole
    assert [each.vouched for each in verdict.streams] == [11]


async def test_late_heads_come_within_a_minute_though_nothing_more_is_written(
    store: Store, clock: Clock, tmp_path: Path
) -> None:
    """Readiness says until then that they are late."""
    place = tmp_path / "disk"
    place.write_text("no folder")
    chain = Audit(
        store, clock, place / "heads.jsonl", keys=tmp_path / "keys", every=1, late=lambda _: None
    )
    await written(chain, 1)
    late = await chain.is_sealed()
    place.unlink()
    clock.now += timedelta(seconds=60)
    await chain.anchor_what_waits()

    assert (late, await chain.is_sealed()) == (False, True)
    assert [each.vouched for each in (await chain.verdict()).streams] == [1]


@pytest.mark.parametrize("every", [1, 3, 100])
async def test_a_clean_stop_seals_everything(
    store: Store, clock: Clock, heads: Path, every: int
) -> None:
    """However seldom heads are written, none is missing when the program ended well."""
    chain = Audit(store, clock, heads, every=every)
    await in_turns(chain, 5)
    await chain.anchor()

    verdict = await chain.verdict()

    assert verdict.newest is not None
    assert verdict.newest.entries_after == 0


async def test_a_head_that_was_edited_while_the_program_stood_still_is_found(
    chain: Audit, store: Store, clock: Clock, heads: Path
) -> None:
    """Later lines are well signed over the forgery; the one that the stop ended with is not."""
    await written(chain, 12)
    lines = _lines(heads)
    lines[0] = lines[0].replace('"number":1', '"number":9')
    before = hashlib.sha256(lines[0].encode()).hexdigest()
    lines[1] = re.sub(r'"previous":"\w+"', f'"previous":"{before}"', lines[1])
    before = hashlib.sha256("".join(lines[:2]).encode()).hexdigest()
    lines[2] = re.sub(r'"previous":"\w+"', f'"previous":"{before}"', lines[2])
    _put(heads, lines)
    await written(Audit(store, clock, heads, every=5), 12)

    [fault] = await _head_faults(chain)

    assert fault == "line 1 of the heads outside the database: its signature is not right"


async def test_a_file_that_was_begun_anew_is_on_record(
    chain: Audit, store: Store, clock: Clock, heads: Path
) -> None:
    """Who takes the heads away, so that rewritten entries agree with new ones, is told of."""

    async def start() -> list[str]:
        again = Audit(store, clock, heads, every=5)
        await again.record_heads(entry("heads", "audit.heads_begun"))
        return [one.action for one in await again.records(limit=1_000)]

    await written(chain, 12)
    first, second = await start(), await start()
    _put(heads, None)

    third = await start()

    assert first[12:] == second[12:] == ["audit.heads_begun"]
    assert third[12:] == ["audit.heads_begun", "audit.heads_begun"]
