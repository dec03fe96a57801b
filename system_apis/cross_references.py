"""The cross references of one system instance, kept in the store for good."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    bindparam,
    insert,
    select,
    update,
)

from store.database import Store
from system_apis.errors import NotFound, Refused
from system_apis.known_records import (
    Match,
    MatchMethod,
    cross_references,
    is_hidden,
    mint,
)

_REMEMBERED = 50_000
_table = cross_references.c
_HERE = tuple(
    _table[name] == bindparam(name, type_=String) for name in ("system", "instance", "record_type")
)
_ASKED = bindparam("canonical_id", type_=String)
_own = cross_references.alias("own").c
# An id without a record of its own leads to the one that it was merged into, in every system.
_SURVIVOR = (
    select(_own.merged_into)
    .where(_own.canonical_id == _ASKED, _own.merged_into.is_not(None))
    .where(~select(_own.canonical_id).where(_own.canonical_id == _ASKED, _own.active).exists())
)
_OF = (
    select(_table.record_id, _table.legal_entity)
    .where(*_HERE, (_table.canonical_id == _ASKED) | _table.canonical_id.in_(_SURVIVOR))
    .where(_table.active | _table.merged_into.is_not(None))
    .order_by((_table.canonical_id == _ASKED).desc(), _table.active.desc())
)
_THESE = _table.record_id.in_(bindparam("record_ids", expanding=True))
_STORED = select(_table.record_id, _table.canonical_id.label("ours")).where(
    *_HERE, _THESE, _table.active
)
# A duplicate's own id is a tombstone: it goes by the client that it was merged into.
_GIVEN_UP = select(_table.record_id, _table.merged_into.label("ours")).where(
    *_HERE, _THESE, _table.merged_into.is_not(None)
)
_NOTE = (
    update(cross_references)
    .where(_table.canonical_id == bindparam("of_id"))
    .where(_table.system == bindparam("of_system"), _table.instance == bindparam("of_instance"))
    .values(legal_entity=bindparam("of_entity"))
)


class StoredReferences:
    """The cross references of one system instance; implements `connector.References`."""

    def __init__(
        self, store: Store, system: str, instance: str, clock: Callable[[], datetime]
    ) -> None:
        self._store, self._clock = store, clock
        self._system, self._instance = system, instance
        self._known: dict[tuple[str, str], str] = {}
        self._moved = 0
        self._owners: dict[str, str] = {}

    async def ids_of(self, record_type: str, record_ids: list[str]) -> list[str]:
        """Return our ids of records, in order; a record met for the first time gets one."""
        new = {each for each in record_ids if (record_type, each) not in self._known}
        found = {each: self._known[record_type, each] for each in record_ids if each not in new}
        if new:
            moved = self._moved
            stored = await self._store.read(lambda c: self._stored(c, record_type, new))
            if new - stored.keys():
                stored = await self._store.write(lambda c: self._met(c, record_type, new))
            if moved == self._moved:  # else it may have been read before a link moved it
                self._remember(record_type, stored)
            found |= stored
        return [found[each] for each in record_ids]

    async def record_of(self, record_type: str, canonical_id: str) -> str:
        """Return the system's id of a record, or raise `NotFound`; a tombstone leads to it too.

        A record that is not the caller's to see is none, and is told as soon.
        """
        of = {"system": self._system, "instance": self._instance, "record_type": record_type}
        known = {**of, "canonical_id": canonical_id}
        found = await self._store.read(lambda connection: connection.execute(_OF, known).first())
        if found is None or is_hidden(found.legal_entity):
            raise NotFound(self._system, f"no {record_type} {canonical_id}")
        return str(found.record_id)

    async def note(self, owners: Mapping[str, str]) -> None:
        """Write down of which company some records are, by our ids, where that is news."""
        news = {each: entity for each, entity in owners.items() if self._owners.get(each) != entity}
        if not news:
            return
        rows = [{"of_id": each, "of_entity": entity} for each, entity in news.items()]
        of = {"of_system": self._system, "of_instance": self._instance}
        await self._store.write(
            lambda connection: connection.execute(_NOTE, [of | row for row in rows]).close()
        )
        self._owners |= news
        for oldest in list(self._owners)[: max(0, len(self._owners) - _REMEMBERED)]:
            del self._owners[oldest]

    async def link(self, canonical_id: str, record_type: str, record_id: str, match: Match) -> None:
        """Say that a record is the one that an id of ours stands for already.

        The id that the record had until now stays as a tombstone. Raises `Refused` when the
        id stands for another record of this system.
        """

        def work(connection: Connection) -> None:
            self._refuse_second(connection, canonical_id, record_type, record_id)
            here = (*self._here(record_type), _table.record_id == record_id)
            connection.execute(
                update(cross_references)
                .where(*here, _table.active, _table.canonical_id != canonical_id)
                .values(active=False, merged_into=canonical_id)
            )
            values = self._found(match)
            revived = connection.execute(
                update(cross_references)
                .where(*here, _table.canonical_id == canonical_id)
                .values(values)
            )
            if revived.rowcount == 0:
                named = self._named(record_type, record_id, canonical_id)
                connection.execute(insert(cross_references).values(named | values))

        await self._store.write(work)
        self.forget(record_type, [record_id])

    async def unlink(self, canonical_id: str, record_type: str, record_id: str) -> str:
        """Take back a wrong link: the record goes on under the id of its own that is returned."""

        def work(connection: Connection) -> dict[str, str]:
            here = (*self._here(record_type), _table.record_id == record_id)
            connection.execute(
                update(cross_references)
                .where(*here, _table.canonical_id == canonical_id)
                .values(active=False, merged_into=None)
            )
            own = mint(self._instance, record_type, record_id)
            connection.execute(
                update(cross_references)
                .where(*here, _table.canonical_id == own)
                .values(active=True, merged_into=None)
            )
            return self._met(connection, record_type, {record_id})

        stored = await self._store.write(work)
        self.forget(record_type, [record_id])
        return stored[record_id]

    def forget(self, record_type: str, record_ids: Iterable[str]) -> None:
        """Look these records up again: somebody moved their cross references."""
        self._moved += 1
        for record_id in record_ids:
            self._known.pop((record_type, record_id), None)

    def _refuse_second(
        self, connection: Connection, canonical_id: str, record_type: str, record_id: str
    ) -> None:
        taken = connection.execute(
            select(_table.record_id).where(
                *self._here(record_type),
                _table.canonical_id == canonical_id,
                _table.record_id != record_id,
                _table.active,
            )
        ).scalar()
        if taken is not None:
            reason = f"{canonical_id} is {record_type} {taken} of {self._instance} already"
            raise Refused(self._system, reason, code="ALREADY_LINKED")

    def _met(self, connection: Connection, record_type: str, new: set[str]) -> dict[str, str]:
        """Give an id to the records that have none; the unit of work keeps others out."""
        stored = self._stored(connection, record_type, new)
        found = self._found(Match(method=MatchMethod.FIRST_MET))
        rows = [
            self._named(record_type, each, mint(self._instance, record_type, each)) | found
            for each in sorted(new - stored.keys())
        ]
        if rows:
            connection.execute(insert(cross_references), rows)
            stored = self._stored(connection, record_type, new)
        return stored

    def _stored(self, connection: Connection, record_type: str, wanted: set[str]) -> dict[str, str]:
        """Return what records go by: what they stand for, else what took their own id over."""
        found: dict[str, str] = {}
        for query in (_STORED, _GIVEN_UP):
            ids = sorted(wanted - found.keys())
            for start in range(0, len(ids), 500):
                of = {
                    "system": self._system,
                    "instance": self._instance,
                    "record_type": record_type,
                }
                rows = connection.execute(query, {**of, "record_ids": ids[start : start + 500]})
                found |= {row.record_id: row.ours for row in rows}
        return found

    def _here(self, record_type: str) -> tuple[ColumnElement[bool], ...]:
        return (
            _table.system == self._system,
            _table.instance == self._instance,
            _table.record_type == record_type,
        )

    def _named(self, record_type: str, record_id: str, canonical_id: str) -> dict[str, object]:
        return {
            "canonical_type": record_type,
            "canonical_id": canonical_id,
            "system": self._system,
            "instance": self._instance,
            "record_type": record_type,
            "record_id": record_id,
        }

    def _found(self, match: Match) -> dict[str, object]:
        now = self._clock()
        return {
            "match_method": match.method,
            "confidence": str(match.confidence),
            "verified_by": match.verified_by,
            "verified_at": now if match.verified_by else None,
            "active": True,
            "merged_into": None,
            "created_at": now,
        }

    def _remember(self, record_type: str, stored: dict[str, str]) -> None:
        self._known |= {(record_type, record_id): ours for record_id, ours in stored.items()}
        for oldest in list(self._known)[: max(0, len(self._known) - _REMEMBERED)]:
            del self._known[oldest]
