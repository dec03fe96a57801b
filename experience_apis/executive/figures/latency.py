"""Approval latency: how long people take to answer what they are asked."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from experience_apis.executive.figures.measures import (
    hundredths,
    mean,
    median,
    nearest_rank,
    share,
)

_HOUR = Decimal(3600)


class Answer(Struct, frozen=True, kw_only=True):
    """A question, and its answer once there is one; `source` is the system that asked it.

    Handing it to somebody else restarts nothing: what counts is when it was asked first.
    """

    id: str
    source: str
    kind: str
    legal_entity: str | None
    asked_at: datetime
    answered_at: datetime | None


class Latency(Struct, frozen=True, kw_only=True):
    """How long some questions took, in hours of the clock.

    `within` is the share answered in time, of those answered and those open for longer.
    """

    answered: int
    open: int
    overdue: int
    median: Decimal | None
    p90_nearest_rank: Decimal | None
    mean: Decimal | None
    within: Decimal | None


class LatencyPart(Struct, frozen=True, kw_only=True):
    """How long the questions of one kind, source or company took."""

    key: str
    latency: Latency


class ApprovalLatency(Struct, frozen=True, kw_only=True):
    """Approval latency of all questions, by who asks, by kind and by company."""

    limit_hours: Decimal
    all: Latency
    by_source: tuple[LatencyPart, ...]
    by_kind: tuple[LatencyPart, ...]
    by_entity: tuple[LatencyPart, ...]


def approval_latency(
    answers: Sequence[Answer], as_of: datetime, limit_hours: Decimal
) -> ApprovalLatency | None:
    """Return the figure as of a moment, or None where nothing was asked."""
    asked = [each for each in answers if each.asked_at <= as_of]
    if not asked:
        return None

    def of(some: Iterable[Answer]) -> Latency:
        return _latency(list(some), as_of, limit_hours)

    def parts(key: Callable[[Answer], str | None]) -> tuple[LatencyPart, ...]:
        keys = sorted({place for each in asked if (place := key(each)) is not None})
        return tuple(
            LatencyPart(key=place, latency=of(each for each in asked if key(each) == place))
            for place in keys
        )

    return ApprovalLatency(
        limit_hours=limit_hours,
        all=of(asked),
        by_source=parts(lambda each: each.source),
        by_kind=parts(lambda each: each.kind),
        by_entity=parts(lambda each: each.legal_entity),
    )


def _latency(answers: Sequence[Answer], as_of: datetime, limit_hours: Decimal) -> Latency:
    took = [
        _hours(each.answered_at - each.asked_at)
        for each in answers
        if each.answered_at is not None and each.answered_at <= as_of
    ]
    waits = [
        _hours(as_of - each.asked_at)
        for each in answers
        if each.answered_at is None or each.answered_at > as_of
    ]
    overdue = sum(1 for each in waits if each > limit_hours)
    in_time = sum(1 for each in took if each <= limit_hours)
    return Latency(
        answered=len(took),
        open=len(waits),
        overdue=overdue,
        median=_told(median(took)),
        p90_nearest_rank=_told(nearest_rank(took, 90)),
        mean=_told(mean(took)),
        within=share(in_time, len(took) + overdue),
    )


def _hours(span: timedelta) -> Decimal:
    return Decimal(span // timedelta(microseconds=1)) / 1_000_000 / _HOUR


def _told(hours: Decimal | None) -> Decimal | None:
    return None if hours is None else hundredths(hours)
