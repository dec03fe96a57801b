"""The records that are judged again every day, whether they changed or not."""

from collections.abc import Iterable
from datetime import date

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, select, update

from governance.quality.rules import Kind
from governance.quality.tables import quality_judged
from store.database import Store

_table = quality_judged.c


class Watched(Struct, frozen=True):
    """A system's record, and its version that was judged last."""

    kind: Kind
    subject: str
    system: str
    version: int


class QualityWatch:
    """Says what is still to be judged again today."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def due(
        self, today: date, kinds: Iterable[Kind], *, most: int, without: Iterable[str] = ()
    ) -> list[Watched]:
        """Return some watched records that were not judged today, the longest ago first.

        Those of the systems that it is to do `without` are left out.
        """
        order = (_table.judged_on, _table.kind, _table.subject, _table.system)
        query = (
            select(_table.kind, _table.subject, _table.system, _table.version)
            .where(_table.watched, _table.judged_on < today, _table.kind.in_(sorted(kinds)))
            .where(_table.system.not_in(sorted(without)))
            .order_by(*order)
            .limit(most)
        )
        return await self._store.read(
            lambda connection: [
                Watched(Kind(row.kind), row.subject, row.system, row.version)
                for row in connection.execute(query)
            ]
        )

    async def begin(self, kind: Kind, records: Iterable[tuple[str, str]]) -> None:
        """Watch some records that were judged, each a system and a subject in it."""
        wanted = list(records)

        def unwatched(connection: Connection) -> list[tuple[str, str]]:
            return [one for one in wanted if _is_idle(connection, _this(kind, *one))]

        def work(connection: Connection) -> None:
            for one in unwatched(connection):
                connection.execute(
                    update(quality_judged).where(_this(kind, *one)).values(watched=True)
                )

        if await self._store.read(unwatched):
            await self._store.write(work)


def _is_idle(connection: Connection, this: ColumnElement[bool]) -> bool:
    query = select(_table.subject).where(this, ~_table.watched)
    return connection.execute(query).first() is not None


def _this(kind: Kind, system: str, subject: str) -> ColumnElement[bool]:
    return (_table.kind == kind) & (_table.system == system) & (_table.subject == subject)
