"""Bills that wait for a correction of the hours they bill: what holds them, and until when."""

from collections.abc import Sequence

from msgspec import Struct

from process_apis.project_to_cash.credits.ledger import CreditLedger
from process_apis.project_to_cash.held_bills import Freed
from process_apis.project_to_cash.readiness.blockers import HOURS_IN_QUESTION
from process_apis.project_to_cash.records import BillingEvent, SourceType
from process_apis.time_and_expense.records import EntryWish, HandedIn, RowStatus
from process_apis.time_and_expense.register import Register

BY = "process:time-and-expense"


class BilledHours(Struct, frozen=True):
    """Knows which corrections are about hours that an invoice bills."""

    credits: CreditLedger
    register: Register

    async def replaced(self, invoice_id: str) -> tuple[str, ...]:
        """Return the versions that took the place of an invoice's hours, or ask to."""
        billed = await self.credits.standing(invoice_id)
        hours = (each for each in billed if each.source_type is SourceType.TIME_ENTRY)
        return await self.register.replacing(each.source_number for each in hours)


class HeldByHours(Struct, frozen=True):
    """Knows which corrections held bills and were rejected: the hours stay as they are."""

    register: Register
    entities: frozenset[str]

    async def freed(self, blocked: Sequence[BillingEvent]) -> list[Freed]:
        """Return each rejection that frees one of some bills."""
        held = [each for each in blocked if _waits(each)]
        if not held:
            return []
        rejected = await self.register.listed(
            entities=self.entities,
            start=min(each.period_start for each in held),
            end=max(each.period_end for each in held),
            statuses=[RowStatus.REJECTED],
        )
        return [
            Freed(event, f"{row.id}:v{row.version}:{row.status}")
            for event in held
            for row in rejected
            if _is_of(row, event)
        ]


def _waits(event: BillingEvent) -> bool:
    return any(each.reason == HOURS_IN_QUESTION for each in event.blockers)


def _is_of(row: HandedIn, event: BillingEvent) -> bool:
    """Whether hours of a bill's project and period were to be struck out."""
    of_project = row.project_number == event.project_number
    in_period = event.period_start <= row.wish.day <= event.period_end
    return of_project and in_period and isinstance(row.wish, EntryWish) and row.wish.strikes_out
