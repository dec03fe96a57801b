"""The shapes of Prometheus' rule files, and how a while is written in them."""

from msgspec import Struct, field

from governance.objectives import SECONDS

# https://prometheus.io/docs/prometheus/2.42/configuration/recording_rules/


class Recording(Struct, frozen=True, omit_defaults=True):
    """A figure that is worked out again and again, and kept under a name."""

    record: str
    expr: str
    labels: dict[str, str] = {}


class Alert(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What calls somebody, as soon as its expression finds something."""

    alert: str
    expr: str
    lasts: str | None = field(name="for", default=None)
    labels: dict[str, str]
    annotations: dict[str, str]


class Group(Struct, frozen=True):
    """Rules that are worked out together, in their order."""

    name: str
    interval: str
    rules: list[Recording | Alert]


class RuleFile(Struct, frozen=True):
    """What Prometheus reads under `rule_files`."""

    groups: list[Group]


class Clockwork(Struct, frozen=True):
    """How long a while lasts: as it is called, or so many times shorter where rules are tried."""

    faster: int = 1

    def of(self, while_: str) -> str:
        """Return a while, such as 5m, as it is written."""
        return self.seconds(SECONDS[while_])

    def seconds(self, seconds: int) -> str:
        """Return so many seconds, as they are written."""
        return f"{seconds * 1000 // self.faster}ms" if self.faster > 1 else f"{seconds}s"


def alert(
    name: str, expr: str, *, severity: str, summary: str, lasts: str | None = None, **labels: str
) -> Alert:
    """Return an alert that leads to its runbook."""
    return Alert(
        alert=name,
        expr=expr,
        lasts=lasts,
        labels={"severity": severity, **labels},
        annotations={"summary": summary, "runbook": f"docs/objectives/runbooks.md#{name.lower()}"},
    )
