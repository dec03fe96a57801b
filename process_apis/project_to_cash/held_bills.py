"""Bills that something holds are looked at again once that has ended; no system tells of it."""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from msgspec import Struct

from process_apis.engine import Engine
from process_apis.events.billing import BillingFallenDue
from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import BillingEvent, EventStatus


class Freed(Struct, frozen=True):
    """A blocked bill, and the end of something that held it: each end calls for one check."""

    event: BillingEvent
    end: str


# Returns what has ended by now of what holds some blocked bills.
FreedOf = Callable[[Sequence[BillingEvent]], Awaitable[Iterable[Freed]]]


class HeldBills(Struct, frozen=True):
    """Starts another readiness check of whatever nothing of one kind holds any more."""

    engine: Engine
    billing: BillingLedger
    entities: frozenset[str]
    freed_of: FreedOf
    by: str

    async def look(self) -> None:
        """Start the checks; one for each end."""
        blocked = await self.billing.events(entities=self.entities, statuses=[EventStatus.BLOCKED])
        checks = [
            BillingFallenDue(
                billing_event_id=each.event.id,
                occasion=each.end,
                legal_entity=each.event.legal_entity,
            )
            for each in await self.freed_of(blocked)
        ]
        await self.engine.start_new(checks, by=self.by)
