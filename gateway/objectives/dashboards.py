"""The dashboards, as Grafana reads them: one for who is on call, one for the objectives."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

# https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_SCHEMA, _WIDE, _HIGH, _ACROSS = 39, 12, 8, 24


class Panel(Struct, frozen=True):
    """One picture: its title, what it asks, how a line is called, and what it is drawn as."""

    title: str
    expr: str
    legend: str = ""
    kind: str = "timeseries"
    unit: str = "short"


ON_CALL = (
    Panel(
        "Systems that fail, since",
        "min by (instance) (strata_failing_since_timestamp_seconds) * 1000",
        "{{instance}}",
        "stat",
        "dateTimeFromNow",
    ),
    Panel(
        "Money that waits for a system",
        "sum by (instance, currency) (strata_waiting_amount)",
        "{{instance}} {{currency}}",
        "stat",
    ),
    Panel(
        "Whom it fails: runs that wait",
        "sum by (instance, process, state) (strata_waiting_runs)",
        "{{instance}} {{process}} {{state}}",
    ),
    Panel(
        "Share of calls that fail",
        "strata:upstream_errors:ratio5m",
        "{{instance}}",
        unit="percentunit",
    ),
    Panel(
        "How they fail",
        "sum by (instance, kind) (rate(strata_upstream_failures_total[5m]))",
        "{{instance}} {{kind}}",
    ),
    Panel(
        "What fails",
        "sum by (instance, operation) (rate(strata_upstream_failures_total[5m]))",
        "{{instance}} {{operation}}",
    ),
    Panel(
        "Where the time goes: each layer itself",
        "sum by (layer) (rate(strata_layer_own_seconds_total[5m]))"
        " / on () group_left () sum(rate(strata_layer_own_seconds_total[5m]))",
        "{{layer}}",
        unit="percentunit",
    ),
    Panel(
        "Repeated calls",
        "sum by (instance) (rate(strata_upstream_retries_total[5m]))",
        "{{instance}}",
    ),
    Panel(
        "Breakers: 0 closed, 1 half open, 2 open",
        "max by (instance) (strata_circuit_state)",
        "{{instance}}",
    ),
    Panel("Quota left", "min by (instance) (strata_vendor_quota_remaining)", "{{instance}}"),
    Panel(
        "Quota lasts, if it is used as in the last half hour",
        "min by (instance) (strata_vendor_quota_runs_out_timestamp_seconds) - time()",
        "{{instance}}",
        unit="s",
    ),
    Panel(
        "Oldest unprocessed event",
        "max by (source) (strata_event_oldest_unprocessed_seconds)",
        "{{source}}",
        unit="s",
    ),
    Panel(
        "Cases that wait for a person",
        "sum by (process, kind) (strata_exceptions_open)",
        "{{process}} {{kind}}",
    ),
    Panel(
        "Money that waits for a person",
        "sum by (currency, reason) (strata_blocked_amount)",
        "{{currency}} {{reason}}",
    ),
)
OBJECTIVES = (
    Panel("Requests that fail", "strata:api_errors:ratio1h", "{{api}}", unit="percentunit"),
    Panel(
        "How many times too fast the budget of errors is used up",
        "strata:api_errors:ratio1h / on (api) (1 - strata:api_objective:availability)",
        "{{api}}",
    ),
    Panel("Answers that come too late", "strata:api_slow:ratio1h", "{{api}}", unit="percentunit"),
    Panel("Requests", "strata:api_requests:rate5m", "{{api}}", unit="reqps"),
    Panel(
        "Approvals answered in two days",
        'sum(increase(strata_approval_latency_seconds_bucket{le="172800.0"}[7d]))'
        " / sum(increase(strata_approval_latency_seconds_count[7d]))",
        unit="percentunit",
    ),
    Panel("What falls due to be billed", "sum by (state) (strata_billing_due)", "{{state}}"),
    Panel(
        "How long processes take, the machine's part",
        "histogram_quantile(0.95, sum by (process, le)"
        ' (rate(strata_process_duration_seconds_bucket{part="machine"}[1h])))',
        "{{process}}",
        unit="s",
    ),
    Panel(
        "When each round was last gone",
        "time() - max by (gateway, worker) (strata_worker_heartbeat_timestamp_seconds)",
        "{{gateway}} {{worker}}",
        unit="s",
    ),
)


def dashboard(uid: str, title: str, panels: Sequence[Panel]) -> Mapping[str, object]:
    """Return a dashboard whose panels stand two in a row."""
    return {
        "uid": uid,
        "title": title,
        "tags": ["strata"],
        "schemaVersion": _SCHEMA,
        "version": 1,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "source", "type": "datasource", "query": "prometheus"}],
        },
        "panels": [_panel(number, each) for number, each in enumerate(panels)],
    }


def _panel(number: int, panel: Panel) -> Mapping[str, object]:
    place = number * _WIDE
    return {
        "id": number + 1,
        "title": panel.title,
        "type": panel.kind,
        "datasource": _SOURCE,
        "gridPos": {"x": place % _ACROSS, "y": place // _ACROSS * _HIGH, "w": _WIDE, "h": _HIGH},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [
            {
                "refId": "A",
                "datasource": _SOURCE,
                "expr": panel.expr,
                "legendFormat": panel.legend or "__auto",
            }
        ],
    }
