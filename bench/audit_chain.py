"""How long it takes to verify the audit: every link of every stream, and every signed head.

The entries are built as the gateway builds them, in five streams, with heads sealed every ten
entries. Beside the walk stands what no walk can do without: plain SHA-256 of the same bytes,
in the same run. At the end one entry is changed; a run that does not name it, or that takes
an untouched audit for a broken one, is void, and exits 1.
"""

import asyncio
import hashlib
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import perf_counter, process_time

import click
import msgspec
from measuring.figures import short
from msgspec import Struct
from sqlalchemy import Connection, insert, text

from governance.audit import Audit, AuditEntry, moment
from governance.audit_chain.entries import (
    BY_STREAM,
    FIRST_LINK,
    TOLD,
    Place,
    StreamHead,
    audit,
    link,
)
from governance.audit_chain.heads import HeadsFile
from governance.audit_chain.keys import AuditKeys
from governance.audit_chain.reading import rows, verify
from governance.audit_chain.streams import stream_of
from governance.audit_chain.walk import Extent
from store.clock import wall_clock
from store.database import Store
from store.migration import migrate

ACTIONS = (
    "/process/approvals/v1:decide",
    "approval.approved",
    "erp.post_invoice",
    "invoice.posted",
    "read.hr.cost_rates",
)
SEAL_EVERY = 10
UNIT = 5_000
APPENDS = 2_000


class Report(Struct, frozen=True, kw_only=True):
    """What a run found, in seconds; `void` says why it may not be quoted, if it may not."""

    entries: int
    seals: int
    built: float
    verified: float
    verified_cpu: float
    hashed: float
    over_hashing: float
    append_us: float
    void: list[str]


@click.command()
@click.option("--entries", type=click.IntRange(100), default=100_000, help="How many to verify.")
@click.option("--dir", "where", help="The directory on whose disk the audit is.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def main(entries: int, where: str | None, *, as_json: bool) -> None:
    """Build an audit, verify it, and change one entry of it."""
    with tempfile.TemporaryDirectory(dir=where) as folder:
        report = _measured(Path(folder), entries)
    click.echo(msgspec.json.encode(report) if as_json else "\n".join(_shown(report)))
    sys.exit(1 if report.void else 0)


def _measured(folder: Path, entries: int) -> Report:
    store = Store(folder / "strata.sqlite")
    migrate(store)
    chain = Audit(store, wall_clock, folder / "audit-heads.jsonl")
    built = _timed(lambda: asyncio.run(_build(store, folder, entries)))
    with store.engine.connect() as connection:
        cpu = process_time()
        began = perf_counter()
        verdict = verify(connection, chain.heads())
        verified, cpu = perf_counter() - began, process_time() - cpu
        hashed = _plainly_hashed(connection)
    append_us = asyncio.run(_appended(store, chain))
    void = _void(store, chain, entries // 2)
    if not (verdict.whole and verdict.entries == entries):
        void.append(f"an untouched audit is taken for a broken one: {verdict.faults}")
    store.close()
    return Report(
        entries=entries,
        seals=verdict.seals,
        built=built,
        verified=verified,
        verified_cpu=cpu,
        hashed=hashed,
        over_hashing=verified / hashed,
        append_us=append_us,
        void=void,
    )


async def _build(store: Store, folder: Path, entries: int) -> None:
    heads = HeadsFile(folder / "audit-heads.jsonl", AuditKeys(folder / "keys", wall_clock))
    told = _entries(entries)
    for _ in range(0, entries, UNIT):
        unit = [row for _, row in zip(range(UNIT), told, strict=False)]
        await store.write(lambda connection, unit=unit: _insert(connection, unit))
        _seal(heads, unit)


def _insert(connection: Connection, unit: list[dict[str, object]]) -> None:
    connection.execute(insert(audit), unit)


def _entries(count: int) -> Iterator[dict[str, object]]:
    ends: dict[str, tuple[int, str]] = {}
    for sequence in range(1, count + 1):
        action = ACTIONS[sequence % len(ACTIONS)]
        stream = stream_of(action)
        number, previous = ends.get(stream, (0, FIRST_LINK))
        place = Place(stream, sequence, number + 1, previous)
        told = {**msgspec.structs.asdict(_entry(action, sequence)), "at": moment(wall_clock())}
        hashed = link(place, tuple(told[name] for name in TOLD))
        ends[stream] = (place.number, hashed)
        yield {
            **told,
            "sequence": sequence,
            "stream": stream,
            "stream_sequence": place.number,
            "form": BY_STREAM,
            "previous_hash": previous,
            "hash": hashed,
        }


def _seal(heads: HeadsFile, unit: list[dict[str, object]]) -> None:
    for begin in range(0, len(unit), SEAL_EVERY):
        newest = {str(row["stream"]): row for row in unit[begin : begin + SEAL_EVERY]}
        heads.write(
            [
                StreamHead(row["stream"], row["stream_sequence"], row["sequence"], row["hash"])
                for row in newest.values()
            ],
            moment(wall_clock()),
        )


def _entry(action: str, number: int) -> AuditEntry:
    return AuditEntry(
        actor=f"U-{number % 97}",
        client_id="northwind-console",
        action=action,
        subject=f"INV-US-{number:07}",
        legal_entity="NWA-US",
        after_hash=hashlib.sha256(str(number).encode()).hexdigest(),
        reason="within the agreed fee, period open",
        trace_id=f"{number:032x}",
    )


def _plainly_hashed(connection: Connection) -> float:
    """Return how long SHA-256 alone takes over the bytes that the links cover."""
    spent, waiting = 0.0, []
    for sequence, stream, number, _, *told, previous, _ in rows(connection, Extent()):
        waiting.append(msgspec.json.encode((stream, number, sequence, previous, told)))
        if len(waiting) == UNIT:
            spent += _timed(partial(_hash, waiting))
            waiting = []
    return spent + _timed(partial(_hash, waiting))


def _hash(said: list[bytes]) -> None:
    for each in said:
        hashlib.sha256(each).hexdigest()


async def _appended(store: Store, chain: Audit) -> float:
    """Return what an append costs inside a unit of work, in microseconds."""

    def work(connection: Connection) -> float:
        return _timed(
            lambda: [
                chain.append(connection, _entry(ACTIONS[number % 5], number))
                for number in range(APPENDS)
            ]
        )

    return await store.write(work) / APPENDS * 1_000_000


def _void(store: Store, chain: Audit, bad: int) -> list[str]:
    with store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(
            text("UPDATE audit SET subject = 'INV-0' WHERE sequence = :bad"), {"bad": bad}
        )
    with store.engine.connect() as connection:
        verdict = verify(connection, chain.heads(), extent=Extent(first=max(1, bad - 100)))
    named = [fault.sequence for fault in verdict.faults]
    return [] if named == [bad] else [f"entry {bad} was changed and {named} is named"]


def _timed(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began


def _shown(report: Report) -> Iterator[str]:
    yield f"{report.entries} entries and {report.seals} heads, built in {short(report.built)} s"
    yield f"verified in {short(report.verified)} s ({short(report.verified_cpu)} s of CPU)"
    yield f"plain SHA-256 of the same bytes: {short(report.hashed)} s"
    yield f"the walk over plain hashing: {short(report.over_hashing)} times"
    yield f"an append in a unit of work: {short(report.append_us)} µs"
    yield from (f"VOID: {each}" for each in report.void)


if __name__ == "__main__":
    main()
