"""What falls due: billing events on the morning of their planned date."""

from collections.abc import Callable
from datetime import UTC, datetime, time

from process_apis.engine import Engine
from process_apis.events.billing import BillingFallenDue
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import BillingEvent, EventStatus

FIRST_CHECK = time(8, tzinfo=UTC)  # domain handbook, 9
BY = "process:due-dates"


class DueDates:
    """Starts the first readiness check of each billing event when its day has come."""

    def __init__(
        self,
        engine: Engine,
        billing: BillingLedger,
        entities: frozenset[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._engine, self._billing = engine, billing
        self._entities, self._clock = entities, clock

    async def start_due(self) -> int:
        """Start the checks that are due and return how many were not started before."""
        now = self._clock()
        planned = await self._billing.events(
            entities=self._entities,
            statuses=[EventStatus.PLANNED],
            planned_until=now.date(),
        )
        due = [each for each in planned if datetime.combine(each.planned_date, FIRST_CHECK) <= now]
        events = [
            BillingFallenDue(
                billing_event_id=each.id,
                occasion=_occasion(each),
                legal_entity=each.legal_entity,
            )
            for each in due
        ]
        return await self._engine.start_new(events, by=BY)


def _occasion(event: BillingEvent) -> str:
    """Return what calls for a check: a day that an event was moved to calls for another one."""
    return "planned" if event.version == 1 else f"planned:v{event.version}"
