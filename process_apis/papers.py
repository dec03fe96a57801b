"""A register of what people work on: each record once, each change of it in the audit.

A stream keeps its records of several kinds in one table, whose columns say what they are found
by; the rest of a record is its own.
"""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar, Generic, Protocol, TypeVar

import msgspec
from sqlalchemy import Connection, Select, Table, insert, select, update

from governance.access import Caller, current_caller
from governance.audit import Audit, AuditEntry
from governance.once import once
from process_apis.errors import NoSuchRecord
from process_apis.listing import Listing, recorded
from store.database import Store
from system_apis.errors import TryAgain


class Paper(Protocol):
    """A record that is worked on."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def legal_entity(self) -> str:
        """The company whose it is."""

    @property
    def stage(self) -> str:
        """Where it stands."""

    @property
    def opened_at(self) -> datetime:
        """When it was written down."""


R = TypeVar("R", bound=Paper)
Decide = Callable[[R, Sequence[R]], R]
Others = Callable[[Connection, R], list[R]]


class Papers(Generic[R]):
    """The records of one kind; `word` is what the audit calls one.

    `about` is the table's column of what a record is about, and the record's field.
    """

    table: ClassVar[Table]
    about: ClassVar[str]

    def __init__(self, store: Store, audit: Audit, kind: type[R], word: str) -> None:
        self._store, self._audit = store, audit
        self._kind, self._word = kind, word

    async def open(self, record: R, *, by: Caller) -> R:
        """Write a record down; the same one is written once, and returned as it stands."""

        def work(connection: Connection) -> R:
            known = self._find(connection, record.id)
            if known is not None:
                return known
            connection.execute(insert(self.table).values(**self._row(record)))
            self._note_names(connection, record)
            self._audit.append(connection, self._told(by, "opened", record))
            return record

        return await self._store.write(once(self._kind, work, record.id))

    async def find(self, record_id: str) -> R | None:
        """Return one record, if there is one."""
        return await self._store.read(lambda connection: self._find(connection, record_id))

    async def get(self, record_id: str) -> R:
        """Return one record, or raise `NoSuchRecord`."""
        found = await self.find(record_id)
        if found is None:
            raise self._missing(record_id)
        return found

    async def listed(
        self,
        *,
        entities: frozenset[str] | None = None,
        about: str | None = None,
        stages: Sequence[str] = (),
    ) -> list[R]:
        """Return records in the order they were written down."""
        query = self._select()
        if entities is not None:
            query = query.where(self.table.c.legal_entity.in_(sorted(entities)))
        if about is not None:
            query = query.where(self.table.c[self.about] == about)
        if stages:
            query = query.where(self.table.c.stage.in_(list(stages)))
        return await self._store.read(lambda connection: self._all(connection, query))

    def listing(self, *, about: str | None = None) -> Listing[R]:
        """Return the list of the records, or of those about something, oldest first."""
        table = self.table.c
        kept: Listing[R] = Listing(
            name=self._word,
            order=(table.opened_at, table.id),
            read=recorded(self._kind),
            wanted=(table.kind == self._word,),
        )
        return kept if about is None else kept.where(table[self.about] == about)

    async def moved(self, record: R, *, seen: R) -> R:
        """Write down how a record stands now; one that stands so already is left.

        Raises `TryAgain` when somebody else moved it since it was `seen`.
        """
        by = current_caller()
        await self._store.write(lambda connection: self._move(connection, record, seen, by))
        return record

    async def decided(self, record_id: str, decide: Decide[R]) -> R:
        """Write down what is decided of a record beside the others that are about the same.

        Nobody else decides meanwhile: what one claims no other can claim as well.
        """

        def same(connection: Connection, known: R) -> list[R]:
            alike = self.table.c[self.about] == getattr(known, self.about)
            return self._all(connection, self._select().where(alike))

        return await self._decided(record_id, decide, same)

    async def _decided(self, record_id: str, decide: Decide[R], others: Others[R]) -> R:
        by = current_caller()

        def work(connection: Connection) -> R:
            known = self._find(connection, record_id)
            if known is None:
                raise self._missing(record_id)
            now = decide(known, others(connection, known))
            if now != known:
                self._write(connection, now, by)
            return now

        return await self._store.write(work)

    def _move(self, connection: Connection, record: R, seen: R, by: Caller) -> None:
        known = self._find(connection, record.id)
        if known not in (record, seen):
            raise TryAgain("strata", f"{record.id} was moved by another step meanwhile")
        if known != record:
            self._write(connection, record, by)

    def _write(self, connection: Connection, record: R, by: Caller) -> None:
        mine = (self.table.c.kind == self._word, self.table.c.id == record.id)
        connection.execute(update(self.table).where(*mine).values(**self._row(record)))
        self._note_names(connection, record)
        self._audit.append(connection, self._told(by, str(record.stage), record))

    def _note_names(self, connection: Connection, record: R) -> None:
        """Note what else a record is found by, where a table's records are found otherwise."""

    def _select(self) -> Select[tuple[bytes]]:
        mine = select(self.table.c.record).where(self.table.c.kind == self._word)
        return mine.order_by(self.table.c.opened_at, self.table.c.id)

    def _all(self, connection: Connection, query: Select[tuple[bytes]]) -> list[R]:
        return [self._read(row.record) for row in connection.execute(query)]

    def _find(self, connection: Connection, record_id: str) -> R | None:
        row = connection.execute(self._select().where(self.table.c.id == record_id)).first()
        return self._read(row.record) if row else None

    def _missing(self, record_id: str) -> NoSuchRecord:
        return NoSuchRecord(f"there is no {self._word} {record_id}")

    def _read(self, record: bytes) -> R:
        return msgspec.json.decode(record, type=self._kind)

    def _row(self, record: R) -> dict[str, object]:
        return {
            "kind": self._word,
            "id": record.id,
            "legal_entity": record.legal_entity,
            self.about: getattr(record, self.about),
            "stage": str(record.stage),
            "opened_at": record.opened_at,
            "record": msgspec.json.encode(record),
        }

    def _told(self, by: Caller, what: str, record: R) -> AuditEntry:
        return AuditEntry.by(
            by,
            f"{self._word}.{what}",
            record.id,
            legal_entity=record.legal_entity,
            after_hash=hashlib.sha256(msgspec.json.encode(record)).hexdigest(),
        )
