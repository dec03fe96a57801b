"""What the journal of runs says of a step: done, to be tried again, or stopped."""

from datetime import datetime

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
