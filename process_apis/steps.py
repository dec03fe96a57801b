"""What the engine's journal says of a step: done, to be tried again, or stopped."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any  # DBOS tells of a step in a dict of its own

from msgspec import Struct

from system_apis.canonical.money import Money


class StepDone(Struct, frozen=True):
    """A step that is done, and when; one that `waits_for` a system is not done yet."""

    name: str
    finished_at: datetime | None
    waits_for: str | None = None


class Again(Struct, frozen=True):
    """A step's attempt came to nothing at a system; the next one comes after this long."""

    wait_ms: int
    reason: str
    system: str | None = None


class Stopped(Struct, frozen=True):
    """A step cannot go on without a person; `system` is the instance that did not do its part."""

    step: int
    name: str
    code: str
    reason: str
    at: datetime
    amount: Money | None = None
    evidence: tuple[str, ...] = ()
    system: str | None = None


def so_far(journaled: Iterable[Mapping[str, Any]]) -> list[StepDone]:
    """Return the steps of a run that are done, in order, then the one that waits, if one does."""
    done: list[StepDone] = []
    waiting = None
    for each in journaled:
        name, result = each["function_name"], each["output"]
        if isinstance(result, Again):
            waiting = StepDone(name, None, waits_for=result.reason)
        elif each["error"] is None and not isinstance(result, Stopped) and name != "DBOS.sleep":
            done.append(StepDone(name, _moment(each["completed_at_epoch_ms"])))
            waiting = None
    return [*done, waiting] if waiting else done


def _moment(epoch_ms: int | None) -> datetime | None:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC) if epoch_ms is not None else None
