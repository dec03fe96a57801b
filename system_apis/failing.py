"""What the systems do not do at the moment: which operation of which, since when, and for whom."""

from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from enum import StrEnum
from functools import wraps

from msgspec import Struct

from governance.access import current_caller
from observability.tracing import current_trace_id
from system_apis.errors import SystemFailure, TryAgain, Unknown, Unreadable

# An operation that nobody called for so long after it failed says nothing of today. [P]
QUIET = timedelta(minutes=15)
MOST_CALLERS, MOST_TRACES = 50, 5
Method = Callable[..., Awaitable[object]]


class FailureKind(StrEnum):
    """What a call came to: nothing was done, its answer was lost, or its answer made no sense."""

    UNAVAILABLE = "unavailable"
    LOST = "lost"
    MALFORMED = "malformed"


class Place(Struct, frozen=True):
    """One operation of one system instance, and the address of the API that it belongs to."""

    system: str
    instance: str
    api: str
    operation: str


class Failing(Struct, frozen=True, kw_only=True):
    """An operation that has failed since it last did not, and who called it meanwhile."""

    place: Place
    since: datetime
    last_at: datetime
    failures: int
    kind: FailureKind
    reason: str
    callers: frozenset[str]
    trace_ids: tuple[str, ...]


class _Now:
    """What is noted of one operation that fails."""

    def __init__(self, since: datetime) -> None:
        self.since = since
        self.failures = 0
        self.kind, self.reason, self.last_at = FailureKind.UNAVAILABLE, "", since
        self.callers: set[str] = set()
        self.traces: deque[str] = deque(maxlen=MOST_TRACES)


class Failures:
    """Notes what fails, until the same operation succeeds or nobody has called it for long.

    It is this process's own knowledge; `KeptFailures` hands it on to the one that follows.
    """

    def __init__(self, wall: Callable[[], datetime]) -> None:
        self._wall = wall
        self._failing: dict[Place, _Now] = {}
        self._answered: dict[str, datetime] = {}

    def watched(self, place: Place, method: Method) -> Method:
        """Return a method whose failures and answers are noted."""

        @wraps(method)
        async def noted(*args: object, **kwargs: object) -> object:
            try:
                found = await method(*args, **kwargs)
            except (TryAgain, Unknown) as failure:
                self._failed(place, failure)
                raise
            except SystemFailure:
                # To say no is an answer: the system works.
                self._does(place)
                raise
            self._does(place)
            return found

        return noted

    def listed(self) -> list[Failing]:
        """Return what fails now, the longest first."""
        old = self._wall() - QUIET
        return sorted(
            (_shown(place, now) for place, now in self._failing.items() if now.last_at > old),
            key=lambda each: each.since,
        )

    def answered_at(self, instance: str) -> datetime | None:
        """Return when a system last did anything that was asked of it."""
        return self._answered.get(instance)

    def know(self, failing: Failing, answered_at: datetime | None) -> None:
        """Know what was noted before this process began."""
        now = self._failing[failing.place] = _Now(failing.since)
        now.last_at, now.failures = failing.last_at, failing.failures
        now.kind, now.reason = failing.kind, failing.reason
        now.callers.update(failing.callers)
        now.traces.extend(failing.trace_ids)
        if answered_at is not None:
            known = self._answered.get(failing.place.instance, answered_at)
            self._answered[failing.place.instance] = max(known, answered_at)

    def _failed(self, place: Place, failure: SystemFailure) -> None:
        at = self._wall()
        now = self._failing.get(place)
        if now is None or at - now.last_at > QUIET:
            now = self._failing[place] = _Now(at)
        now.failures += 1
        now.last_at, now.kind, now.reason = at, _kind(failure), failure.reason
        if len(now.callers) < MOST_CALLERS:
            now.callers.add(current_caller().client_id)
        if trace := current_trace_id():
            now.traces.append(trace)

    def _does(self, place: Place) -> None:
        self._failing.pop(place, None)
        self._answered[place.instance] = self._wall()


def _kind(failure: SystemFailure) -> FailureKind:
    if isinstance(failure, Unreadable):
        return FailureKind.MALFORMED
    return FailureKind.LOST if isinstance(failure, Unknown) else FailureKind.UNAVAILABLE


def _shown(place: Place, now: _Now) -> Failing:
    return Failing(
        place=place,
        since=now.since,
        last_at=now.last_at,
        failures=now.failures,
        kind=now.kind,
        reason=now.reason,
        callers=frozenset(now.callers),
        trace_ids=tuple(dict.fromkeys(now.traces)),
    )
