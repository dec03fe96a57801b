"""What the firm's own business aims for, and what says that it is missed."""

from gateway.objectives.rules import Alert, Clockwork, Group, alert
from governance.objectives import ObjectiveTerms
from observability.metrics import PROCESS_SECONDS, WAIT_SECONDS


def business_groups(terms: ObjectiveTerms, clock: Clockwork) -> list[Group]:
    """Return the alerts about set-ups, approvals, billing and freshness, and about ourselves."""
    hour, day, week = clock.seconds(3_600), clock.seconds(86_400), clock.seconds(7 * 86_400)
    set_up = _within(
        "strata_process_duration_seconds",
        'process="opportunity-to-project",part="machine"',
        _bound(terms.set_up_seconds, PROCESS_SECONDS),
        day,
    )
    answered = _within(
        "strata_approval_latency_seconds", "", _bound(terms.approval_seconds, WAIT_SECONDS), week
    )
    due = "sum(strata_billing_due)"
    not_held = f'1 - sum(strata_billing_due{{state="blocked"}}) / {due}'
    on_time = f'1 - sum(strata_billing_due{{state="late"}}) / {due}'
    told = [
        ("StrataSetUpsSlow", f"{set_up} < {terms.set_up_share}", "projects are set up too slowly"),
        ("StrataApprovalsSlow", f"{answered} < {terms.approval_share}", "approvals come late"),
        ("StrataBillingHeldBack", f"{not_held} < {terms.readiness_share}", "bills are held back"),
        ("StrataInvoicesLate", f"{on_time} < {terms.on_time_share}", "invoices are late"),
        (
            "StrataStale",
            f"max by (source) (strata_event_oldest_unprocessed_seconds)"
            f" > {terms.freshness_seconds}",
            "{{ $labels.source }} has events that nobody has processed",
        ),
    ]
    alerts = [
        alert(name, expr, severity="ticket", summary=says, lasts=hour) for name, expr, says in told
    ]
    return [
        Group("strata-business", clock.seconds(60), [*alerts]),
        Group("strata-itself", clock.seconds(30), [*_of_ourselves(clock)]),
    ]


def _of_ourselves(clock: Clockwork) -> list[Alert]:
    """Return what calls somebody when nobody watches any more."""
    beats = "max by (gateway, worker) (strata_worker_heartbeat_timestamp_seconds)"
    return [
        alert(
            "StrataDown",
            'up{job=~"strata.*"} == 0',
            severity="page",
            summary="the gateway at {{ $labels.gateway }} does not answer Prometheus",
            lasts=clock.seconds(120),
        ),
        alert(
            "StrataWorkerSilent",
            f"time() - {beats} > 300",
            severity="page",
            summary="{{ $labels.gateway }} has not gone its round {{ $labels.worker }}"
            " for five minutes",
            lasts=clock.seconds(120),
        ),
    ]


def _within(metric: str, chosen: str, bound: float, span: str) -> str:
    """Return the share of what was done in a while that took no longer than a bound."""
    limited = ",".join(part for part in (chosen, f'le="{float(bound)}"') if part)
    every = f"{metric}_count{{{chosen}}}"
    done = f"sum(increase({metric}_bucket{{{limited}}}[{span}]))"
    return f"{done} / sum(increase({every}[{span}]))"


def _bound(seconds: int, buckets: tuple[float, ...]) -> float:
    """Return the bound by which a while is measured: the next that is not below it."""
    return next((each for each in buckets if each >= seconds), buckets[-1])
