"""What is aimed for beside the APIs' own objectives, and how fast a budget may be used up."""

from decimal import Decimal

from msgspec import Struct

from governance.policy import ApiPolicy


class ObjectiveTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a firm aims for in its systems and its business [P].

    A share is of 1. `upstream_availability` is of the calls of each system;
    `set_up_seconds` is the machine's part of setting a project up, without people's answers;
    `readiness_share` of what falls due to be billed is not held back by anything, and
    `on_time_share` is billed within `invoicing_days` of its planned date. No event waits longer
    than `freshness_seconds`. Fewer than `least_failures` call nobody.
    """

    upstream_availability: Decimal = Decimal("0.99")
    set_up_seconds: int = 600
    set_up_share: Decimal = Decimal("0.95")
    approval_seconds: int = 172_800
    approval_share: Decimal = Decimal("0.9")
    readiness_share: Decimal = Decimal("0.9")
    invoicing_days: int = 3
    on_time_share: Decimal = Decimal("0.95")
    freshness_seconds: int = 900
    least_failures: int = 5


class Pace(Struct, frozen=True):
    """How fast a budget is used up: so many times too fast, over a long and over a short while."""

    name: str
    severity: str
    long: str
    short: str
    factor: Decimal


# Two per cent of a month's budget in an hour, five in six hours, ten in three days. [P]
PACES = (
    Pace("fast", "page", "1h", "5m", Decimal("14.4")),
    Pace("slow", "page", "6h", "30m", Decimal(6)),
    Pace("creeping", "ticket", "3d", "6h", Decimal(1)),
)
SECONDS = {"5m": 300, "30m": 1_800, "1h": 3_600, "6h": 21_600, "3d": 259_200}


def bucket_of(policy: ApiPolicy, buckets: tuple[float, ...]) -> float | None:
    """Return the bound by which an API's latency is measured: the next that is not below it.

    There is none for an API that may take longer than all that is measured.
    """
    seconds = policy.objective.latency_ms / 1000
    return next((each for each in buckets if each >= seconds), None)
