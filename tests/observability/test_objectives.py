"""What watches over the objectives follows from them, and asks only for what is counted."""

import json
import re
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from gateway.apis import APIS
from gateway.cli import main
from gateway.objectives.rules import Alert, Clockwork, Recording
from gateway.objectives.runbooks import RUNBOOKS
from gateway.objectives.written import alerts_of, rule_file, written
from governance.objectives import SECONDS, ObjectiveTerms, bucket_of
from governance.policy import ApiPolicy
from observability.metrics import REQUEST_SECONDS, Metrics
from tests.installed import REPOSITORY, had
from tests.observability.prometheus import checked, program

FOLDER = REPOSITORY / "docs" / "objectives"
POLICIES = [module.POLICY for module in APIS]
RULES = rule_file(POLICIES, ObjectiveTerms(), Clockwork())
WRITTEN = written(POLICIES, ObjectiveTerms(), Clockwork())
NAMES = re.compile(r"\b(?:strata|http)_[a-z_]+")
RECORDED = re.compile(r"\bstrata:[a-z_]+:[a-z_0-9]+")
SUFFIXES = re.compile(r"_(?:count|sum|bucket|total|created)\Z")


def expressions() -> list[str]:
    """Return all that is asked of Prometheus, by rules and by dashboards."""
    asked = [rule.expr for group in RULES.groups for rule in group.rules]
    for name, text in WRITTEN.items():
        if name.startswith("dashboard"):
            panels = json.loads(text)["panels"]
            asked += [target["expr"] for panel in panels for target in panel["targets"]]
    return asked


def test_what_is_committed_is_what_the_objectives_make() -> None:
    """Whoever changes an objective writes the files anew: `strata objectives rules`."""
    committed = {each.name: each.read_bytes() for each in FOLDER.iterdir()}

    assert committed == WRITTEN, "run: strata objectives rules --out docs/objectives"


def test_the_command_writes_the_files(tmp_path: Path) -> None:
    """The same files, and their names as JSON for programs."""
    told = CliRunner().invoke(
        main, ["objectives", "rules", "--out", str(tmp_path / "new"), "--json"], obj=None
    )

    assert told.exit_code == 0, told.output
    assert json.loads(told.output)["files"] == sorted(WRITTEN)
    assert {each.name for each in (tmp_path / "new").iterdir()} == set(WRITTEN)


def test_every_metric_that_is_asked_for_is_counted() -> None:
    """And every recorded figure is recorded."""
    held = {one._name for one in vars(Metrics()).values() if hasattr(one, "_name")}
    recorded = {
        rule.record for group in RULES.groups for rule in group.rules if isinstance(rule, Recording)
    }
    asked = "\n".join(expressions())

    assert {SUFFIXES.sub("", name) for name in NAMES.findall(asked)} <= held
    assert set(RECORDED.findall(asked)) <= recorded


def test_every_alert_has_a_runbook_that_it_leads_to() -> None:
    """Who is called at night knows what to do, and no runbook is for nothing."""
    alerts = alerts_of(RULES)
    page = WRITTEN["runbooks.md"].decode()

    assert {each.alert for each in alerts} == set(RUNBOOKS)
    for each in alerts:
        anchor = each.annotations["runbook"].partition("#")[2]
        assert anchor in {line[3:].lower() for line in page.splitlines() if line.startswith("## ")}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda each: each.path)
def test_every_api_aims_for_something_that_is_measured(policy: ApiPolicy) -> None:
    """What cannot be measured by a bound is told as such, and is no more than a few."""
    recorded = [
        rule
        for group in RULES.groups
        for rule in group.rules
        if isinstance(rule, Recording) and rule.labels.get("api") == policy.path
    ]

    names = {each.record.rpartition(":")[2] for each in recorded}
    measured = bucket_of(policy, REQUEST_SECONDS) is not None
    assert names == ({"availability", "in_time", "seconds"} if measured else {"availability"})


def test_prometheus_and_alertmanager_take_the_files() -> None:
    """Rules, settings, and the way of an alert to people."""
    had(lambda: program("promtool"))

    rules = checked("promtool", "check", "rules", "rules.yml", cwd=FOLDER)
    checked("promtool", "check", "config", "--syntax-only", "prometheus.yml", cwd=FOLDER)
    checked("amtool", "check-config", "alertmanager.yml", cwd=FOLDER)

    count = sum(len(group.rules) for group in RULES.groups)
    assert f"{count} rules found" in rules


