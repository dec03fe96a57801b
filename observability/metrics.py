"""What is counted and timed: every metric's name and labels, in one place.

Labels come from closed sets: declared operations, systems, states and reasons, never from a
caller's words. The names are a contract with dashboards and alerts (design, section 4).
"""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from enum import StrEnum

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, exposition
from prometheus_client.openmetrics import exposition as openmetrics

from observability.own_time import OwnTimes

REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
WAIT_SECONDS = (1, 60, 600, 3_600, 4 * 3_600, 86_400, 2 * 86_400, 7 * 86_400, 30 * 86_400)
_WEIGHT = re.compile(r"[01](\.[0-9]{0,3})?")
PROCESS_SECONDS = (*REQUEST_SECONDS, *WAIT_SECONDS[1:])


class Form(StrEnum):
    """How the metrics are written down, by its content type; only OpenMetrics names traces."""

    OPENMETRICS = openmetrics.CONTENT_TYPE_LATEST
    TEXT = exposition.CONTENT_TYPE_PLAIN_0_0_4


_WRITERS: dict[Form, Callable[[CollectorRegistry], bytes]] = {
    Form.OPENMETRICS: openmetrics.generate_latest,
    Form.TEXT: exposition.generate_latest,
}


def form_for(accept: str) -> Form:
    """Return what suits a reader best; who takes either, or says nothing, gets OpenMetrics."""
    weights = {"application/openmetrics-text": 0.0, "text/plain": 0.0}
    for each in accept.lower().split(","):
        kind, *parameters = (part.strip() for part in each.split(";"))
        if kind in weights:
            weights[kind] = max(weights[kind], _weight(parameters))
    richer, plain = weights.values()
    return Form.TEXT if plain > richer else Form.OPENMETRICS


def _weight(parameters: list[str]) -> float:
    said = next((each[2:] for each in parameters if each.startswith("q=")), "1")
    return float(said) if _WEIGHT.fullmatch(said) else 0.0


