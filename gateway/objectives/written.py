"""Everything that is made from the objectives, each file under its name."""

from collections.abc import Mapping, Sequence

import msgspec

from gateway.objectives.burning import api_groups, upstream_groups
from gateway.objectives.business import business_groups
from gateway.objectives.dashboards import OBJECTIVES, ON_CALL, dashboard
from gateway.objectives.rules import Alert, Clockwork, RuleFile
from gateway.objectives.runbooks import runbooks
from governance.objectives import ObjectiveTerms
from governance.policy import ApiPolicy

_MADE = "# Made by `strata objectives rules`; JSON, which is YAML. Change the objectives instead.\n"
_CALLS = {"name": "on-call", "webhook_configs": [{"url": "https://pager.example/strata"}]}
_TICKETS = {"name": "tickets", "webhook_configs": [{"url": "https://tickets.example/strata"}]}
ALERTMANAGER: Mapping[str, object] = {
    "route": {
        "receiver": "tickets",
        "group_by": ["alertname", "instance", "api"],
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "4h",
        "routes": [{"receiver": "on-call", "matchers": ['severity="page"']}],
    },
    "receivers": [_CALLS, _TICKETS],
    # Whose system fails is told of it once: its API fails for the same reason. What is urgent
    # is not told a second time as what is not.
    "inhibit_rules": [
        {
            "source_matchers": ['alertname="StrataSystemFailing"'],
            "target_matchers": ['alertname=~"StrataApiErrors|StrataApiSlow"', 'system!=""'],
            "equal": ["system"],
        },
        {
            "source_matchers": ['severity="page"'],
            "target_matchers": ['severity="ticket"'],
            "equal": ["alertname", "api", "system", "instance"],
        },
        # Of the same gateway only: another one may be the one that tells.
        {
            "source_matchers": ['alertname="StrataDown"'],
            "target_matchers": ['alertname="StrataWorkerSilent"'],
            "equal": ["gateway"],
        },
    ],
}
PROMETHEUS: Mapping[str, object] = {
    "global": {"scrape_interval": "15s", "evaluation_interval": "15s"},
    "rule_files": ["rules.yml"],
    "alerting": {"alertmanagers": [{"static_configs": [{"targets": ["127.0.0.1:9093"]}]}]},
    "scrape_configs": [
        {
            "job_name": "strata",
            # `instance` is which of the firm's systems it is, not where the gateway runs.
            "honor_labels": True,
            "authorization": {"credentials_file": "token"},
            # Where it runs: else two gateways that call one system would be one series.
            "relabel_configs": [{"source_labels": ["__address__"], "target_label": "gateway"}],
            "static_configs": [{"targets": ["127.0.0.1:8000"]}],
        }
    ],
}


def rule_file(policies: Sequence[ApiPolicy], terms: ObjectiveTerms, clock: Clockwork) -> RuleFile:
    """Return every rule."""
    return RuleFile(
        [
            *api_groups(policies, terms, clock),
            *upstream_groups(terms, clock),
            *business_groups(terms, clock),
        ]
    )


def alerts_of(rules: RuleFile) -> list[Alert]:
    """Return the alerts among some rules."""
    return [rule for group in rules.groups for rule in group.rules if isinstance(rule, Alert)]


def written(
    policies: Sequence[ApiPolicy], terms: ObjectiveTerms, clock: Clockwork
) -> dict[str, bytes]:
    """Return what is made from the objectives, file by file."""
    rules = rule_file(policies, terms, clock)
    on_call = dashboard("strata-on-call", "Strata on call", ON_CALL)
    objectives = dashboard("strata-objectives", "Strata objectives", OBJECTIVES)
    return {
        "rules.yml": _yaml(rules),
        "alertmanager.yml": _yaml(ALERTMANAGER),
        "prometheus.yml": _yaml(PROMETHEUS),
        "runbooks.md": runbooks(alerts_of(rules)).encode(),
        "dashboard-on-call.json": _json(on_call),
        "dashboard-objectives.json": _json(objectives),
    }


def _json(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"


def _yaml(value: object) -> bytes:
    return _MADE.encode() + _json(value)
