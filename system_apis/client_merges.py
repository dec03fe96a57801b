"""Two clients become one: which cross references a merge moves, and how they are put back.

Records of the merged client stand for the survivor from then on. Where the survivor has a
record of its own in the same system, the other stays beside it as a duplicate: it reads as
the survivor, which goes on being written to where it was (domain handbook, 1.1).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, insert, select, update
from sqlalchemy.engine import Row

from system_apis.known_records import MatchMethod, cross_references

_table = cross_references.c
_TYPE = "client"


class GroundMoved(Exception):
    """The cross references are no longer as they were when somebody looked at them."""


class Standing(Struct, frozen=True):
    """Whether a cross reference holds, and which client took it over if not."""

    active: bool
    merged_into: str | None = None


class Move(Struct, frozen=True, kw_only=True):
    """One cross reference: as it was before a merge (None: not there), and as it is after."""

    canonical_id: str
    system: str
    instance: str
    record_id: str
    before: Standing | None
    after: Standing


def planned(connection: Connection, survivor_id: str, merged_id: str) -> tuple[Move, ...]:
    """Return what a merge would move now; nothing when one of the clients has no record.

    A client that was merged into another itself has none: nobody is merged into it any more.
    """
    merged, survivor = _of(connection, merged_id), _of(connection, survivor_id)
    held = {row.instance for row in survivor if row.active}
    given_up = Standing(active=False, merged_into=survivor_id)
    moves = {}
    for row in (each for each in merged if each.active):
        moves[_key(row)] = _move(row, given_up)
        if row.instance not in held:
            taken = _taken_over(row, survivor, survivor_id)
            moves[survivor_id, row.instance, row.record_id] = taken
    if not (moves and held):
        return ()
    for row in _merged_into(connection, merged_id):
        moves.setdefault(_key(row), _move(row, given_up))
    return tuple(moves[key] for key in sorted(moves))


def kept_in(connection: Connection, *client_ids: str) -> frozenset[str]:
    """Return the systems that have a record of some clients, or of what was merged into them."""
    named = _table.canonical_id.in_(client_ids) | _table.merged_into.in_(client_ids)
    query = select(_table.instance).where(named, _table.record_type == _TYPE).distinct()
    return frozenset(connection.execute(query).scalars())


def kept_in_of_each(
    connection: Connection, several: Sequence[Collection[str]]
) -> list[frozenset[str]]:
    """Return the same for some clients each time, by one look at the cross references."""
    named = sorted({each for client_ids in several for each in client_ids})
    columns = (_table.canonical_id, _table.merged_into, _table.instance)
    found: dict[str, set[str]] = {each: set() for each in named}
    for name in (_table.canonical_id, _table.merged_into):
        query = select(*columns).where(name.in_(named), _table.record_type == _TYPE).distinct()
        for row in connection.execute(query) if named else ():
            for client_id in {row.canonical_id, row.merged_into} & found.keys():
                found[client_id].add(row.instance)
    return [frozenset[str]().union(*(found[each] for each in one)) for one in several]


def merge(connection: Connection, moves: Iterable[Move], *, verified_by: str, at: datetime) -> None:
    """Make the moves of a plan; a record is given up before another client takes it."""
    for move in sorted(moves, key=lambda each: each.after.active):
        if move.before is None:
            _insert(connection, move, verified_by, at)
        else:
            _put(connection, move, move.after)


def unmerge(connection: Connection, moves: Iterable[Move]) -> None:
    """Put every cross reference back as it was, or raise `GroundMoved` and touch none."""
    done = list(moves)
    for move in done:
        if _standing(connection, move) != move.after or _taken(connection, move, done):
            reason = f"{move.instance} {move.record_id} was linked or merged anew since"
            raise GroundMoved(reason)
    back = [(move, move.before or Standing(active=False)) for move in done]
    for move, standing in sorted(back, key=lambda each: each[1].active):
        _put(connection, move, standing)


def _taken_over(
    row: Row[tuple[object, ...]], survivor: list[Row[tuple[object, ...]]], survivor_id: str
) -> Move:
    earlier = [
        each
        for each in survivor
        if (each.instance, each.record_id) == (row.instance, row.record_id)
    ]
    return Move(
        canonical_id=survivor_id,
        system=row.system,
        instance=row.instance,
        record_id=row.record_id,
        before=Standing(earlier[0].active, earlier[0].merged_into) if earlier else None,
        after=Standing(active=True),
    )


def _move(row: Row[tuple[object, ...]], after: Standing) -> Move:
    return Move(
        canonical_id=row.canonical_id,
        system=row.system,
        instance=row.instance,
        record_id=row.record_id,
        before=Standing(row.active, row.merged_into),
        after=after,
    )


def _key(row: Row[tuple[object, ...]]) -> tuple[str, str, str]:
    return row.canonical_id, row.instance, row.record_id


def _of(connection: Connection, canonical_id: str) -> list[Row[tuple[object, ...]]]:
    return _rows(connection, _table.canonical_id == canonical_id)


def _merged_into(connection: Connection, canonical_id: str) -> list[Row[tuple[object, ...]]]:
    return _rows(connection, _table.merged_into == canonical_id)


def _rows(connection: Connection, which: ColumnElement[bool]) -> list[Row[tuple[object, ...]]]:
    query = select(cross_references).where(which, _table.record_type == _TYPE)
    return list(connection.execute(query.order_by(_table.instance, _table.record_id)))


def _this(move: Move) -> tuple[ColumnElement[bool], ...]:
    return (
        _table.canonical_id == move.canonical_id,
        _table.system == move.system,
        _table.instance == move.instance,
        _table.record_type == _TYPE,
        _table.record_id == move.record_id,
    )


def _standing(connection: Connection, move: Move) -> Standing | None:
    query = select(_table.active, _table.merged_into).where(*_this(move))
    row = connection.execute(query).one_or_none()
    return Standing(row.active, row.merged_into) if row else None


def _taken(connection: Connection, move: Move, moves: Iterable[Move]) -> bool:
    """Whether a record that is to be given back stands for a client that no move took it for."""
    if move.before is None or not move.before.active:
        return False
    here = (_table.system == move.system, _table.instance == move.instance)
    record = (_table.record_type == _TYPE, _table.record_id == move.record_id, _table.active)
    query = select(_table.canonical_id).where(*here, *record)
    ours = {
        each.canonical_id
        for each in moves
        if (each.instance, each.record_id) == (move.instance, move.record_id)
    }
    return bool(set(connection.execute(query).scalars()) - ours)


def _put(connection: Connection, move: Move, standing: Standing) -> None:
    values = {"active": standing.active, "merged_into": standing.merged_into}
    connection.execute(update(cross_references).where(*_this(move)).values(**values))


def _insert(connection: Connection, move: Move, verified_by: str, at: datetime) -> None:
    connection.execute(
        insert(cross_references).values(
            canonical_type=_TYPE,
            canonical_id=move.canonical_id,
            system=move.system,
            instance=move.instance,
            record_type=_TYPE,
            record_id=move.record_id,
            match_method=MatchMethod.MANUAL,
            confidence="1",
            verified_by=verified_by,
            verified_at=at,
            active=move.after.active,
            merged_into=move.after.merged_into,
            created_at=at,
        )
    )
