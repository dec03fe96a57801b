"""The door that every operation is called through, by HTTP or in the same program."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from governance.access import current_caller
from governance.policy import ApiPolicy
from observability.metrics import Metrics
from observability.tracing import Tracing, exemplar

T = TypeVar("T")
# What our own processes are called as clients; nobody who comes over HTTP is called so.
OWN = "process:"
Counting = Callable[[str, str, str], None]


class Door:
    """The way into one operation: scope, span and duration; what is fixed is computed here.

    Calls of our own processes are counted here, as those over HTTP are counted by version.
    """

    def __init__(
        self,
        policy: ApiPolicy,
        operation: str,
        metrics: Metrics,
        tracing: Tracing,
        *,
        count: Counting | None = None,
    ) -> None:
        declared = policy.operations[operation]
        self.operation, self.scope, self.tenants = operation, declared.scope, declared.tenants
        self.api, self.sensitive = policy.name, declared.sensitive
        self._path, self._count = policy.path, count
        self._tracing, self._times, self._layer = tracing, metrics.own_times, str(policy.layer)
        self._span = f"{policy.layer}.{policy.name} {operation}"
        self._duration = metrics.layer_duration.labels(
            policy.layer, policy.name, str(policy.version), operation
        )

    async def through(self, call: Callable[[], Awaitable[T]]) -> T:
        """Return what a call returns, or raise `Forbidden` when the caller may not make it."""
        caller = current_caller()
        caller.require(self.scope)
        if self._count is not None and caller.client_id.startswith(OWN):
            self._count(self._path, self.operation, caller.client_id)
        own = self._times.enter()
        try:
            with self._tracing.span(self._span):
                return await call()
        finally:
            self._duration.observe(self._times.leave(own, self._layer), exemplar())
