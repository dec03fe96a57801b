"""What a failed attempt of a step comes to: the next one after a while, or a person."""

from datetime import datetime, timedelta

from msgspec import Struct

from process_apis.durable.patience import Patience
from process_apis.durable.steps import Again, Stopped
from process_apis.errors import NeedsPerson
from system_apis.errors import SystemFailure, TryAgain, Unknown


class Attempt(Struct, frozen=True, kw_only=True):
    """One try of a step: its number in the run, its name, which try it is, and when it ended."""

    step: int
    name: str
    tried: int
    at: datetime


def came_to(failure: SystemFailure, attempt: Attempt, patience: Patience) -> Again | Stopped:
    """Return what follows; what a system does not do for long is told as that system's."""
    pause = _pause(failure, attempt, patience)
    if pause is not None:
        wait_ms = patience.wait_ms(attempt.tried, pause)
        return Again(wait_ms, str(failure), system=failure.instance)
    asked = failure if isinstance(failure, NeedsPerson) else None
    return Stopped(
        attempt.step,
        attempt.name,
        failure.code,
        str(failure),
        attempt.at,
        amount=asked.amount if asked else None,
        evidence=asked.evidence if asked else (),
        system=failure.instance if isinstance(failure, TryAgain | Unknown) else None,
    )


def _pause(failure: SystemFailure, attempt: Attempt, patience: Patience) -> timedelta | None:
    """Return how long to wait at least before the next try, None when that makes no sense."""
    if attempt.tried == patience.tries:
        return None
    if isinstance(failure, TryAgain) and not failure.is_hopeless(attempt.tried):
        return failure.after
    return failure.settles_after if isinstance(failure, Unknown) else None