def test_the_rules_call_whom_they_should_and_nobody_else(tmp_path: Path) -> None:
    """Played by Prometheus itself: see `scenes`."""
    had(lambda: program("promtool"))
    (tmp_path / "rules.yml").write_bytes(WRITTEN["rules.yml"])
    # Without an order promtool works the groups out in any: alerts would then see older figures.
    tests = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "5m",
        "group_eval_order": [group.name for group in RULES.groups],
        "tests": scenes(),
    }
    (tmp_path / "tests.yml").write_bytes(msgspec.json.encode(tests))

    assert "SUCCESS" in checked("promtool", "test", "rules", "tests.yml", cwd=tmp_path)


def scenes() -> list[dict[str, object]]:
    """Return what happens, and who is called then."""
    calls = 'strata_upstream_duration_seconds_count{system="erp",instance="erp-a",outcome="%s"}'
    nonsense = (
        'strata_upstream_failures_total{system="erp",instance="erp-a",operation="invoices",'
        'kind="malformed"}'
    )
    quota = 'strata_vendor_quota_runs_out_timestamp_seconds{system="any",instance="%s"}'
    request = 'http_server_request_duration_seconds_%s{route="/system/erp/v1/clients"%s}'
    return [
        # One system does nothing from the third hour on: somebody is called in a quarter.
        scene(
            {calls % "answered": "0+60x180 10800x220", calls % "try_again": "0x180 0+60x220"},
            at="195m",
            firing={"StrataSystemFailing": ["fast", "slow", "creeping"]},
        ),
        # Its answers make no sense, or it lets us in no more: that is not doing its work either.
        scene(
            {calls % "answered": "0+60x400", nonsense: "0x180 0+60x220"},
            at="195m",
            firing={"StrataSystemFailing": ["fast", "slow", "creeping"]},
        ),
        scene(
            {calls % "answered": "0+60x180 10800x220", calls % "turned_away": "0x180 0+60x220"},
            at="195m",
            firing={"StrataSystemFailing": ["fast", "slow", "creeping"]},
        ),
        # One call of a hundred thousand fails: nobody is called.
        scene({calls % "answered": "0+60x400", calls % "unknown": "0x180 1x220"}, at="200m"),
        # An API answers 500 to a twentieth: its budget of 0.5 % burns ten times too fast.
        scene(
            {
                request % ("count", ',status="200"'): "0+57x400",
                request % ("count", ',status="500"'): "0+3x400",
                request % ("bucket", ',le="1.0",status="200"'): "0+60x400",
            },
            at="60m",
            firing={"StrataApiErrors": ["slow", "creeping"]},
        ),
        # One quota is used up in less than an hour, another tomorrow, a third never.
        scene(
            {
                quota % "crm": "7200x400",
                quota % "erp-a": "90000x400",
                quota % "erp-b": "9000000000x400",
            },
            at="70m",
            firing={"StrataQuotaRunsOut": [""]},
        ),
    ]


def scene(
    series: dict[str, str], *, at: str, firing: dict[str, list[str]] | None = None
) -> dict[str, object]:
    """Return one scene: what is counted, and at a moment the paces of the alerts that fire."""
    told = firing or {}
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": "count by (alertname, pace) (ALERTS{alertstate='firing'})",
                "eval_time": at,
                "exp_samples": [
                    {"labels": _fired(name, pace), "value": 1}
                    for name, paces in told.items()
                    for pace in paces
                ],
            }
        ],
    }


def _fired(name: str, pace: str) -> str:
    return f'{{alertname="{name}",pace="{pace}"}}' if pace else f'{{alertname="{name}"}}'


def test_a_while_is_as_long_as_it_is_called_unless_rules_are_tried_out() -> None:
    """Five minutes are 300 s, or 2.5 s a hundred and twenty times faster."""
    assert {Clockwork().of(each) for each in SECONDS} == {f"{each}s" for each in SECONDS.values()}
    assert Clockwork(120).of("5m") == "2500ms"


def test_alerts_say_how_urgent_they_are() -> None:
    """A page or a ticket, and nothing between."""
    found: list[Alert] = alerts_of(RULES)

    assert {each.labels["severity"] for each in found} == {"page", "ticket"}
