"""The register of what buying leaves behind: each record once, each change in the audit."""

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    select,
    update,
)

from governance.access import Caller, current_caller
from governance.audit import Audit, AuditEntry
from governance.once import once
from process_apis.errors import NoSuchRecord
from store.columns import Instant
from store.database import Store, metadata
from system_apis.errors import TryAgain

purchase_papers = Table(
    "purchase_papers",
    metadata,
    Column("kind", String, nullable=False),
    Column("id", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("vendor_id", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("record", LargeBinary, nullable=False),
    PrimaryKeyConstraint("kind", "id"),
    Index("purchase_papers_by_vendor", "kind", "vendor_id"),
    Index("purchase_papers_by_entity", "kind", "legal_entity", "opened_at"),
    Index("purchase_papers_by_stage", "kind", "stage"),
)
table = purchase_papers


class Paper(Protocol):
    """A record of buying."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def legal_entity(self) -> str:
        """The company whose it is."""

    @property
    def vendor_id(self) -> str:
        """The vendor that it is about."""

    @property
    def stage(self) -> str:
        """Where it stands."""

    @property
    def opened_at(self) -> datetime:
        """When it was written down."""


R = TypeVar("R", bound=Paper)
Decide = Callable[[R, Sequence[R]], R]


class Papers(Generic[R]):
    """The records of one kind; `word` is what the audit calls one."""

    def __init__(self, store: Store, audit: Audit, kind: type[R], word: str) -> None:
        self._store, self._audit = store, audit
        self._kind, self._word = kind, word

    async def open(self, record: R, *, by: Caller) -> R:
        """Write a record down; the same one is written once, and returned as it stands."""

        def work(connection: Connection) -> R:
            known = self._find(connection, record.id)
            if known is not None:
                return known
            connection.execute(insert(table).values(**self._row(record)))
            self._audit.append(connection, self._told(by, "opened", record))
            return record

        return await self._store.write(once(self._kind, work, record.id))

    async def get(self, record_id: str) -> R:
        """Return one record, or raise `NoSuchRecord`."""
        found = await self._store.read(lambda connection: self._find(connection, record_id))
        if found is None:
            raise NoSuchRecord(f"there is no {self._word} {record_id}")
        return found

    async def listed(
        self,
        *,
        entities: frozenset[str] | None = None,
        vendor_id: str | None = None,
        stages: Sequence[str] = (),
    ) -> list[R]:
        """Return records in the order they were written down."""
        query = select(table.c.record).where(table.c.kind == self._word)
        if entities is not None:
            query = query.where(table.c.legal_entity.in_(sorted(entities)))
        if vendor_id is not None:
            query = query.where(table.c.vendor_id == vendor_id)
        if stages:
            query = query.where(table.c.stage.in_(list(stages)))
        query = query.order_by(table.c.opened_at, table.c.id)
        return await self._store.read(
            lambda connection: [self._read(row.record) for row in connection.execute(query)]
        )

    async def moved(self, record: R, *, seen: R) -> R:
        """Write down how a record stands now.

        Raises `TryAgain` when somebody else moved it since it was `seen`.
        """

        def decide(known: R, _: Sequence[R]) -> R:
            if known != seen:
                raise TryAgain("strata", f"{record.id} was moved by another step meanwhile")
            return record

        return await self.decided(record.id, decide)

    async def decided(self, record_id: str, decide: Decide[R]) -> R:
        """Write down what is decided of a record beside the others of its vendor.

        Nobody else decides meanwhile: what one claims no other can claim as well.
        """
        by = current_caller()

        def work(connection: Connection) -> R:
            known = self._find(connection, record_id)
            if known is None:
                raise NoSuchRecord(f"there is no {self._word} {record_id}")
            now = decide(known, self._of_vendor(connection, known.vendor_id))
            if now != known:
                mine = (table.c.kind == self._word, table.c.id == record_id)
                connection.execute(update(table).where(*mine).values(**self._row(now)))
                self._audit.append(connection, self._told(by, str(now.stage), now))
            return now

        return await self._store.write(work)

    def _of_vendor(self, connection: Connection, vendor_id: str) -> list[R]:
        rows = connection.execute(
            select(table.c.record)
            .where(table.c.kind == self._word, table.c.vendor_id == vendor_id)
            .order_by(table.c.opened_at, table.c.id)
        )
        return [self._read(row.record) for row in rows]

    def _find(self, connection: Connection, record_id: str) -> R | None:
        mine = (table.c.kind == self._word, table.c.id == record_id)
        row = connection.execute(select(table.c.record).where(*mine)).first()
        return self._read(row.record) if row else None

    def _read(self, record: bytes) -> R:
        return msgspec.json.decode(record, type=self._kind)

    def _row(self, record: R) -> dict[str, object]:
        return {
            "kind": self._word,
            "id": record.id,
            "legal_entity": record.legal_entity,
            "vendor_id": record.vendor_id,
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
