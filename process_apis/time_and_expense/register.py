"""The register of what people handed in: every version once, with its findings and its end."""

from collections.abc import Iterable
from datetime import date

import msgspec
from sqlalchemy import Connection, insert, select, update

from governance.access import Caller, current_caller
from governance.audit import Audit, AuditEntry
from governance.once import once
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.time_and_expense.records import (
    WAITING,
    EntryWish,
    HandedIn,
    RowStatus,
    Wish,
)
from process_apis.time_and_expense.tables import handed_in
from store.database import Store

_REPLACEABLE = frozenset({RowStatus.BLOCKED, RowStatus.REJECTED})
TAKEN = frozenset({RowStatus.HELD, RowStatus.SUBMITTED, RowStatus.APPROVED})


class Register:
    """Strata's own record of what was handed in; of what the PSA has, the PSA's is the truth."""

    def __init__(self, store: Store, audit: Audit) -> None:
        self._store, self._audit = store, audit

    async def known(self, row_id: str, wish: Wish) -> HandedIn | None:
        """Return the version that a wish tells again, if any.

        Raises `Conflict` when it takes the place of another version than the last one, of one
        that waits for an answer or was approved, or says something else under the same version.
        """
        return await self._store.read(lambda connection: _known(connection, row_id, wish))

    async def note(self, row: HandedIn, *, by: Caller) -> HandedIn:
        """Write a version down; told again, it is written once.

        Raises `Conflict` when the same was handed in under another number at the same moment,
        so that neither could be judged beside the other.
        """

        def work(connection: Connection) -> HandedIn:
            known = _known(connection, row.id, row.wish)
            if known is not None:
                return known
            if row.status in WAITING:
                _check_alone(connection, row)
            connection.execute(insert(handed_in).values(started=0, **_columns(row)))
            named = row.named
            reason = f"{named.code} {named.name}: {named.reason}" if named else "as it should be"
            self._audit.append(connection, _told(by, f"time_and_expense.{row.status}", row, reason))
            return row

        return await self._store.write(once(HandedIn, work))

    async def moved(self, row: HandedIn, *, reason: str) -> HandedIn:
        """Write down what became of a version; what was decided stays as it was decided."""
        by = current_caller()

        def work(connection: Connection) -> HandedIn:
            seen = _version(connection, row.id, row.version)
            if seen == row or (seen.status not in WAITING and seen.status is not row.status):
                return seen
            where = (handed_in.c.id == row.id, handed_in.c.version == row.version)
            connection.execute(update(handed_in).where(*where).values(**_columns(row)))
            if seen.status is not row.status:
                told = _told(by, f"time_and_expense.{row.status}", row, reason)
                self._audit.append(connection, told)
            return row

        return await self._store.write(work)

    async def get(self, row_id: str, version: int | None = None) -> HandedIn:
        """Return a version of a row, the last one when none is named, or raise `NoSuchRecord`."""

        def query(connection: Connection) -> HandedIn:
            if version is not None:
                return _version(connection, row_id, version)
            last = _last(connection, row_id)
            if last is None:
                raise NoSuchRecord(f"nothing was handed in as {row_id}")
            return last

        return await self._store.read(query)

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
        table = handed_in.c
        query = select(table.record).where(table.legal_entity.in_(sorted(entities)))
        if employee is not None:
            query = query.where(table.employee == employee)
        if start is not None:
            query = query.where(table.day >= start)
        if end is not None:
            query = query.where(table.day <= end)
        query = query.order_by(table.day, table.id, table.version)
        wanted = set(statuses)

        def rows(connection: Connection) -> list[HandedIn]:
            last = {row.id: row for row in map(_row, connection.scalars(query))}
            return [each for each in last.values() if each.status in wanted]

        return await self._store.read(rows)

    async def unstarted(self) -> list[HandedIn]:
        """Return what was taken and has not been sent to the engine yet."""
        query = (
            select(handed_in.c.record)
            .where(handed_in.c.started == 0)
            .where(handed_in.c.status.in_(sorted(WAITING)))
        )
        return await self._store.read(
            lambda connection: [_row(each) for each in connection.scalars(query)]
        )

    async def mark_started(self, row: HandedIn) -> None:
        """Write down that the engine has what follows from a version."""
        where = (handed_in.c.id == row.id, handed_in.c.version == row.version)
        done = update(handed_in).where(*where).values(started=1)
        await self._store.write(lambda connection: connection.execute(done))


def _known(connection: Connection, row_id: str, wish: Wish) -> HandedIn | None:
    last = _last(connection, row_id)
    if last is None:
        if wish.follows:
            raise Conflict(f"{wish.number} has no version {wish.follows} to follow")
        return None
    if last.version == wish.follows + 1:
        if last.wish != wish:
            raise Conflict(
                f"{wish.number} was handed in otherwise: `follows` {last.version} replaces it"
            )
        return last
    if last.version != wish.follows:
        earlier = _find(connection, row_id, wish.follows + 1)
        if earlier is not None and earlier.wish == wish:
            return earlier
        raise Conflict(f"{wish.number} is at version {last.version}, not {wish.follows}")
    if last.status not in _REPLACEABLE:
        raise Conflict(f"{wish.number} is {last.status}: correct it, or wait for the answer")
    return None


def _check_alone(connection: Connection, row: HandedIn) -> None:
    query = select(handed_in.c.record).where(
        handed_in.c.legal_entity == row.legal_entity,
        handed_in.c.day == row.wish.day,
        handed_in.c.status.in_(sorted(TAKEN)),
        handed_in.c.id != row.id,
    )
    for other in map(_row, connection.scalars(query)):
        if other.wish.is_like(row.wish):
            raise Conflict(f"{other.wish.number} says the same: hand it in again to be judged")


def _last(connection: Connection, row_id: str) -> HandedIn | None:
    query = (
        select(handed_in.c.record)
        .where(handed_in.c.id == row_id)
        .order_by(handed_in.c.version.desc())
        .limit(1)
    )
    record = connection.scalars(query).first()
    return _row(record) if record is not None else None


def _find(connection: Connection, row_id: str, version: int) -> HandedIn | None:
    query = select(handed_in.c.record).where(
        handed_in.c.id == row_id, handed_in.c.version == version
    )
    record = connection.scalars(query).first()
    return _row(record) if record is not None else None


def _version(connection: Connection, row_id: str, version: int) -> HandedIn:
    found = _find(connection, row_id, version)
    if found is None:
        raise NoSuchRecord(f"nothing was handed in as version {version} of {row_id}")
    return found


def _row(record: bytes) -> HandedIn:
    return msgspec.json.decode(record, type=HandedIn)


def _columns(row: HandedIn) -> dict[str, object]:
    return {
        "id": row.id,
        "version": row.version,
        "kind": "entry" if isinstance(row.wish, EntryWish) else "expense",
        "number": row.wish.number,
        "employee": row.wish.employee,
        "legal_entity": row.legal_entity,
        "day": row.wish.day,
        "status": row.status,
        "record": msgspec.json.encode(row),
    }


def _told(by: Caller, action: str, row: HandedIn, reason: str) -> AuditEntry:
    return AuditEntry.by(by, action, row.id, legal_entity=row.legal_entity, reason=reason)
