"""Hours that count, out of the read model: sums of months and weeks, and entries of other days."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from sqlalchemy import ColumnElement, Connection, Table, case, exists, func, select
from sqlalchemy.engine import Row

from process_apis.read_models import rules
from process_apis.read_models.hours import MOST_TRACED, Key, Span, Trace, WorkedHours, line
from process_apis.read_models.keeping import Shelf
from process_apis.read_models.rules import Grain, Sum
from process_apis.read_models.tables import known_hours, worked_hours

_AT_A_TIME = 500


def kept(
    connection: Connection, shelf: Shelf, spans: Sequence[Span], people: AbstractSet[str]
) -> WorkedHours:
    """Return the sums that a read model keeps; the first span is the whole."""
    lines = {
        each: tuple(
            line(key, rules.hours_of(told.units), told.entries)
            for key, told in sorted(_sums(connection, shelf, each).items())
            if key[0] in people
        )
        for each in spans
    }
    return WorkedHours(lines=lines, traces=_traces(connection, shelf, spans[0], people))


def _sums(connection: Connection, shelf: Shelf, span: Span) -> dict[Key, Sum]:
    """Return the sums of a span: of its whole months and weeks, and of the entries of its days."""
    pieces = rules.pieces(span.start, span.end)
    found: dict[Key, Sum] = {}
    for grain, starts in ((Grain.MONTH, pieces.months), (Grain.WEEK, pieces.weeks)):
        table = worked_hours.c
        key = (table.employee, _of_project(worked_hours), table.billable)
        query = (
            select(*key, func.sum(table.units), func.sum(table.entries))
            .where(
                table.instance == shelf.instance,
                table.generation == shelf.generation,
                table.grain == grain,
                table.start.in_(starts),
            )
            .group_by(*key)
        )
        if starts:
            _add(found, connection.execute(query).all())
    if pieces.days:
        day = known_hours.c
        key = (day.employee, _of_project(known_hours), day.billable)
        of_days = (
            select(*key, func.sum(day.units), func.count())
            .where(*_standing(shelf), day.work_date.in_(pieces.days))
            .group_by(*key)
        )
        _add(found, connection.execute(of_days).all())
    return found


def _add(found: dict[Key, Sum], rows: Iterable[Row[str, str, bool, int, int]]) -> None:
    for employee, project, billable, units, entries in rows:
        key = (employee, project, billable)
        more = Sum(int(units), int(entries))
        found[key] = found[key].plus(more) if key in found else more


def _traces(
    connection: Connection, shelf: Shelf, span: Span, people: AbstractSet[str]
) -> tuple[Trace, ...]:
    """Return the first entries of some people that count on some days."""
    day = known_hours.c
    query = (
        select(day.id, day.employee, day.project_number, day.billable, day.work_date)
        .where(*_standing(shelf), day.work_date.between(span.start, span.end))
        .order_by(day.work_date, day.id)
    )
    found: list[Trace] = []
    rows = connection.execute(query, execution_options={"yield_per": _AT_A_TIME})
    for own, employee, project, billable, work_date in rows:
        if employee in people:
            found.append(
                Trace(
                    id=own,
                    employee=employee,
                    project_number=project,
                    billable=billable,
                    work_date=work_date,
                )
            )
        if len(found) == MOST_TRACED:
            break
    return tuple(found)


def _of_project(table: Table) -> ColumnElement[str]:
    """Return the project that hours are told of, as `hours.of_project` does."""
    return case((table.c.billable.is_(True), ""), else_=table.c.project_number)


def _standing(shelf: Shelf) -> tuple[ColumnElement[bool], ...]:
    """Return which entries count: as `rules.stands` says, of all that are written down."""
    table, others = known_hours, known_hours.alias("others")
    reversal = exists().where(
        others.c.instance == shelf.instance,
        others.c.generation == shelf.generation,
        others.c.adjusts == table.c.id,
        others.c.units < 0,
        others.c.gone.is_(False),
    )
    return (
        table.c.instance == shelf.instance,
        table.c.generation == shelf.generation,
        table.c.gone.is_(False),
        table.c.approved.is_(True),
        table.c.units > 0,
        ~reversal,
    )
