"""What an API must declare about itself before it is mounted."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from governance.lanes import Lane


class Layer(StrEnum):
    """The layer an API lives in, which is the first part of its address."""

    SYSTEM = "system"
    PROCESS = "process"
    EXPERIENCE = "experience"
    GOVERNANCE = "governance"


class Stage(StrEnum):
    """Where a version stands in its life."""

    PREVIEW = "preview"
    ACTIVE = "active"
    DEPRECATED = "deprecated"
    BROWNOUT = "brownout"
    RETIRED = "retired"


class DataClass(StrEnum):
    """The most sensitive thing that an API lets through."""

    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


class TenantRule(StrEnum):
    """How an operation keeps one legal entity's records from another's people."""

    BY_RECORD = "by_record"
    BY_FILTER = "by_filter"
    FIRM_WIDE = "firm_wide"


class Owner(Struct, frozen=True):
    """The team that answers for an API."""

    team: str
    contact: str


class Brownout(Struct, frozen=True, forbid_unknown_fields=True):
    """A while in which a deprecated version answers nobody, so that its callers notice in time."""

    starts: Annotated[datetime, Meta(tz=True)]
    ends: Annotated[datetime, Meta(tz=True)]


class Lifecycle(Struct, frozen=True, forbid_unknown_fields=True):
    """A version's stage with its dates; a deprecated one names its successor and sunset.

    The dates are days in UTC, and take effect as they begin.
    """

    stage: Stage
    since: date
    deprecated_on: date | None = None
    sunset_on: date | None = None
    successor: Annotated[str, Meta(pattern=r"\A/[a-z0-9/-]{1,128}\Z")] | None = None
    brownouts: Annotated[tuple[Brownout, ...], Meta(max_length=24)] = ()


class Share(Struct, frozen=True, forbid_unknown_fields=True):
    """What one operation takes of its API's plan: what a call costs, and a limit of its own."""

    cost: int = 1
    limit: str | None = None


class RatePlan(Struct, frozen=True, forbid_unknown_fields=True):
    """How often one consumer may call, and what holds while the counter's store is away.

    `monthly` is a quota of the calendar month in UTC, `at_once` the most calls that may run
    at the same time. In `shadow` everything is counted and nobody is refused or told.
    """

    limit: str = "600/minute"
    on_store_failure: str = "local"
    operations: Mapping[str, Share] = {}
    monthly: int | None = None
    at_once: int | None = None
    shadow: bool = False


class Objective(Struct, frozen=True):
    """The service objective: this share of calls succeeds, and that share in so many milliseconds.

    What `availability` leaves is the budget of errors; what `latency_ratio` leaves may be slower.
    """

    availability: str
    latency_ms: int
    latency_ratio: str = "0.99"


class Operation(Struct, frozen=True):
    """One thing an API does: what scope it takes and how tenants are kept apart.

    `idempotency_key` says whether an HTTP caller must send an `Idempotency-Key`; with any other
    write it may. A read that is `sensitive` shows nothing before it is in the audit who was
    shown it.
    """

    scope: str
    tenants: TenantRule
    writes: bool = False
    idempotency_key: bool = False
    sensitive: bool = False
    lane: Lane | None = None

    @property
    def runs_in(self) -> Lane:
        """The declared lane, else the processes' for what writes and the dashboards' for reads."""
        return self.lane or (Lane.PROCESSES if self.writes else Lane.DASHBOARDS)


class ApiPolicy(Struct, frozen=True, kw_only=True):
    """The governance of one API version, declared in its own file."""

    name: str
    layer: Layer
    version: int
    title: str
    owner: Owner
    lifecycle: Lifecycle
    rate_plan: RatePlan
    objective: Objective
    data_class: DataClass
    operations: dict[str, Operation]

    @property
    def path(self) -> str:
        """The address that follows from layer, name and version."""
        base = f"/{self.layer}/{self.name}" if self.layer != "governance" else "/governance"
        return f"{base}/v{self.version}"
