"""Which version of a record was judged last, and whether it is judged every day."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, insert, select

from governance.quality.rules import Judgement, Kind
from governance.quality.tables import quality_judged

_AT_ONCE = 500


class Mark(Struct, frozen=True):
    """Which version of a record was judged last, when, and whether it is judged every day."""

    version: int
    watched: bool
    judged_on: date


NEVER = Mark(0, watched=False, judged_on=date.min)


def judged_last(
    connection: Connection, subjects: Sequence[str]
) -> dict[tuple[Kind, str, str], Mark]:
    """Return the marks of some records, by what and whose they are."""
    columns, found = quality_judged.c, {}
    for start in range(0, len(subjects), _AT_ONCE):
        some = columns.subject.in_(subjects[start : start + _AT_ONCE])
        for row in connection.execute(select(quality_judged).where(some)):
            mark = Mark(row.version, row.watched, row.judged_on)
            found[Kind(row.kind), row.subject, row.system] = mark
    return found


def version_judged(connection: Connection, kind: Kind, subject: str, system: str) -> int:
    """Return the version of a system's record that was judged last, 0 for none."""
    query = select(quality_judged.c.version).where(_this(kind, subject, system))
    return connection.execute(query).scalar_one_or_none() or 0


def mark(connection: Connection, judgement: Judgement, today: date) -> None:
    """Write down that a version of a record was judged on a day."""
    values = {
        "kind": judgement.kind,
        "subject": judgement.subject,
        "system": judgement.system,
        "legal_entity": judgement.legal_entity,
        "version": judgement.version,
        "watched": judgement.watched,
        "judged_on": today,
    }
    connection.execute(
        delete(quality_judged).where(_this(judgement.kind, judgement.subject, judgement.system))
    )
    connection.execute(insert(quality_judged).values(**values))


def _this(kind: Kind, subject: str, system: str) -> ColumnElement[bool]:
    columns = quality_judged.c
    return (columns.kind == kind) & (columns.subject == subject) & (columns.system == system)
