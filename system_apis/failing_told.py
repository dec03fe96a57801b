"""What fails, in the log: one line when an operation begins to, and one when it works again.

A failure that a second try puts right has no line.
"""

from observability.logs import Logs
from system_apis.failing import Failing


class FailuresTold:
    """Writes the lines; implements `failing.Turns`."""

    def __init__(self, logs: Logs) -> None:
        self._logs = logs

    def fails(self, failing: Failing) -> None:
        """Write that an operation fails, in the trace of the call that says so."""
        self._logs.events.warning("a system fails", **_said(failing))

    def works_again(self, failing: Failing) -> None:
        """Write that it works again, in the trace of the call that it answered."""
        self._logs.events.info("a system works again", **_said(failing))


def _said(failing: Failing) -> dict[str, object]:
    """Return what says where it is, and how it failed; what it answered may be anybody's record."""
    place = failing.place
    return {
        "system": place.system,
        "instance": place.instance,
        "operation": place.operation,
        "api": place.api,
        "kind": failing.kind,
        "ways": failing.ways,
        "failures": failing.failures,
        "since": failing.since,
        "failed_in": failing.trace_ids,
    }