class Metrics:
    """The gateway's own metrics, on a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.own_times, self._shown = OwnTimes(), dict[str, float]()
        # One thread: every thread that rendered keeps the memory that it needed for it.
        self._renderer = ThreadPoolExecutor(1, thread_name_prefix="metrics")
        self._declare_requests()
        self._declare_upstream()
        self._declare_budgets()
        self._declare_business()
        self._declare_read_models()
        self._declare_waiting()
        self._declare_subscribers()

    def waits(self, instance: str, currency: str, amount: Decimal) -> None:
        """Say how much money waits for a system; a gauge is a float by its nature."""
        self.waiting_amount.labels(instance, currency).set(float(amount))

    async def page(self, form: Form = Form.OPENMETRICS) -> bytes:
        """Return what `render` does, without holding up the event loop, one page at a time."""
        return await asyncio.get_running_loop().run_in_executor(self._renderer, self.render, form)

    def render(self, form: Form = Form.OPENMETRICS) -> bytes:
        """Return every metric as text."""
        for layer, seconds in self.own_times.seconds.items():
            self.layer_own.labels(layer).inc(seconds - self._shown.get(layer, 0.0))
            self._shown[layer] = seconds
        return _WRITERS[form](self.registry)

    def _declare_requests(self) -> None:
        self.http_server_duration = self._histogram(
            "http_server_request_duration_seconds",
            "How long an HTTP request took; what is no route of ours is unmatched and _OTHER.",
            ("method", "route", "status"),
        )
        self.layer_duration = self._histogram(
            "strata_layer_duration_seconds",
            "How long an operation took, wherever it was called from.",
            ("layer", "api", "version", "operation"),
        )
        self.layer_own = self._counter(
            "strata_layer_own_seconds",
            "How long a layer itself was at work; what it called in other layers is taken off.",
            ("layer",),
        )
        self.spans_dropped = self._counter(
            "strata_spans_dropped",
            "Spans that were lost: queue_full, or not_taken by where they are sent.",
            ("reason",),
        )
        self.rate_limit_decisions = self._counter(
            "strata_rate_limit_decisions",
            "Rate limit decisions: allowed, refused; degraded_ without the store; shadow_refused.",
            ("api", "decision"),
        )
        self.deprecated_calls = self._counter(
            "strata_deprecated_calls",
            "Calls of deprecated versions, by the client application that makes them.",
            ("api", "version", "consumer"),
        )

        self.issuer_keys_age = self._gauge(
            "strata_issuer_keys_age_seconds",
            "How long ago an identity provider last said its keys; infinite if it never did.",
            ("issuer",),
        )
        self.issuer_key_fetches = self._counter(
            "strata_issuer_key_fetches",
            "Fetches of an identity provider's keys: fetched, unchanged, away, refused.",
            ("issuer", "outcome"),
        )

    def _declare_upstream(self) -> None:
        call = ("system", "instance", "operation")
        self.http_client_duration = self._histogram(
            "http_client_request_duration_seconds",
            "How long one HTTP request to a system took; status: 2xx to 5xx, 429, other, none.",
            ("method", "system", "instance", "status"),
        )
        self.upstream_duration = self._histogram(
            "strata_upstream_duration_seconds",
            "How long a call to a system took, retries included.",
            (*call, "outcome"),
        )
        self.upstream_phase = self._histogram(
            "strata_upstream_phase_seconds",
            "Where the time of calls to a system goes: queue, connect, send, wait, decode, retry.",
            ("system", "instance", "phase"),
        )
        self.upstream_failures = self._counter(
            "strata_upstream_failures",
            "Tries of calls to a system that failed, by how they did.",
            (*call, "kind"),
        )
        self.upstream_retries = self._counter(
            "strata_upstream_retries", "Calls to a system that were repeated.", call
        )
        self.circuit_state = self._gauge(
            "strata_circuit_state",
            "The breaker of a system: 0 closed, 1 half open, 2 open.",
            ("system", "instance"),
        )

    def _declare_budgets(self) -> None:
        self.vendor_quota_remaining = self._gauge(
            "strata_vendor_quota_remaining",
            "The calls that are left of a system's own quota, as far as it is known.",
            ("system", "instance"),
        )
        self.vendor_quota_runs_out = self._gauge(
            "strata_vendor_quota_runs_out_timestamp_seconds",
            "When a system's own quota is used up, at the pace of the last half hour; or +Inf.",
            ("system", "instance"),
        )
        self.messages = self._counter(
            "strata_messages",
            "Messages to people: sent, try_again, refused, unknown; notices and letters.",
            ("operation", "outcome"),
        )
        self.vendor_budget_decisions = self._counter(
            "strata_vendor_budget_decisions",
            "Calls to a system against its quota: allowed, refused; degraded_ without the store.",
            ("system", "instance", "lane", "decision"),
        )

    def _declare_business(self) -> None:
        self.exceptions_open = self._gauge(
            "strata_exceptions_open", "Cases that wait for a person.", ("process", "kind")
        )
        self.blocked_amount = self._gauge(
            "strata_blocked_amount", "Money that waits for a person.", ("currency", "reason")
        )
        self.quality_findings = self._counter(
            "strata_quality_findings",
            "Findings of quality that were opened, by rule and by the system of the record.",
            ("rule", "system"),
        )
        self.approval_latency = self._histogram(
            "strata_approval_latency_seconds",
            "From asking for an approval to its decision.",
            ("process",),
            WAIT_SECONDS,
        )
        self.process_duration = self._histogram(
            "strata_process_duration_seconds",
            "How long a process took: its machine part and its human part.",
            ("process", "part"),
            PROCESS_SECONDS,
        )
        self.event_oldest_unprocessed = self._gauge(
            "strata_event_oldest_unprocessed_seconds",
            "The age of the oldest event that is not processed.",
            ("source",),
        )
        self.webhooks_received = self._counter(
            "strata_webhooks_received",
            "Messages of systems: received, repeated, held, forged, limited.",
            ("source", "outcome"),
        )
        self.worker_heartbeat = self._gauge(
            "strata_worker_heartbeat_timestamp_seconds",
            "When a worker last said that it is alive.",
            ("worker",),
        )

    def _declare_read_models(self) -> None:
        self.freshness = self._gauge(
            "strata_freshness_seconds",
            "How long ago the feed of a read model was read to its end.",
            ("system", "object"),
        )

    def _declare_waiting(self) -> None:
        self.billing_due = self._gauge(
            "strata_billing_due",
            "What fell due to be billed lately: billed, ready, blocked, or late beyond the terms.",
            ("state",),
        )
        self.failing_since = self._gauge(
            "strata_failing_since_timestamp_seconds",
            "Since when a system does not do what it is asked, as long as it does not.",
            ("instance",),
        )
        self.waiting_runs = self._gauge(
            "strata_waiting_runs",
            "Runs that a system keeps waiting: retrying by themselves, or stranded.",
            ("instance", "process", "state"),
        )
        self.waiting_amount = self._gauge(
            "strata_waiting_amount",
            "Money that waits for a system.",
            ("instance", "currency"),
        )

    def _declare_subscribers(self) -> None:
        self.webhook_deliveries = self._counter(
            "strata_webhook_deliveries",
            "Attempts to tell a subscriber of an event, by how they ended.",
            ("outcome",),
        )
        self.webhook_oldest_undelivered = self._gauge(
            "strata_webhook_oldest_undelivered_seconds",
            "The age of the oldest event that an active subscriber was not told of.",
            (),
        )

    def _histogram(
        self,
        name: str,
        says: str,
        labels: tuple[str, ...],
        buckets: tuple[float, ...] = REQUEST_SECONDS,
    ) -> Histogram:
        return Histogram(name, says, labels, buckets=buckets, registry=self.registry)

    def _counter(self, name: str, says: str, labels: tuple[str, ...]) -> Counter:
        return Counter(name, says, labels, registry=self.registry)

    def _gauge(self, name: str, says: str, labels: tuple[str, ...]) -> Gauge:
        return Gauge(name, says, labels, registry=self.registry)
