"""The register of what staffing works on: bookings that were asked for, and plans to be remade."""

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

staffing_cases = Table(
    "staffing_cases",
    metadata,
    Column("kind", String, nullable=False),
    Column("id", String, nullable=False),
    Column("legal_entity", String, nullable=False),
    Column("project_number", String, nullable=False),
    Column("stage", String, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("record", LargeBinary, nullable=False),
    PrimaryKeyConstraint("kind", "id"),
    Index("staffing_cases_by_stage", "kind", "stage"),
    Index("staffing_cases_by_entity", "kind", "legal_entity", "opened_at"),
)
table = staffing_cases


class Case(Protocol):
    """A record of staffing."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def legal_entity(self) -> str:
        """The company whose project it is about."""

    @property
    def project_number(self) -> str:
        """The project that it is about."""

    @property
    def stage(self) -> str:
        """Where it stands."""

    @property
    def opened_at(self) -> datetime:
        """When it was written down."""


C = TypeVar("C", bound=Case)


class Cases(Generic[C]):
    """The records of one kind; `word` is what the audit calls one."""

    def __init__(self, store: Store, audit: Audit, kind: type[C], word: str) -> None:
        self._store, self._audit = store, audit
        self._kind, self._word = kind, word

    async def open(self, case: C, *, by: Caller) -> C:
        """Write a record down; the same one is written once, and returned as it stands."""

        def work(connection: Connection) -> C:
            known = self._find(connection, case.id)
            if known is not None:
                return known
            connection.execute(insert(table).values(**self._row(case)))
            self._audit.append(connection, self._told(by, "opened", case))
            return case

        return await self._store.write(once(self._kind, work, case.id))

    async def find(self, case_id: str) -> C | None:
        """Return one record, if there is one."""
        return await self._store.read(lambda connection: self._find(connection, case_id))

    async def get(self, case_id: str) -> C:
        """Return one record, or raise `NoSuchRecord`."""
        found = await self.find(case_id)
        if found is None:
            raise NoSuchRecord(f"there is no {self._word} {case_id}")
        return found

    async def listed(self, *, entities: frozenset[str], stages: Sequence[str] = ()) -> list[C]:
        """Return the records of some companies' projects, oldest first."""
        query = select(table.c.record).where(
            table.c.kind == self._word, table.c.legal_entity.in_(sorted(entities))
        )
        if stages:
            query = query.where(table.c.stage.in_(list(stages)))
        query = query.order_by(table.c.opened_at, table.c.id)
        return await self._store.read(
            lambda connection: [
                msgspec.json.decode(row.record, type=self._kind)
                for row in connection.execute(query)
            ]
        )

    async def moved(self, case: C, *, seen: C) -> C:
        """Write down how a record stands now; one that stands so already is left.

        Raises `TryAgain` when somebody else moved it since it was `seen`.
        """
        await self.moved_beside(case, seen=seen, like=lambda _: False)
        return case

    async def moved_beside(self, case: C, *, seen: C, like: Callable[[C], bool]) -> list[C]:
        """Do the same, and return the others that are like it by then.

        Nobody else moves meanwhile: of two that are alike, one sees the other.
        """
        by = current_caller()

        def work(connection: Connection) -> list[C]:
            known = self._find(connection, case.id)
            if known not in (case, seen):
                raise TryAgain("strata", f"{case.id} was moved by another step meanwhile")
            if known != case:
                mine = (table.c.kind == self._word, table.c.id == case.id)
                connection.execute(update(table).where(*mine).values(**self._row(case)))
                self._audit.append(connection, self._told(by, str(case.stage), case))
            rows = connection.execute(
                select(table.c.record).where(
                    table.c.kind == self._word, table.c.stage == str(case.stage)
                )
            )
            found = [msgspec.json.decode(row.record, type=self._kind) for row in rows]
            return [each for each in found if each.id != case.id and like(each)]

        return await self._store.write(work)

    def _find(self, connection: Connection, case_id: str) -> C | None:
        mine = (table.c.kind == self._word, table.c.id == case_id)
        row = connection.execute(select(table.c.record).where(*mine)).first()
        return msgspec.json.decode(row.record, type=self._kind) if row else None

    def _row(self, case: C) -> dict[str, object]:
        return {
            "kind": self._word,
            "id": case.id,
            "legal_entity": case.legal_entity,
            "project_number": case.project_number,
            "stage": str(case.stage),
            "opened_at": case.opened_at,
            "record": msgspec.json.encode(case),
        }

    def _told(self, by: Caller, what: str, case: C) -> AuditEntry:
        return AuditEntry.by(
            by,
            f"{self._word}.{what}",
            case.id,
            legal_entity=case.legal_entity,
            after_hash=hashlib.sha256(msgspec.json.encode(case)).hexdigest(),
        )
