"""The audit: who did what to which record, and why.

An entry is written in the unit of work of what it tells about, so that neither exists
without the other. How the entries are chained stands in `audit_chain/`.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import Connection

from governance.access import Caller
from governance.audit_chain import entries
from governance.audit_chain.entries import head_of, next_place
from governance.audit_chain.heads import Heads, HeadsFile, read_heads
from governance.audit_chain.keys import AuditKeys
from governance.audit_chain.reading import Question, found, last_after, verify
from governance.audit_chain.streams import Stream, stream_of
from governance.audit_chain.walk import AuditVerdict
from store.database import Store

EVERYTHING = Question()
# How long an entry waits at most for a head that vouches for it.
SEALED_WITHIN = timedelta(minutes=1)
# Why somebody did something, in their own words on one line.
Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\A[^\x00-\x1f\x7f]+\Z")]


class AuditEntry(Struct, frozen=True, kw_only=True):
    """One thing that was done, or refused: by whom, for whom, to what and why."""

    actor: str
    client_id: str
    action: str
    subject: str
    on_behalf_of: str | None = None
    legal_entity: str | None = None
    before_hash: str | None = None
    after_hash: str | None = None
    reason: str | None = None
    trace_id: str | None = None

    @classmethod
    def by(cls, caller: Caller, action: str, subject: str, **more: str | None) -> "AuditEntry":
        """Return the entry of something that a caller did."""
        return cls(
            actor=caller.subject,
            client_id=caller.client_id,
            on_behalf_of=caller.on_behalf_of,
            action=action,
            subject=subject,
            **more,
        )


class AuditRecord(AuditEntry, frozen=True, kw_only=True):
    """An entry as it stands in the audit: in its stream's chain, and among all entries.

    `form` says what the hash covers: 1 from before there were streams, 2 since then.
    """

    sequence: int
    stream: Stream
    stream_sequence: int
    form: int
    at: str
    previous_hash: str
    hash: str


class Audit:
    """The chains of one store, and the file that their heads are written to.

    The keys that sign the heads lie in `keys`, which is beside the heads unless told.
    """

    def __init__(
        self,
        store: Store,
        clock: Callable[[], datetime],
        heads: Path,
        *,
        keys: Path | None = None,
        every: int = 10,
        late: Callable[[OSError], None] | None = None,
    ) -> None:
        self.keys = AuditKeys(keys or heads.parent / "keys", clock)
        self._store, self._clock, self._every, self._late = store, clock, every, late
        self._heads = HeadsFile(heads, self.keys)
        # The numbers of the streams' last entries; a process begins by sealing what it finds.
        self._written: dict[Stream, int] = {}
        self._sealed: dict[Stream, int] = {}
        self._since, self._is_late = every - 1, False
        self._anchored_at = datetime.min.replace(tzinfo=UTC)

    def append(self, connection: Connection, entry: AuditEntry) -> int:
        """Write an entry in a unit of work that is running, and return its sequence number.

        Call `anchor_if_due` when the unit of work is committed.
        """
        place = next_place(connection, stream_of(entry.action))
        told = {**msgspec.structs.asdict(entry), "at": moment(self._clock())}
        entries.write(connection, place, told)
        self._written[place.stream] = place.number
        self._since += 1
        return place.sequence

    async def record(self, entry: AuditEntry) -> None:
        """Write an entry in a unit of work of its own."""
        await self._store.write(lambda connection: self.append(connection, entry))
        await self.anchor_if_due()

    async def record_changes(self, entries: Sequence[AuditEntry]) -> None:
        """Write those entries whose subject became something else than was written last of it."""

        def work(connection: Connection) -> None:
            for one in entries:
                stream = stream_of(one.action)
                before = last_after(connection, stream, one.action, one.subject)
                if before != one.after_hash:
                    self.append(connection, msgspec.structs.replace(one, before_hash=before))

        await self._store.write(work)
        await self.anchor_if_due()

    async def record_heads(self, by: AuditEntry) -> None:
        """Put on record which file the heads are in, if it is another than the last time.

        A file that vanished, and was begun anew, is another.
        """
        await self.anchor()
        first = next(iter(self.head_lines()), b"")
        told = msgspec.structs.replace(by, after_hash=hashlib.sha256(first).hexdigest())
        await self.record_changes([told])

    async def anchor_if_due(self) -> None:
        """Write the heads outside the database when enough entries have come since the last."""
        if self._since >= self._every:
            await self.anchor()

    async def anchor_what_waits(self) -> None:
        """Write the heads when an entry may have waited for a minute, however few have come."""
        waits = self._since or self._is_late
        if waits and self._clock() - self._anchored_at >= SEALED_WITHIN:
            await self.anchor()

    async def anchor(self) -> None:
        """Sign the heads of the chains that grew, and write them outside the database.

        What was done is done: when they cannot be written that is an alarm, and they come late,
        within a minute of when they can.
        """
        self._since, self._anchored_at = 0, self._clock()
        try:
            await self._store.read(self._seal)
            self._is_late = False
        except OSError as error:
            if self._late is None:
                raise
            self._is_late = True
            self._late(error)

    async def is_sealed(self) -> bool:
        """Whether the heads could be written when they were due last."""
        return not self._is_late

    async def rotate_key(self, by: AuditEntry) -> tuple[str, str]:
        """Let a new key sign the heads, put it on record, and return the old id and the new."""
        await self.anchor()
        old, new = await self._store.read(lambda _: self._heads.rotate((), self._now()))
        await self.record(msgspec.structs.replace(by, before_hash=old, after_hash=new))
        await self.anchor()
        return old, new

    async def records(
        self, question: Question = EVERYTHING, *, limit: int = 100
    ) -> list[AuditRecord]:
        """Return the first entries that fit a question, in order."""
        rows = await self._store.read(lambda connection: found(connection, question, limit))
        return [msgspec.convert(row, AuditRecord, from_attributes=True) for row in rows]

    async def verdict(self) -> AuditVerdict:
        """Return whether the chains are whole and agree with the heads outside the database."""
        return await self._store.read(lambda connection: verify(connection, self.heads()))

    def heads(self) -> Heads:
        """Return what the file outside the database says."""
        return read_heads(self.head_lines(), self.keys.keyring())

    def head_lines(self) -> list[bytes]:
        """Return the file outside the database as it stands, a line each."""
        path = self._heads.path
        return path.read_bytes().splitlines(keepends=True) if path.exists() else []

    def _seal(self, connection: Connection) -> None:
        grown = [s for s in Stream if s not in self._sealed or self._sealed[s] != self._written[s]]
        found = [head for stream in grown if (head := head_of(connection, stream))]
        if found:
            self._heads.write(found, self._now())
        for head in found:
            self._sealed[head.stream] = head.number
            self._written.setdefault(head.stream, head.number)

    def _now(self) -> str:
        return moment(self._clock())


def moment(at: datetime) -> str:
    """Return a time as entries tell it, in UTC and to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
