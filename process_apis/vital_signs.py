"""What people on call see of the business: open exceptions, and money that waits."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from governance.objectives import ObjectiveTerms
from governance.quality.findings import QualityFinding, QualityFindings
from governance.quality.rules import Action
from observability.metrics import Metrics
from process_apis.exceptions.owners import OPERATORS, OWNERS
from process_apis.exceptions.queue import ExceptionQueue
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import BillingEvent, EventStatus
from system_apis.canonical.money import Money

DUE_LATELY = timedelta(days=30)
OTHER = "OTHER"


class DueState(StrEnum):
    """How something stands that was to be billed; late is what should be billed by now."""

    BILLED = "billed"
    READY = "ready"
    BLOCKED = "blocked"
    LATE = "late"


class Companies(Struct, frozen=True):
    """The firm's companies, their day, and what is aimed for on it."""

    codes: frozenset[str]
    now: Callable[[], datetime]
    objectives: Callable[[date], ObjectiveTerms]


class VitalSigns:
    """Sets the gauges that are counted from our own books."""

    def __init__(
        self,
        exceptions: ExceptionQueue,
        billing: BillingLedger,
        quality: QualityFindings,
        metrics: Metrics,
        companies: Companies,
    ) -> None:
        self._exceptions, self._billing, self._quality = exceptions, billing, quality
        self._metrics, self._companies = metrics, companies

    async def take(self) -> None:
        """Count what is open now, and forget what no longer is."""
        cases = Counter(
            (each.process, kind_of(each.code)) for each in await self._exceptions.all_open()
        )
        self._metrics.exceptions_open.clear()
        for (process, kind), count in cases.items():
            self._metrics.exceptions_open.labels(process, kind).set(count)
        blocked = await self._billing.events(
            entities=self._companies.codes, statuses=[EventStatus.BLOCKED]
        )
        self._metrics.blocked_amount.clear()
        held = _blocked(blocked) | _at_risk(await self._quality.all_open())
        for (currency, reason), amount in held.items():
            # A gauge is a float by its nature; nothing is worked out from it.
            self._metrics.blocked_amount.labels(currency, reason).set(float(amount.value))
        await self._count_due()

    async def _count_due(self) -> None:
        """Count what fell due to be billed in the last month, by how it stands."""
        companies, today = self._companies, self._companies.now().date()
        lately = await self._billing.events(
            entities=companies.codes,
            planned_from=today - DUE_LATELY + timedelta(days=1),
            planned_until=today,
        )
        late = today - timedelta(days=companies.objectives(today).invoicing_days)
        counts = Counter(due_state(each, late_before=late) for each in lately)
        for state in DueState:
            self._metrics.billing_due.labels(state).set(counts[state])


def kind_of(code: str) -> str:
    """Return what a case is counted as: its code, if that is one of ours."""
    return code if code in OWNERS or code in OPERATORS else OTHER


def due_state(event: BillingEvent, *, late_before: date) -> DueState:
    """Return how a billing event stands that has fallen due."""
    if event.is_final:
        return DueState.BILLED
    if event.planned_date < late_before:
        return DueState.LATE
    return DueState.BLOCKED if event.status is EventStatus.BLOCKED else DueState.READY


def _blocked(events: list[BillingEvent]) -> dict[tuple[str, str], Money]:
    """Return what each reason holds back: the part at risk, or else the whole event."""
    held: dict[tuple[str, str], Money] = {}
    for event in events:
        for blocker in event.blockers:
            amount = blocker.amount_at_risk or event.amount_expected
            if amount:
                place = (event.currency, blocker.reason)
                held[place] = held.get(place, Money.zero(event.currency)) + amount
    return held


def _at_risk(findings: list[QualityFinding]) -> dict[tuple[str, str], Money]:
    """Return what each rule of quality keeps back, warnings left out."""
    held: dict[tuple[str, str], Money] = {}
    for each in findings:
        if each.at_risk is not None and each.action in {Action.BLOCK, Action.QUARANTINE}:
            place = (each.at_risk.currency, each.rule)
            amount = Money(each.at_risk.amount, each.at_risk.currency)
            held[place] = held.get(place, Money.zero(amount.currency)) + amount
    return held
