"""The book of merges: who asked, who decided, which cross references moved, and back."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any  # Any: a row is of whatever columns

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Column, Connection, Index, LargeBinary, String, Table, insert, select, update
from sqlalchemy.engine import Row

from governance.access import Caller, current_caller
from governance.audit import Audit, AuditEntry
from process_apis.errors import NoSuchRecord
from process_apis.listing import PAGE, Listing, Whose
from store.columns import Instant
from store.database import Store, metadata
from system_apis.client_merges import (
    GroundMoved,
    Move,
    kept_in,
    kept_in_of_each,
    merge,
    planned,
    unmerge,
)

client_merges = Table(
    "client_merges",
    metadata,
    Column("id", String, primary_key=True),
    Column("survivor_id", String, nullable=False),
    Column("merged_id", String, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Index("client_merges_by_pair", "survivor_id", "merged_id"),
    Index("client_merges_listed", "asked_at", "id"),
)
_table = client_merges.c


class MergeState(StrEnum):
    """Where a merge stands; an `overtaken` one was approved when its records had moved."""

    ASKED = "asked"
    REJECTED = "rejected"
    OVERTAKEN = "overtaken"
    MERGED = "merged"
    UNMERGE_ASKED = "unmerge_asked"
    UNMERGED = "unmerged"


class Said(Struct, frozen=True, kw_only=True):
    """Who said something, when, and why."""

    by: str
    at: datetime
    reason: str


class ClientMerge(Struct, frozen=True, kw_only=True):
    """A merge of two clients: the records of `merged_id` stand for `survivor_id` while it holds.

    `moved` are the cross references that it moves, as they were seen when it was asked for.
    `round` counts how often its undoing was asked for.
    """

    id: str
    survivor_id: str
    survivor_name: str
    merged_id: str
    merged_name: str
    legal_entity: str
    state: MergeState
    asked: Said
    decided: Said | None = None
    moved: tuple[Move, ...]
    round: int = 0
    unmerge_asked: Said | None = None
    unmerge_decided: Said | None = None

    @property
    def holds(self) -> bool:
        """Whether the two are one client now."""
        return self.state in {MergeState.MERGED, MergeState.UNMERGE_ASKED}


class KeptMerge(Struct, frozen=True):
    """A merge, and the systems that have a record of one of its clients."""

    merge: ClientMerge
    kept_in: frozenset[str]


def merge_id(survivor_id: str, merged_id: str, number: int) -> str:
    """Return the id of a pair's merge; a pair may be merged anew after it was parted."""
    digest = hashlib.sha256(f"{survivor_id}|{merged_id}|{number}".encode()).hexdigest()
    return f"mrg_{digest[:24]}"


def no_such_merge(merge_id: str) -> NoSuchRecord:
    """Return what is raised for a merge that is not there, or not for the caller."""
    return NoSuchRecord(f"there is no merge {merge_id}")


