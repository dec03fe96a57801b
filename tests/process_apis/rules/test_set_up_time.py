"""How long a set-up took, and how much of it was waiting for people."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
from msgspec import Struct

from process_apis.opportunity_to_project.set_up_time import SetUpTime, Wait, set_up_time

NORTHWIND = Path(__file__).parents[3] / "northwind"


class Asked(Struct):
    """When an approval was asked for and given."""

    requested_at: datetime
    decided_at: datetime


class SetUpCase(Struct):
    """The recorded times of one set-up."""

    closed_won_at: datetime
    ready_at: datetime
    approvals: list[Asked]


class Facts(Struct):
    """The part of the firm's facts that is about set-up."""

    setup_case: SetUpCase


def _at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 10, 5, hour, minute, tzinfo=UTC)


def test_the_recorded_times_of_a_set_up_are_told_as_expected() -> None:
    """An hour and a half of waiting and 72 seconds of work are 1.52 hours and one touch."""
    case = msgspec.json.decode((NORTHWIND / "fixture.json").read_bytes(), type=Facts).setup_case
    waits = [Wait(each.requested_at, each.decided_at) for each in case.approvals]

    took = set_up_time(case.closed_won_at, case.ready_at, waits)

    assert took == SetUpTime(
        hours=Decimal("1.52"), human_seconds=5400, machine_seconds=72, human_touches=1
    )


def test_a_set_up_that_needs_nobody_is_all_machine_time() -> None:
    """Nobody was waited for."""
    took = set_up_time(_at(9), _at(9, 3), [])

    assert (took.human_seconds, took.machine_seconds, took.human_touches) == (0, 180, 0)


def test_two_answers_that_were_waited_for_at_once_are_waited_for_once() -> None:
    """From 9 to 11 and from 10 to 12 are three hours, and two touches."""
    took = set_up_time(_at(8), _at(13), [Wait(_at(10), _at(12)), Wait(_at(9), _at(11))])

    assert took.human_seconds == 3 * 3600
    assert took.machine_seconds == 2 * 3600
    assert took.human_touches == 2


def test_what_was_asked_before_the_deal_was_agreed_does_not_count_before_it() -> None:
    """The clock of a set-up begins with the agreed deal."""
    took = set_up_time(_at(9), _at(10), [Wait(_at(8), _at(9, 30))])

    assert (took.human_seconds, took.machine_seconds) == (1800, 1800)
