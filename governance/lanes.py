"""Lanes: which work goes first when a back office's own quota gets short.

The lane follows from what is called, an operation by its policy or a process by its
declaration, and is handed down by context as the caller is.
"""

from contextvars import ContextVar
from enum import StrEnum

from governance.within import Within


class Lane(StrEnum):
    """The lanes in their order; each leaves a reserve to those before it."""

    BILLING = "billing"
    PROCESSES = "processes"
    SYNC = "sync"
    DASHBOARDS = "dashboards"


LANES = tuple(Lane)
_lane: ContextVar[Lane | None] = ContextVar("lane", default=None)


def current_lane() -> Lane:
    """Return the lane of what is running now: the last, unless somebody said another."""
    return _lane.get() or Lane.DASHBOARDS


def in_lane(lane: Lane) -> Within[Lane]:
    """Run a block in a lane."""
    return Within(_lane, lane)
