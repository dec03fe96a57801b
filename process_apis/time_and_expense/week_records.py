"""What a person hands in of a whole week, and what became of its rows."""

from datetime import date, timedelta
from typing import Annotated

from msgspec import Meta, Struct

from process_apis.time_and_expense.days import require_day
from process_apis.time_and_expense.records import EntryWish, HandedIn, Hours
from system_apis.canonical.record import Text

_WEEK = timedelta(days=7)
_MOST = 100


class WeekRow(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Hours of a week; `follows` is the version of the row that this one takes the place of.

    With `hours` of 0 it strikes the row out.
    """

    number: Text
    project_number: Text
    work_date: date
    hours: Hours
    billable: bool = True
    task: Text | None = None
    notes: Text | None = None
    follows: Annotated[int, Meta(ge=0, le=1000)] = 0

    def of(self, employee: str) -> EntryWish:
        """Return the row as the hours of a person."""
        return EntryWish(
            number=self.number,
            employee=employee,
            project_number=self.project_number,
            work_date=self.work_date,
            hours=self.hours,
            billable=self.billable,
            task=self.task,
            notes=self.notes,
            follows=self.follows,
        )


class WeekWish(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The caller's own week, by its Monday; rows that it leaves out stay as they are."""

    week_start: date
    rows: Annotated[tuple[WeekRow, ...], Meta(min_length=1, max_length=_MOST)]

    def __post_init__(self) -> None:
        require_day("week_start", self.week_start)
        if self.week_start.weekday():
            raise ValueError("`week_start` is a Monday")
        if any(not self.week_start <= each.work_date < self.ends for each in self.rows):
            raise ValueError("every `work_date` is a day of the week")
        if len({each.number for each in self.rows}) < len(self.rows):
            raise ValueError("every row has a `number` of its own")
        for each in self.rows:
            each.of("")

    @property
    def ends(self) -> date:
        """The Monday after."""
        return self.week_start + _WEEK

    def entries(self, employee: str) -> list[EntryWish]:
        """Return its rows as the hours of a person."""
        return [each.of(employee) for each in self.rows]


class WeekTaken(Struct, frozen=True, kw_only=True):
    """A week that was handed in, with every row as it was judged."""

    employee: str
    week_start: date
    rows: list[HandedIn]
