"""The register of what people handed in: every version once, with its findings and its end."""

from collections.abc import Iterable, Sequence
from datetime import date

from msgspec.structs import replace
from sqlalchemy import Connection, exists, select, update

from governance.access import Caller, current_caller
from governance.audit import Audit
from governance.once import once
from process_apis.errors import NoSuchRecord
from process_apis.time_and_expense import rows
from process_apis.time_and_expense.identifiers import row_id as id_of
from process_apis.time_and_expense.records import (
    CORRECTABLE,
    GOES_ON,
    WAITING,
    EntryWish,
    HandedIn,
    RowStatus,
    Wish,
)
from process_apis.time_and_expense.tables import handed_in
from store.database import Store


class Register:
    """Strata's own record of what was handed in; of what the PSA has, the PSA's is the truth."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def known(self, row_id: str, wish: Wish) -> HandedIn | None:
        """Return the version that a wish tells again, if any.

        Raises `Conflict` when it takes the place of another version than the last one, of one
        that waits for an answer or was approved, or says something else under the same version.
        """
        return await self._store.read(lambda connection: rows.known(connection, row_id, wish))

    async def known_of_week(self, wishes: Sequence[EntryWish]) -> list[HandedIn | None]:
        """Return the version that each wish of a week tells again, if any.

        A week may be corrected: a version that waits, or was approved, may be followed too.
        """
        return await self._store.read(
            lambda connection: [
                rows.known(connection, id_of(each), each, CORRECTABLE) for each in wishes
            ]
        )

    async def note(self, row: HandedIn, *, by: Caller) -> HandedIn:
        """Write a version down; told again, it is written once.

        Raises `Conflict` when the same was handed in under another number at the same moment,
        so that neither could be judged beside the other.
        """

        def work(connection: Connection) -> HandedIn:
            known = rows.known(connection, row.id, row.wish)
            return known or self._add(connection, row, by)

        return await self._store.write(once(HandedIn, work))

    async def note_week(self, judged: Sequence[HandedIn], *, by: Caller) -> list[HandedIn]:
        """Write the rows of a week down, all of them or none; told again, each is written once.

        Of a row that waited for its approval the version before is taken back.
        """

        def work(connection: Connection) -> list[HandedIn]:
            return [self._known_or_added(connection, each, by) for each in judged]

        return await self._store.write(once(list[HandedIn], work))

    def _known_or_added(self, connection: Connection, row: HandedIn, by: Caller) -> HandedIn:
        known = rows.known(connection, row.id, row.wish, CORRECTABLE)
        if known is not None:
            return known
        rows.check_struck(connection, row)
        before = rows.last(connection, row.id)
        if before is not None and before.status in WAITING:
            reason = f"{row.reference} takes its place"
            back = replace(before, status=RowStatus.REJECTED, comment=reason)
            rows.change(connection, back)
            self._audit.append(connection, rows.told(by, back, reason))
        return self._add(connection, row, by)

    def _add(self, connection: Connection, row: HandedIn, by: Caller) -> HandedIn:
        if row.status in WAITING:
            rows.check_alone(connection, row)
        rows.add(connection, row)
        named = row.named
        reason = f"{named.code} {named.name}: {named.reason}" if named else "as it should be"
        self._audit.append(connection, rows.told(by, row, reason))
        return row

    async def moved(self, row: HandedIn, *, reason: str) -> HandedIn:
        """Write down what became of a version; what was decided stays as it was decided."""
        by = current_caller()

        def work(connection: Connection) -> HandedIn:
            seen = rows.version_of(connection, row.id, row.version)
            if seen == row or (seen.status not in WAITING and seen.status is not row.status):
                return seen
            rows.change(connection, row)
            if seen.status is not row.status:
                self._audit.append(connection, rows.told(by, row, reason))
            return row

        return await self._store.write(work)

    async def get(self, row_id: str, version: int | None = None) -> HandedIn:
        """Return a version of a row, the last one when none is named, or raise `NoSuchRecord`."""

        def query(connection: Connection) -> HandedIn:
            if version is not None:
                return rows.version_of(connection, row_id, version)
            last = rows.last(connection, row_id)
            if last is None:
                raise NoSuchRecord(f"nothing was handed in as {row_id}")
            return last

        return await self._store.read(query)

    async def before(self, row_id: str, version: int) -> list[HandedIn]:
        """Return the versions before one, the newest first."""
        return await self._store.read(lambda connection: rows.before(connection, row_id, version))

    async def listed(
        self,
        *,
        entities: frozenset[str],
        employee: str | None = None,
        start: date | None = None,
        end: date | None = None,
        statuses: Iterable[RowStatus] = tuple(RowStatus),
    ) -> list[HandedIn]:
        """Return what was handed in, in the order of its days; of each only the last version."""
        table, newer = handed_in.c, handed_in.alias()
        followed = exists().where(newer.c.id == table.id, newer.c.version > table.version)
        ours = table.legal_entity.in_(sorted(entities))
        query = select(table.record).where(ours, ~followed)
        if employee is not None:
            query = query.where(table.employee == employee)
        if start is not None:
            query = query.where(table.day >= start)
        if end is not None:
            query = query.where(table.day <= end)
        query = query.order_by(table.day, table.id)
        wanted = set(statuses)

        def found(connection: Connection) -> list[HandedIn]:
            last = map(rows.of_record, connection.scalars(query))
            return [each for each in last if each.status in wanted]

        return await self._store.read(found)

    async def replacing(self, numbers: Iterable[str]) -> tuple[str, ...]:
        """Return the versions that took the place of some approved hours, or ask to.

        Both are named as the PSA knows them; what strikes hours out is no record there.
        """
        known = frozenset(numbers)
        return await self._store.read(lambda connection: rows.replacing(connection, known))

    async def unstarted(self) -> list[HandedIn]:
        """Return what was taken and has not been sent to the engine yet."""
        query = (
            select(handed_in.c.record)
            .where(handed_in.c.started == 0)
            .where(handed_in.c.status.in_(sorted(GOES_ON)))
        )
        return await self._store.read(
            lambda connection: [rows.of_record(each) for each in connection.scalars(query)]
        )

    async def mark_started(self, row: HandedIn) -> None:
        """Write down that the engine has what follows from a version."""
        where = (handed_in.c.id == row.id, handed_in.c.version == row.version)
        done = update(handed_in).where(*where).values(started=1)
        await self._store.write(lambda connection: connection.execute(done))