class MergeBook:
    """Remembers merges; cross references move in the transaction that says so."""

    def __init__(self, store: Store, audit: Audit, clock: Callable[[], datetime]) -> None:
        self._store, self._audit, self._clock = store, audit, clock

    async def plan(self, survivor_id: str, merged_id: str) -> tuple[Move, ...]:
        """Return the cross references that a merge would move now."""
        return await self._store.read(lambda c: planned(c, survivor_id, merged_id))

    async def kept_in(self, *client_ids: str) -> frozenset[str]:
        """Return the systems that have a record of some clients."""
        return await self._store.read(lambda c: kept_in(c, *client_ids))

    async def of_pair(self, survivor_id: str, merged_id: str) -> list[ClientMerge]:
        """Return the merges of a pair, the first one first."""
        pair = (_table.survivor_id == survivor_id) & (_table.merged_id == merged_id)
        query = select(_table.record).where(pair)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        return sorted(map(_read, rows), key=lambda each: each.asked.at)

    async def were_parted(self, ours: Sequence[str], theirs: Sequence[str]) -> bool:
        """Whether stewards merged two clients, by any of their ids, and took that back last."""
        one = _table.survivor_id.in_(ours) & _table.merged_id.in_(theirs)
        other = _table.survivor_id.in_(theirs) & _table.merged_id.in_(ours)
        query = select(_table.record).where(one | other)
        rows = await self._store.read(lambda connection: connection.execute(query).all())
        ended = [each for each in map(_read, rows) if each.unmerge_decided or each.holds]
        return bool(ended) and not max(ended, key=lambda each: each.asked.at).holds

    async def page(
        self, sees: Callable[[frozenset[str]], bool], cursor: str | None, *, most: int = PAGE
    ) -> tuple[list[ClientMerge], str | None]:
        """Return a page of the merges whose systems are to be seen, and the next one's cursor.

        Raises `NoSuchPage` for a cursor that is of no page of the list.
        """
        after = MERGES.after(cursor)

        def shows(found: KeptMerge) -> bool:
            return sees(found.kept_in)

        found, following = await self._store.read(
            lambda connection: MERGES.page(connection, (), shows, after=after, most=most)
        )
        return [each.merge for each in found], following

    async def merge(self, merge_id: str) -> ClientMerge:
        """Return one merge, or raise `NoSuchRecord`."""
        return await self._store.read(lambda connection: _find(connection, merge_id))

    async def ask(self, wish: ClientMerge) -> ClientMerge:
        """Write a merge down that is asked for; told twice it is one."""

        def work(connection: Connection, by: Caller) -> ClientMerge:
            known = connection.execute(select(_table.record).where(_table.id == wish.id)).first()
            if known:
                return _read(known)
            pair = {name: getattr(wish, name) for name in ("id", "survivor_id", "merged_id")}
            record = msgspec.json.encode(wish)
            row = {**pair, "asked_at": wish.asked.at, "record": record}
            connection.execute(insert(client_merges).values(**row))
            self._tell(connection, by, "client_match.merge_asked", wish, wish.asked.reason)
            return wish

        return await self._written(work)

    async def approve(self, merge_id: str, said: Said) -> ClientMerge:
        """Move the cross references as they were planned, or raise `GroundMoved`."""

        def work(connection: Connection, by: Caller) -> ClientMerge:
            known = _find(connection, merge_id)
            if known.state is not MergeState.ASKED:
                return known
            now = planned(connection, known.survivor_id, known.merged_id)
            if not known.moved or now != known.moved:
                raise GroundMoved("the records of the two clients were linked otherwise since")
            merge(connection, known.moved, verified_by=said.by, at=said.at)
            merged = replace(known, state=MergeState.MERGED, decided=said)
            return self._put(connection, by, "client_match.merged", merged, said.reason)

        return await self._written(work)

    async def reject(self, merge_id: str, said: Said) -> ClientMerge:
        """Write down that two clients stay two."""
        return await self._end(merge_id, said, MergeState.REJECTED)

    async def overtake(self, merge_id: str, said: Said) -> ClientMerge:
        """Write down that a merge was approved too late: it may be asked for anew."""
        return await self._end(merge_id, said, MergeState.OVERTAKEN)

    async def _end(self, merge_id: str, said: Said, end: MergeState) -> ClientMerge:
        def work(connection: Connection, by: Caller) -> ClientMerge:
            known = _find(connection, merge_id)
            if known.state is not MergeState.ASKED:
                return known
            now = replace(known, state=end, decided=said)
            return self._put(connection, by, f"client_match.merge_{end}", now, said.reason)

        return await self._written(work)

    async def ask_back(self, merge_id: str, asked: Said, round_: int) -> ClientMerge:
        """Write down that a merge is to be undone."""

        def work(connection: Connection, by: Caller) -> ClientMerge:
            known = _find(connection, merge_id)
            if known.state is not MergeState.MERGED or known.round + 1 != round_:
                return known
            now = replace(known, state=MergeState.UNMERGE_ASKED, round=round_, unmerge_asked=asked)
            return self._put(connection, by, "client_match.unmerge_asked", now, asked.reason)

        return await self._written(work)

    async def part(self, merge_id: str, said: Said) -> ClientMerge:
        """Put every cross reference back as it was, or raise `GroundMoved`."""
        return await self._end_undoing(merge_id, said, MergeState.UNMERGED)

    async def keep(self, merge_id: str, said: Said) -> ClientMerge:
        """Write down that a merge holds on, though somebody asked to undo it."""
        return await self._end_undoing(merge_id, said, MergeState.MERGED)

    async def _end_undoing(self, merge_id: str, said: Said, end: MergeState) -> ClientMerge:
        parts = end is MergeState.UNMERGED

        def work(connection: Connection, by: Caller) -> ClientMerge:
            known = _find(connection, merge_id)
            if known.state is not MergeState.UNMERGE_ASKED:
                return known
            if parts:
                unmerge(connection, known.moved)
            now = replace(known, state=end, unmerge_decided=said)
            told = "client_match.unmerged" if parts else "client_match.unmerge_rejected"
            return self._put(connection, by, told, now, said.reason)

        return await self._written(work)

    def _put(
        self, connection: Connection, by: Caller, action: str, now: ClientMerge, reason: str
    ) -> ClientMerge:
        change = update(client_merges).where(_table.id == now.id)
        connection.execute(change.values(record=msgspec.json.encode(now)))
        self._tell(connection, by, action, now, reason)
        return now

    def _tell(
        self, connection: Connection, by: Caller, action: str, about: ClientMerge, reason: str
    ) -> None:
        entity = about.legal_entity
        entry = AuditEntry.by(by, action, about.id, legal_entity=entity, reason=reason)
        self._audit.append(connection, entry)

    async def _written(self, work: Callable[[Connection, Caller], ClientMerge]) -> ClientMerge:
        by = current_caller()
        return await self._store.write(lambda connection: work(connection, by))


def _find(connection: Connection, merge_id: str) -> ClientMerge:
    row = connection.execute(select(_table.record).where(_table.id == merge_id)).first()
    if row is None:
        raise no_such_merge(merge_id)
    return _read(row)


def _read(row: Row[tuple[bytes]]) -> ClientMerge:
    return msgspec.json.decode(row.record, type=ClientMerge)


def _kept(connection: Connection, rows: Sequence[Row[Any]]) -> list[KeptMerge]:
    merges = [_read(row) for row in rows]
    where = kept_in_of_each(connection, [(e.survivor_id, e.merged_id) for e in merges])
    return [KeptMerge(*each) for each in zip(merges, where, strict=True)]


MERGES = Listing(
    name="merges",
    order=(_table.asked_at, _table.id),
    read=_kept,
    whose=Whose.EVERYBODY,
)
