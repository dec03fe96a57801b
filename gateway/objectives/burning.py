"""How fast the budgets of errors and of slow answers are used up, by API and by system."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from gateway.objectives.rules import Alert, Clockwork, Group, Recording, alert
from governance.objectives import PACES, SECONDS, ObjectiveTerms, Pace, bucket_of
from governance.policy import ApiPolicy, Layer
from observability.metrics import REQUEST_SECONDS

_REQUESTS = "http_server_request_duration_seconds"
_CALLS = "strata_upstream_duration_seconds_count"
_LAYERS = "system|process|experience"
_API = rf'"api", "$1", "route", "(/(?:{_LAYERS})/[^/]+/v[0-9]+|/governance/v[0-9]+)(?:/.*)?"'
_LOST = 'outcome=~"try_again|unknown|turned_away"'
# A call was answered before anybody tried to read what with.
_SENSELESS = 'strata_upstream_failures_total{kind="malformed"}'
_OF = "sum by (system, instance)"
# How long before a quota is used up somebody is told. [P]
QUOTA_SECONDS = 3_600
LONGEST = tuple(dict.fromkeys(each.long for each in PACES))


def api_groups(
    policies: Sequence[ApiPolicy], terms: ObjectiveTerms, clock: Clockwork
) -> list[Group]:
    """Return what is recorded of every API, and the alerts of its two budgets."""
    rules: list[Recording | Alert] = [*_aims(policies)]
    for while_ in SECONDS:
        rules += _recorded_of_apis(policies, while_, clock)
    for while_ in LONGEST:
        failed = f'increase({_REQUESTS}_count{{status=~"5.."}}[{clock.of(while_)}])'
        rules.append(Recording(f"strata:api_errors:increase{while_}", _by_api(failed)))
    alerts = [each for pace in PACES for each in _api_alerts(pace, terms)]
    return [
        Group("strata-apis", clock.seconds(30), rules),
        Group("strata-api-budgets", clock.seconds(30), [*alerts]),
    ]


def upstream_groups(terms: ObjectiveTerms, clock: Clockwork) -> list[Group]:
    """Return what is recorded of every system's calls, and the alerts of their budget."""
    rules: list[Recording | Alert] = []
    for while_ in SECONDS:
        every = f"{_OF} (rate({_CALLS}[{clock.of(while_)}]))"
        lost = _lost("rate", every, clock.of(while_))
        rules.append(
            Recording(f"strata:upstream_errors:ratio{while_}", f"clamp_max(({lost}) / {every}, 1)")
        )
    for while_ in LONGEST:
        every = f"{_OF} (increase({_CALLS}[{clock.of(while_)}]))"
        lost = _lost("increase", every, clock.of(while_))
        rules.append(Recording(f"strata:upstream_errors:increase{while_}", lost))
    return [
        Group("strata-systems", clock.seconds(30), rules),
        Group(
            "strata-system-budgets",
            clock.seconds(30),
            [*(_of_system(pace, terms) for pace in PACES), _of_quota(clock)],
        ),
    ]


def _lost(counted: str, every: str, span: str) -> str:
    """Return the calls that brought nothing: of no use, turned away, or answered with nonsense."""
    parts = (f"{_CALLS}{{{_LOST}}}", _SENSELESS)
    return " + ".join(f"({_OF} ({counted}({each}[{span}])) or 0 * {every})" for each in parts)


def _aims(policies: Sequence[ApiPolicy]) -> Iterator[Recording]:
    """Tell Prometheus what each API aims for, with the team to call."""
    for each in policies:
        told = {"api": each.path, "layer": str(each.layer), "team": each.owner.team}
        if each.layer is Layer.SYSTEM:
            told["system"] = each.name
        aim, seconds = each.objective, bucket_of(each, REQUEST_SECONDS)
        yield Recording("strata:api_objective:availability", f"vector({aim.availability})", told)
        if seconds is not None:
            yield Recording("strata:api_objective:in_time", f"vector({aim.latency_ratio})", told)
            yield Recording("strata:api_objective:seconds", f"vector({seconds})", told)


def _recorded_of_apis(
    policies: Sequence[ApiPolicy], while_: str, clock: Clockwork
) -> Iterator[Recording]:
    span = clock.of(while_)
    every = _by_api(f"rate({_REQUESTS}_count[{span}])")
    failed = _by_api(f'rate({_REQUESTS}_count{{status=~"5.."}}[{span}])')
    total = f"strata:api_requests:rate{while_}"
    yield Recording(total, every)
    yield Recording(f"strata:api_errors:ratio{while_}", f"({failed} or 0 * {total}) / {total}")
    bounds = {bucket_of(each, REQUEST_SECONDS) for each in policies} - {None}
    for bound in sorted(float(each) for each in bounds if each is not None):
        in_time = _by_api(f'rate({_REQUESTS}_bucket{{le="{bound}"}}[{span}])')
        ours = f"on (api) (strata:api_objective:seconds == {bound})"
        late = f"(1 - {in_time} / {total}) and {ours}"
        yield Recording(f"strata:api_slow:ratio{while_}", late, {"within": f"{bound}s"})


def _api_alerts(pace: Pace, terms: ObjectiveTerms) -> list[Alert]:
    enough = f"and on (api) strata:api_errors:increase{pace.long} >= {terms.least_failures}"
    errors = _burns("strata:api_errors", "availability", pace)
    slow = _burns("strata:api_slow", "in_time", pace)
    told = f"{{{{ $labels.api }}}} uses its budget up {pace.factor} times too fast ({pace.long})"
    return [
        alert(
            "StrataApiErrors",
            f"{errors} {enough}",
            severity=pace.severity,
            summary=f"{told}: its requests fail",
            pace=pace.name,
        ),
        alert(
            "StrataApiSlow",
            slow,
            severity="ticket",
            summary=f"{told}: its answers come too late",
            pace=pace.name,
        ),
    ]


def _burns(ratio: str, aim: str, pace: Pace) -> str:
    allowed = f"{pace.factor} * (1 - strata:api_objective:{aim})"
    joined = "on (api) group_left (team, layer, system)"
    return (
        f"{ratio}:ratio{pace.long} > {joined} ({allowed})"
        f" and on (api) ({ratio}:ratio{pace.short} > on (api) ({allowed}))"
    )


def _of_system(pace: Pace, terms: ObjectiveTerms) -> Alert:
    allowed = min(pace.factor * (1 - terms.upstream_availability), Decimal("0.5"))
    long, short = (f"strata:upstream_errors:ratio{each}" for each in (pace.long, pace.short))
    enough = f"strata:upstream_errors:increase{pace.long} >= {terms.least_failures}"
    return alert(
        "StrataSystemFailing",
        f"{long} > {allowed} and {short} > {allowed} and {enough}",
        severity=pace.severity,
        summary="{{ $labels.instance }} does not do what it is asked: see /experience/operations",
        pace=pace.name,
    )


def _of_quota(clock: Clockwork) -> Alert:
    """Return what tells in time that a system will let us ask nothing more."""
    ends = "min by (system, instance) (strata_vendor_quota_runs_out_timestamp_seconds)"
    return alert(
        "StrataQuotaRunsOut",
        f"{ends} - time() < {QUOTA_SECONDS}",
        severity="ticket",
        summary="what {{ $labels.instance }} lets us ask is used up within the hour",
        lasts=clock.seconds(300),
    )


def _by_api(expr: str) -> str:
    return f"sum by (api) (label_replace({expr}, {_API}))"
