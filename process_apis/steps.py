"""What the engine's journal says of a step: done, to be tried again, or stopped."""

from datetime import datetime

from msgspec import Struct


class StepDone(Struct, frozen=True):
    """A step that is done, and when; one that `waits_for` a system is not done yet."""

    name: str
    finished_at: datetime | None
    waits_for: str | None = None


class Again(Struct, frozen=True):
    """A step's attempt came to nothing; the next one comes after this long."""

    wait_ms: int
    reason: str


class Stopped(Struct, frozen=True):
    """A step cannot go on without a person."""

    step: int
    name: str
    code: str
    reason: str
    at: datetime
