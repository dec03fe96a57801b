"""What a failed attempt of a step comes to: the next one after a while, or a person."""

from datetime import datetime

from msgspec import Struct

from process_apis.errors import NeedsPerson
from process_apis.patience import Patience
from process_apis.steps import Again, Stopped
from system_apis.errors import NotFound, Refused, SystemFailure, TryAgain, Unknown


class Attempt(Struct, frozen=True, kw_only=True):
    """One try of a step: its number in the run, its name, which try it is, and when it ended."""

    step: int
    name: str
    tried: int
    at: datetime


def came_to(failure: SystemFailure, attempt: Attempt, patience: Patience) -> Again | Stopped:
    """Return what follows; what a system does not do for long is told as that system's."""
    last = attempt.tried == patience.tries
    match failure:
        case TryAgain():
            if not last and not failure.is_hopeless(attempt.tried):
                return _again(failure, patience.wait_ms(attempt.tried, failure.after))
            return _stopped(failure, attempt, failure.code, system=failure.instance)
        case Unknown():
            if not last:
                return _again(failure, patience.wait_ms(attempt.tried, failure.settles_after))
            return _stopped(failure, attempt, "NEEDS_RECONCILIATION", system=failure.instance)
        case NeedsPerson():
            return Stopped(
                attempt.step,
                attempt.name,
                failure.code,
                str(failure),
                attempt.at,
                amount=failure.amount,
                evidence=failure.evidence,
            )
        case Refused():
            return _stopped(failure, attempt, failure.code)
        case NotFound():
            return _stopped(failure, attempt, "NOT_FOUND")
    raise failure


def _again(failure: SystemFailure, wait_ms: int) -> Again:
    return Again(wait_ms, str(failure), system=failure.instance)


def _stopped(
    failure: SystemFailure, attempt: Attempt, code: str, *, system: str | None = None
) -> Stopped:
    return Stopped(attempt.step, attempt.name, code, str(failure), attempt.at, system=system)
