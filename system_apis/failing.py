"""What the systems do not do at the moment: which operation of which, since when, and for whom."""

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import wraps
from typing import Protocol

from msgspec import Struct

from governance.access import current_caller
from observability.tracing import current_trace_id
from system_apis.errors import FailureKind as Way
from system_apis.errors import SystemFailure, TryAgain, Unknown, Unreadable
from system_apis.tries import Tries, heard

# An operation that nobody called for so long after it failed says nothing of today. [P]
QUIET = timedelta(minutes=15)
MOST_CALLERS, MOST_TRACES = 50, 5
OURS = frozenset({Way.BUDGET, Way.QUEUE, Way.CIRCUIT_OPEN})
Method = Callable[..., Awaitable[object]]
Listener = Callable[["Place", Mapping[Way, int]], None]
# An operation that fails and works in turns is told of once in so long. [P]
PAUSE = timedelta(minutes=1)


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
    """An operation that has failed since it last did not, and who called it meanwhile.

    `ways` counts how each try came to nothing. Without `failures` it has only said no.
    """

    place: Place
    since: datetime
    last_at: datetime
    failures: int
    kind: FailureKind
    reason: str
    callers: frozenset[str]
    trace_ids: tuple[str, ...]
    ways: Mapping[Way, int] = {}


class Turns(Protocol):
    """Is told when an operation begins to fail, and when it works again."""

    def fails(self, failing: Failing) -> None:
        """Hear of an operation that was tried again, and came to nothing again."""

    def works_again(self, failing: Failing) -> None:
        """Hear of one that was told of as failing, as it was until now."""


class _Now:
    """What is noted of one operation that fails, or has said nothing but no."""

    def __init__(self, since: datetime) -> None:
        self.since = since
        self.failures, self.is_told = 0, False
        self.ways: Counter[Way] = Counter()
        self.kind, self.reason, self.last_at = FailureKind.UNAVAILABLE, "", since
        self.callers: set[str] = set()
        self.traces: deque[str] = deque(maxlen=MOST_TRACES)


class Failures:
    """Notes what fails, until the same operation succeeds or nobody has called it for long.

    It is this process's own knowledge; `KeptFailures` hands it on to the one that follows.
    """

    def __init__(self, wall: Callable[[], datetime], turns: Turns | None = None) -> None:
        self._wall, self._turns = wall, turns
        self._noted: dict[Place, _Now] = {}
        self._answered: dict[str, datetime] = {}
        self._told: dict[Place, datetime] = {}
        self._listener: Listener = _nobody

    def listen(self, listener: Listener) -> None:
        """Tell of each failure and no as it happens: where, and in which ways so far."""
        self._listener = listener

    def watched(self, place: Place, method: Method) -> Method:
        """Return a method whose failures and answers are noted."""

        @wraps(method)
        async def noted(*args: object, **kwargs: object) -> object:
            with heard() as tries:
                try:
                    found = await method(*args, **kwargs)
                except (TryAgain, Unknown) as failure:
                    self._failed(place, failure, tries)
                    raise
                except SystemFailure as answer:
                    self._answers(place, answer, tries)
                    raise
            self._does(place)
            return found

        return noted

    def listed(self) -> list[Failing]:
        """Return what fails now, the longest first."""
        return [each for each in self.noted() if each.failures]

    def noted(self) -> list[Failing]:
        """Return what fails now, and what has said nothing but no, the longest first."""
        old = self._wall() - QUIET
        return sorted(
            (_shown(place, now) for place, now in self._noted.items() if now.last_at > old),
            key=lambda each: each.since,
        )

    def ways(self, instance: str) -> list[tuple[Way, int]]:
        """Return how often a system's calls came to nothing in which way, the most often first.

        Each operation is counted since it fails, or since it says no.
        """
        ways: Counter[Way] = Counter()
        for each in self.noted():
            if each.place.instance == instance:
                ways.update(each.ways)
        return ways.most_common()

    def answered_at(self, instance: str) -> datetime | None:
        """Return when a system last did anything that was asked of it."""
        return self._answered.get(instance)

    def know(self, failing: Failing, answered_at: datetime | None) -> None:
        """Know what was noted before this process began."""
        now = self._noted[failing.place] = _Now(failing.since)
        now.last_at, now.failures = failing.last_at, failing.failures
        now.kind, now.reason = failing.kind, failing.reason
        now.ways.update(failing.ways)
        now.callers.update(failing.callers)
        now.traces.extend(failing.trace_ids)
        now.is_told = _again(now)
        if answered_at is not None:
            known = self._answered.get(failing.place.instance, answered_at)
            self._answered[failing.place.instance] = max(known, answered_at)

    def _failed(self, place: Place, failure: SystemFailure, tries: Tries) -> None:
        now = self._now(place, fails=True)
        now.failures += 1
        now.ways.update(_ways(failure, tries))
        if len(now.callers) < MOST_CALLERS:
            now.callers.add(current_caller().client_id)
        if not now.reason or not OURS.intersection(tries[-1:]):
            # That we did not ask says nothing of why the system failed when we did.
            now.kind, now.reason = _kind(failure), failure.reason
            if trace := current_trace_id():
                now.traces.append(trace)
        self._listener(place, now.ways)
        self._tell(place, now)

    def _tell(self, place: Place, now: _Now) -> None:
        """Tell once of an operation that fails, and not of one that a second try puts right."""
        at, before = self._wall(), self._told.get(place)
        if now.is_told or not _again(now) or (before is not None and at - before < PAUSE):
            return
        now.is_told, self._told[place] = True, at
        if self._turns is not None:
            self._turns.fails(_shown(place, now))

    def _answers(self, place: Place, answer: SystemFailure, tries: Tries) -> None:
        """Note a no, which is an answer: the system works, unless it lets us in no more."""
        last = tries[-1] if tries else None
        if last is Way.REFUSED:
            self._failed(place, answer, tries)
        elif last is Way.BUSINESS:
            self._works(place, self._noted.get(place))
            now = self._now(place, fails=False)
            now.ways.update(_ways(answer, tries))
            self._listener(place, now.ways)
        else:
            self._does(place)

    def _does(self, place: Place) -> None:
        self._works(place, self._noted.pop(place, None))

    def _works(self, place: Place, before: _Now | None) -> None:
        self._answered[place.instance] = self._wall()
        if before is not None and before.is_told and self._turns is not None:
            before.is_told = False
            self._turns.works_again(_shown(place, before))

    def _now(self, place: Place, *, fails: bool) -> _Now:
        """Return what is noted of an operation, begun anew if it was quiet or did otherwise."""
        at, now = self._wall(), self._noted.get(place)
        if now is None or at - now.last_at > QUIET or bool(now.failures) != fails:
            now = self._noted[place] = _Now(at)
        now.last_at = at
        return now


def _nobody(place: Place, ways: Mapping[Way, int]) -> None:
    """Hear nothing."""


def _ways(failure: SystemFailure, tries: Tries) -> Counter[Way]:
    """Return how the tries of a call came to nothing; it has at least one way."""
    ways = Counter(each for each in tries if each is not None)
    if not tries or tries[-1] is None:
        # It was the connector that could do nothing with the answer.
        ways[Way.MALFORMED if isinstance(failure, Unreadable) else Way.UNKNOWN] += 1
    return ways


def _again(now: _Now) -> bool:
    """Whether an operation has come to nothing more than once in a row, tries included."""
    return now.failures > 0 and now.ways.total() > 1


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
        ways=dict(now.ways),
    )
