"""Which billing events are on the readiness board: those that wait, and what was settled lately."""

from datetime import date

from msgspec import Struct

from process_apis.project_to_cash.ledger.billing import BillingLedger
from process_apis.project_to_cash.records import BillingEvent
from system_apis.canonical.attendance import require_order

MONTHS_BACK = 2  # that of today is shown with as many before it: what may still be disputed


class Days(Struct, frozen=True):
    """The days that are asked for; an open end has none.

    Raises `WrongField` for days that end before they start.
    """

    start: date | None
    end: date | None

    def __post_init__(self) -> None:
        require_order(self.start, self.end)


def settled_since(today: date) -> date:
    """Return the first day of which the board shows what is settled, unless days are named."""
    months = 12 * today.year + today.month - 1 - MONTHS_BACK
    return date(months // 12, months % 12 + 1, 1)


async def on_board(
    billing: BillingLedger, entities: frozenset[str], days: Days, today: date
) -> list[BillingEvent]:
    """Return the events planned on some days, by their planned dates.

    Without days: what is still to be billed, however old, and what was settled lately.
    """
    if days.start or days.end:
        return await billing.events(
            entities=entities, planned_from=days.start, planned_until=days.end
        )
    # One question: what is settled meanwhile must be on the board once.
    return await billing.events(entities=entities, settled_from=settled_since(today))
