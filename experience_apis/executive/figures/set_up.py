"""Project set-up: how long it takes from the agreed deal to the project that work is booked on."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from msgspec import Struct

from experience_apis.executive.figures.measures import (
    hundredths,
    median,
    nearest_rank,
    share,
)
from process_apis.opportunity_to_project.set_up_time import SetUpTime

_HOUR = Decimal(3600)


class OpenedProject(Struct, frozen=True, kw_only=True):
    """A project that was set up: how long it took, machine and people apart."""

    project_number: str
    time: SetUpTime


class WaitingProject(Struct, frozen=True, kw_only=True):
    """A project that is not active yet, and since when its deal is agreed."""

    project_number: str
    agreed_at: datetime


class SetUp(Struct, frozen=True, kw_only=True):
    """Project set-up cycle time in hours of the clock; what is still open has an age, no time."""

    opened: int
    still_open: int
    median_hours: Decimal | None
    p90_hours: Decimal | None
    machine_seconds: int
    human_seconds: int
    human_share: Decimal | None
    human_touches: int
    oldest_open_hours: Decimal | None
    projects: tuple[OpenedProject, ...]


def set_up(
    opened: Sequence[OpenedProject], waiting: Sequence[WaitingProject], as_of: datetime
) -> SetUp | None:
    """Return the figure, or None where nothing was set up and nothing waits to be."""
    if not opened and not waiting:
        return None
    seconds = [Decimal(each.time.machine_seconds + each.time.human_seconds) for each in opened]
    human = sum(each.time.human_seconds for each in opened)
    machine = sum(each.time.machine_seconds for each in opened)
    ages = [Decimal(int((as_of - each.agreed_at).total_seconds())) for each in waiting]
    return SetUp(
        opened=len(opened),
        still_open=len(waiting),
        median_hours=_hours(median(seconds)),
        p90_hours=_hours(nearest_rank(seconds, 90)),
        machine_seconds=machine,
        human_seconds=human,
        human_share=share(human, human + machine),
        human_touches=sum(each.time.human_touches for each in opened),
        oldest_open_hours=_hours(max(ages, default=None)),
        projects=tuple(opened),
    )


def _hours(seconds: Decimal | None) -> Decimal | None:
    return None if seconds is None else hundredths(seconds / _HOUR)
