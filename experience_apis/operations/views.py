"""What people on call are shown of a system that fails, or whose work still waits."""

from datetime import datetime

from msgspec import Struct

from governance.vendor_budgets import WindowLeft
from observability.readings import Breaker
from system_apis.canonical.money import Money
from system_apis.failing import FailureKind


class KindCount(Struct, frozen=True):
    """How often tries of calls came to nothing in one way."""

    kind: str
    failures: int


class FailingOperation(Struct, frozen=True, kw_only=True):
    """One operation that fails: at which API, since when, how often, and who called it."""

    api: str
    operation: str
    since: datetime
    last_at: datetime
    failures: int
    kind: FailureKind
    reason: str
    consumers: list[str]
    processes: list[str]


class Retrying(Struct, frozen=True, kw_only=True):
    """A run that tries its step again by itself until the system is back.

    `since` is when it began to, as far as this process knows: it was accepted before, maybe long.
    """

    process: str
    command_key: str
    step: str
    tried: int
    reason: str
    accepted_at: datetime
    since: datetime
    amount: Money | None
    trace_id: str | None


class Stranded(Struct, frozen=True, kw_only=True):
    """A run that gave up on the system, and goes on only when it is replayed."""

    exception_id: str
    process: str
    command_key: str
    step: str
    code: str
    reason: str
    opened_at: datetime
    amount: Money | None
    trace_id: str | None


class Incident(Struct, frozen=True, kw_only=True):
    """What one system does not do, whom it fails, and what waits for it.

    `since` is absent when only stranded work is left of it. `without_amount` counts the work
    whose money nobody knows; `money_waiting` has the sum of the rest in each currency. `kinds`
    counts the tries that came to nothing, of each operation since it fails or says no to all.
    """

    system: str
    failing: bool
    since: datetime | None
    answered_at: datetime | None
    operations: list[FailingOperation]
    kinds: list[KindCount]
    consumers: list[str]
    processes: list[str]
    money_waiting: list[Money]
    without_amount: int
    breaker: Breaker | None
    quota: list[WindowLeft]
    unprocessed_seconds: int | None
    trace_ids: list[str]
    retrying: list[Retrying]
    stranded: list[Stranded]


class IncidentList(Struct, frozen=True):
    """Every system that fails or is waited for, the one that failed first before the rest."""

    items: list[Incident]
