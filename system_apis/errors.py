"""What can go wrong at a system, named after what to do next.

SystemFailure
├── TryAgain   nothing was done; the same call may succeed later
│   └── Unreadable   the answer makes no sense; after a few times a person looks
├── Unknown    the answer was lost; look before writing again
├── Refused    the system said no; a person must change something
└── NotFound   there is no such record

Anything else that rises from a connector is a bug.
"""

from datetime import timedelta
from enum import StrEnum

UNREADABLE_TRIES = 4


class FailureKind(StrEnum):
    """How a try of a call failed, for whoever looks for the cause.

    `budget`, `queue` and `circuit_open` are ours: the system was not asked. `refused` is no
    connection, a 503, or our credentials turned away, `business` any other answer that says no,
    `unknown` an answer that was cut, or of which nobody can say what was done.
    """

    TIMEOUT = "timeout"
    REFUSED = "refused"
    THROTTLED = "throttled"
    MALFORMED = "malformed"
    BUSINESS = "business"
    UNKNOWN = "unknown"
    BUDGET = "budget"
    QUEUE = "queue"
    CIRCUIT_OPEN = "circuit_open"


class SystemFailure(Exception):
    """A system did not do what was asked; `code` is what a person is told who looks into it.

    Its door says which `instance` it was.
    """

    code: str
    instance: str | None = None

    def __init__(self, system: str, reason: str) -> None:
        super().__init__(f"{system}: {reason}")
        self.system = system
        self.reason = reason


class TryAgain(SystemFailure):
    """Nothing was done; ask again, not before `after` has passed."""

    code = "SYSTEM_UNAVAILABLE"

    def __init__(self, system: str, reason: str, *, after: timedelta = timedelta()) -> None:
        super().__init__(system, reason)
        self.after = after

    def is_hopeless(self, tried: int) -> bool:
        """Whether it makes no sense to ask once more after so many tries."""
        return False


class Unreadable(TryAgain):
    """The answer to a reading is not the promised record: cut off by chance, or for good.

    When a `value` is to blame that we have no word for, it and its field are named. It
    `is_counted` when the answer was counted as malformed where it was read.
    """

    code = "UNREADABLE_RECORD"
    is_counted = False

    def __init__(
        self, system: str, reason: str, *, field: str | None = None, value: str | None = None
    ) -> None:
        super().__init__(system, reason)
        self.field, self.value = field, value

    def is_hopeless(self, tried: int) -> bool:
        """A few times may be chance; after them the record itself is wrong."""
        return tried >= UNREADABLE_TRIES


class Unknown(SystemFailure):
    """The request was sent and its answer lost; look the record up, not before `settles_after`."""

    code = "NEEDS_RECONCILIATION"

    def __init__(self, system: str, reason: str, *, settles_after: timedelta = timedelta()) -> None:
        super().__init__(system, reason)
        self.settles_after = settles_after


class Refused(SystemFailure):
    """The system said no, and will say no again until a person changes something."""

    def __init__(self, system: str, reason: str, *, code: str = "REFUSED") -> None:
        super().__init__(system, reason)
        self.code = code


class NotFound(SystemFailure):
    """The system has no such record."""

    code = "NOT_FOUND"
