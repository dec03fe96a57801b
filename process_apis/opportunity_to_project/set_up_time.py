"""How long a set-up took, and how much of it was waiting for people. Pure decisions."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from msgspec import Struct


class Wait(Struct, frozen=True):
    """From when until when the set-up waited for one answer, by however many people."""

    asked_at: datetime
    answered_at: datetime


class SetUpTime(Struct, frozen=True, kw_only=True):
    """How long it took from the agreed deal to the active project (domain handbook, 3a).

    `human_touches` counts requests: one that several people decide is one touch.
    """

    hours: Decimal
    human_seconds: int
    machine_seconds: int
    human_touches: int


def set_up_time(agreed_at: datetime, ready_at: datetime, waits: Sequence[Wait]) -> SetUpTime:
    """Return the time of a set-up; while it waited for two answers at once it waited once."""
    whole = ready_at - agreed_at
    human = _covered(agreed_at, ready_at, waits)
    hours = Decimal(_seconds(whole)) / 3600
    return SetUpTime(
        hours=hours.quantize(Decimal("0.01"), ROUND_HALF_UP),
        human_seconds=_seconds(human),
        machine_seconds=_seconds(whole) - _seconds(human),
        human_touches=len(waits),
    )


def _covered(start: datetime, end: datetime, waits: Sequence[Wait]) -> timedelta:
    """Return how much of a span is covered by waits, each moment counted once."""
    covered, reached = timedelta(), start
    for each in sorted(waits, key=lambda wait: wait.asked_at):
        begins, ends = max(each.asked_at, reached), min(each.answered_at, end)
        if ends > begins:
            covered += ends - begins
            reached = ends
    return covered


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)
