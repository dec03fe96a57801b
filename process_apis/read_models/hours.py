"""Hours that count, summed by person and project, and the entries behind them. Pure decisions."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal

from msgspec import Struct

from process_apis.project_to_cash.invoicing.worked import COUNTED, standing
from system_apis.canonical.time import TimeEntry

MOST_TRACED = 1_000
Key = tuple[str, str, bool]


class Span(Struct, frozen=True, order=True):
    """Some days, the first and the last included."""

    start: date
    end: date

    def has(self, day: date) -> bool:
        """Whether a day is one of these."""
        return self.start <= day <= self.end


class WorkedLine(Struct, frozen=True, kw_only=True):
    """The hours that count of a person, and of how many entries they are.

    Billable ones are told of all projects together, others of each: whose it is decides of them.
    """

    employee: str
    project_number: str
    billable: bool
    hours: Decimal
    entries: int


class Trace(Struct, frozen=True, kw_only=True):
    """An entry behind a sum, by our id."""

    id: str
    employee: str
    project_number: str
    billable: bool
    work_date: date


class WorkedHours(Struct, frozen=True, kw_only=True):
    """The hours that count of some spans of days, and the first of the entries behind them."""

    lines: Mapping[Span, tuple[WorkedLine, ...]]
    traces: tuple[Trace, ...]


def summed(
    entries: Iterable[TimeEntry], spans: Sequence[Span], people: AbstractSet[str]
) -> WorkedHours:
    """Return the sums of entries that were read; the first span is the whole."""
    counted = [
        each for each in standing(entries) if each.status in COUNTED and each.employee in people
    ]
    lines = {}
    for span in spans:
        found: dict[Key, tuple[Decimal, int]] = {}
        for each in counted:
            if span.has(each.work_date):
                key = (each.employee, of_project(each), each.billable)
                hours, count = found.get(key, (Decimal(0), 0))
                found[key] = hours + each.hours, count + 1
        lines[span] = tuple(line(key, *told) for key, told in sorted(found.items()))
    traced = [
        Trace(
            id=each.id,
            employee=each.employee,
            project_number=each.project_number,
            billable=each.billable,
            work_date=each.work_date,
        )
        for each in sorted(counted, key=lambda each: (each.work_date, each.id))
    ]
    return WorkedHours(lines=lines, traces=tuple(traced[:MOST_TRACED]))


def together(parts: Sequence[WorkedHours], spans: Sequence[Span]) -> WorkedHours:
    """Return the hours of several systems as those of one."""
    traces = sorted(
        (trace for each in parts for trace in each.traces),
        key=lambda each: (each.work_date, each.id),
    )
    return WorkedHours(
        lines={span: tuple(line for each in parts for line in each.lines[span]) for span in spans},
        traces=tuple(traces[:MOST_TRACED]),
    )


def of_project(entry: TimeEntry) -> str:
    """Return the project that hours are told of, or nothing where that is of no account."""
    return "" if entry.billable else entry.project_number


def line(key: Key, hours: Decimal, entries: int) -> WorkedLine:
    """Return the hours of a person on a project."""
    employee, project, billable = key
    return WorkedLine(
        employee=employee, project_number=project, billable=billable, hours=hours, entries=entries
    )
