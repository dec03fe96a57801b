"""Lanes: which work goes first when a back office's own quota gets short.

The lane follows from what is called, an operation by its policy or a process by its
declaration, and is handed down by context as the caller is.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum


class Lane(StrEnum):
    """The lanes in their order; each leaves a reserve to those before it."""

    BILLING = "billing"
    PROCESSES = "processes"
    SYNC = "sync"
    DASHBOARDS = "dashboards"


LANES = tuple(Lane)
_lane: ContextVar[Lane] = ContextVar("lane", default=Lane.DASHBOARDS)


def current_lane() -> Lane:
    """Return the lane of what is running now: the last, unless somebody said another."""
    return _lane.get()


@contextmanager
def in_lane(lane: Lane) -> Iterator[None]:
    """Run a block in a lane."""
    token = _lane.set(lane)
    try:
        yield
    finally:
        _lane.reset(token)
