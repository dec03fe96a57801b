"""The names that dashboards and alerts rely on."""

import asyncio
import threading

from prometheus_client.parser import text_string_to_metric_families

from observability.metrics import Metrics

PROMISED = {
    "http_server_request_duration_seconds": {"method", "route", "status"},
    "http_client_request_duration_seconds": {"method", "system", "instance", "status"},
    "strata_layer_duration_seconds": {"layer", "api", "version", "operation"},
    "strata_upstream_duration_seconds": {"system", "instance", "operation", "outcome"},
    "strata_layer_own_seconds": {"layer"},
    "strata_spans_dropped": {"reason"},
    "strata_upstream_phase_seconds": {"system", "instance", "phase"},
    "strata_upstream_failures": {"system", "instance", "operation", "kind"},
    "strata_upstream_retries": {"system", "instance", "operation"},
    "strata_circuit_state": {"system", "instance"},
    "strata_rate_limit_decisions": {"api", "decision"},
    "strata_issuer_keys_age_seconds": {"issuer"},
    "strata_issuer_key_fetches": {"issuer", "outcome"},
    "strata_exceptions_open": {"process", "kind"},
    "strata_blocked_amount": {"currency", "reason"},
    "strata_quality_findings": {"rule", "system"},
    "strata_approval_latency_seconds": {"process"},
    "strata_process_duration_seconds": {"process", "part"},
    "strata_event_oldest_unprocessed_seconds": {"source"},
    "strata_freshness_seconds": {"system", "object"},
    "strata_webhooks_received": {"source", "outcome"},
    "strata_webhook_deliveries": {"outcome"},
    "strata_webhook_oldest_undelivered_seconds": set(),
    "strata_worker_heartbeat_timestamp_seconds": {"worker"},
    "strata_billing_due": {"state"},
    "strata_failing_since_timestamp_seconds": {"instance"},
    "strata_waiting_runs": {"instance", "process", "state"},
    "strata_waiting_amount": {"instance", "currency"},
    "strata_messages": {"operation", "outcome"},
    "strata_deprecated_calls": {"api", "version", "consumer"},
    "strata_vendor_quota_remaining": {"system", "instance"},
    "strata_vendor_quota_runs_out_timestamp_seconds": {"system", "instance"},
    "strata_vendor_budget_decisions": {"system", "instance", "lane", "decision"},
}


def test_every_promised_metric_is_there_with_its_labels() -> None:
    """Each name of the contract can be observed under its labels."""
    metrics = Metrics()
    held = {
        one._name: set(one._labelnames) for one in vars(metrics).values() if hasattr(one, "_name")
    }

    assert held == PROMISED


def test_what_is_observed_is_rendered_with_its_trace() -> None:
    """A timing appears as text that a scraper reads, with the trace it belongs to."""
    metrics = Metrics()
    labels = ("system", "/system/crm/v1", "1", "read_client")
    metrics.layer_duration.labels(*labels).observe(0.02, {"trace_id": "ab" * 16})

    text = metrics.render().decode()

    assert 'strata_layer_duration_seconds_count{api="/system/crm/v1"' in text
    assert f'trace_id="{"ab" * 16}"' in text


def test_two_gateways_in_one_process_do_not_share_a_count() -> None:
    """Each has a registry of its own."""
    one, other = Metrics(), Metrics()
    one.rate_limit_decisions.labels("/system/crm/v1", "allowed").inc()

    assert 'decision="allowed"' not in other.render().decode()
    assert text_string_to_metric_families(other.render().decode())


async def test_pages_asked_for_at_once_are_rendered_in_one_thread() -> None:
    """Each thread that rendered one would keep the memory that a page takes."""
    metrics, before = Metrics(), set(threading.enumerate())

    pages = await asyncio.gather(*(metrics.page() for _ in range(8)))

    assert len(set(threading.enumerate()) - before) == 1
    assert set(pages) == {metrics.render()}
