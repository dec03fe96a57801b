"""The rows of the register: how what was handed in is found, kept and told to the audit."""

import msgspec
from sqlalchemy import Connection, insert, select, update

from governance.access import Caller
from governance.audit import AuditEntry
from process_apis.errors import Conflict, NoSuchRecord
from process_apis.time_and_expense.identifiers import id_of_hours
from process_apis.time_and_expense.records import (
    REPLACEABLE,
    TAKEN,
    EntryWish,
    HandedIn,
    RowStatus,
    Wish,
)
from process_apis.time_and_expense.rules.standing import standing
from process_apis.time_and_expense.tables import handed_in


def known(
    connection: Connection,
    row_id: str,
    wish: Wish,
    replaceable: frozenset[RowStatus] = REPLACEABLE,
) -> HandedIn | None:
    """Return the version that a wish tells again, if any; raise `Conflict` for what it may not."""
    newest = last(connection, row_id)
    if newest is None:
        if wish.follows:
            raise Conflict(f"{wish.number} has no version {wish.follows} to follow")
        return None
    if newest.version == wish.follows + 1:
        if newest.wish != wish:
            raise Conflict(
                f"{wish.number} was handed in otherwise: `follows` {newest.version} replaces it"
            )
        return newest
    if newest.version != wish.follows:
        earlier = find(connection, row_id, wish.follows + 1)
        if earlier is not None and earlier.wish == wish:
            return earlier
        raise Conflict(f"{wish.number} is at version {newest.version}, not {wish.follows}")
    if newest.status not in replaceable:
        raise Conflict(f"{wish.number} is {newest.status}: correct it, or wait for the answer")
    return None


def check_alone(connection: Connection, row: HandedIn) -> None:
    """Raise `Conflict` when the same was handed in under another number, and still stands."""
    query = select(handed_in.c.record).where(
        handed_in.c.legal_entity == row.legal_entity,
        handed_in.c.day == row.wish.day,
        handed_in.c.status.in_(sorted(TAKEN)),
        handed_in.c.id != row.id,
    )
    for other in map(of_record, connection.scalars(query)):
        if other.wish.is_like(row.wish) and not _is_replaced(connection, other):
            raise Conflict(f"{other.wish.number} says the same: hand it in again to be judged")


def _is_replaced(connection: Connection, row: HandedIn) -> bool:
    """Whether hours that were approved count no more, for others, or none, that were later."""
    newest = last(connection, row.id)
    if row.status is not RowStatus.APPROVED or newest is None or newest.version == row.version:
        return False
    return standing(before(connection, row.id, newest.version + 1)) != row


def check_struck(connection: Connection, row: HandedIn) -> None:
    """Raise `Conflict` when a row that nobody is asked about was approved in the same moment."""
    if row.status is RowStatus.STRUCK_OUT and standing(before(connection, row.id, row.version)):
        raise Conflict(f"{row.wish.number} was approved: hand the week in again to be judged")


def add(connection: Connection, row: HandedIn) -> None:
    """Write a version down, which is to be sent to the engine."""
    connection.execute(insert(handed_in).values(started=0, **_columns(row)))


def change(connection: Connection, row: HandedIn) -> None:
    """Write down what became of a version."""
    where = (handed_in.c.id == row.id, handed_in.c.version == row.version)
    connection.execute(update(handed_in).where(*where).values(**_columns(row)))


def last(connection: Connection, row_id: str) -> HandedIn | None:
    """Return the last version of a row, if there is any."""
    query = (
        select(handed_in.c.record)
        .where(handed_in.c.id == row_id)
        .order_by(handed_in.c.version.desc())
        .limit(1)
    )
    record = connection.scalars(query).first()
    return of_record(record) if record is not None else None


def find(connection: Connection, row_id: str, version: int) -> HandedIn | None:
    """Return a version of a row, if it is there."""
    query = select(handed_in.c.record).where(
        handed_in.c.id == row_id, handed_in.c.version == version
    )
    record = connection.scalars(query).first()
    return of_record(record) if record is not None else None


def before(connection: Connection, row_id: str, version: int) -> list[HandedIn]:
    """Return the versions of a row before one, the newest first."""
    found = (find(connection, row_id, each) for each in range(version - 1, 0, -1))
    return [each for each in found if each is not None]


def replacing(connection: Connection, numbers: frozenset[str]) -> tuple[str, ...]:
    """Return the versions that took the place of some approved hours, or ask to."""
    wanted = sorted({each for number in numbers for each in (number, number.rpartition("/")[0])})
    found = list[HandedIn]()
    for start in range(0, len(wanted), 500):
        ids = sorted(map(id_of_hours, wanted[start : start + 500]))
        query = select(handed_in.c.record).where(
            handed_in.c.id.in_(ids), handed_in.c.status.in_(sorted(TAKEN))
        )
        found += map(of_record, connection.scalars(query))
    last_of = {each.id: each for each in sorted(found, key=lambda each: each.version)}
    stood = {
        each.id for each in found if each.status is RowStatus.APPROVED and each.reference in numbers
    }
    news = (last_of[each] for each in stood)
    return tuple(sorted(each.reference for each in news if each.reference not in numbers))


def version_of(connection: Connection, row_id: str, version: int) -> HandedIn:
    """Return a version of a row, or raise `NoSuchRecord`."""
    found = find(connection, row_id, version)
    if found is None:
        raise NoSuchRecord(f"nothing was handed in as version {version} of {row_id}")
    return found


def of_record(record: bytes) -> HandedIn:
    """Return a version as it was kept."""
    return msgspec.json.decode(record, type=HandedIn)


def told(by: Caller, row: HandedIn, reason: str) -> AuditEntry:
    """Say where a version stands, and why."""
    return AuditEntry.by(
        by,
        f"time_and_expense.{row.status}",
        row.id,
        legal_entity=row.legal_entity,
        reason=reason,
    )


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
