"""The door that every operation is called through, by HTTP or in the same program."""

from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import TypeVar

from governance.access import current_caller
from governance.policy import ApiPolicy
from observability.metrics import Metrics
from observability.tracing import Tracing

T = TypeVar("T")


class Door:
    """The way into one operation: scope, span and duration; what is fixed is computed here."""

    def __init__(
        self, policy: ApiPolicy, operation: str, metrics: Metrics, tracing: Tracing
    ) -> None:
        declared = policy.operations[operation]
        self.operation, self.scope, self.tenants = operation, declared.scope, declared.tenants
        self.api, self.sensitive = policy.name, declared.sensitive
        self._tracing = tracing
        self._span = f"{policy.layer}.{policy.name} {operation}"
        self._duration = metrics.layer_duration.labels(
            policy.layer, policy.name, str(policy.version), operation
        )

    async def through(self, call: Callable[[], Awaitable[T]]) -> T:
        """Return what a call returns, or raise `Forbidden` when the caller may not make it."""
        current_caller().require(self.scope)
        began = perf_counter()
        try:
            with self._tracing.span(self._span):
                return await call()
        finally:
            self._duration.observe(perf_counter() - began)
