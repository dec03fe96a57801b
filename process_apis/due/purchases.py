"""What falls due in buying: a month's work to be received, and held bills to be looked at."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

from governance.access import Caller, acting_as
from governance.lanes import Lane, in_lane
from process_apis.engine import Engine
from process_apis.events.event import Event
from process_apis.events.procurement import BillHoldLookedAt, ReceiptFallenDue
from process_apis.procure_to_pay.buying import Buying
from system_apis.canonical.procurement import BillStatus, OrderStatus, PurchaseOrder
from system_apis.errors import SystemFailure

BY = "process:purchases-due"
OPEN = {OrderStatus.SENT, OrderStatus.PARTIALLY_RECEIVED}
# For so long after a month hours of it may be approved late, or be corrected.
LATE_WEEKS = 13
_DAY = timedelta(days=1)


class PurchasesDue:
    """Starts what is due by the business clock, once a day; what is started twice is done once."""

    def __init__(
        self,
        engine: Engine,
        buying: Buying,
        entities: frozenset[str],
        clock: Callable[[], datetime],
    ) -> None:
        self._engine, self._buying, self._clock = engine, buying, clock
        self._looked_on: date | None = None
        self._identity = Caller(
            subject=BY,
            client_id=BY,
            scopes=frozenset({"system:procurement:read"}),
            entities=entities,
        )

    async def look(self) -> None:
        """Start the receipts of months that are over, and look at what holds bills back.

        A procurement system that is away is asked again at the next round.
        """
        today = self._clock().date()
        if today == self._looked_on or not self._buying.systems.procurements:
            return
        try:
            due = [*await self._receipts(today), *await self._holds(today)]
        except SystemFailure:
            return
        await self._engine.start_new(due, by=BY)
        self._looked_on = today

    async def _receipts(self, today: date) -> list[Event]:
        found, cursor = list[Event](), None
        with acting_as(self._identity), in_lane(Lane.SYNC):
            while True:
                procurement = self._buying.systems.procurement
                page = await procurement.purchase_orders(cursor=cursor)
                for order in page.items:
                    for start, end in _months(order, today):
                        found += _fallen_due(order, start, end, today)
                if page.next_cursor is None:
                    return found
                cursor = page.next_cursor

    async def _holds(self, today: date) -> list[Event]:
        posted = await self._buying.bills.listed(stages=[BillStatus.POSTED])
        return [
            BillHoldLookedAt(bill_case_id=each.id, on=today, legal_entity=each.legal_entity)
            for each in posted
            if each.holds
        ]


def _fallen_due(
    order: PurchaseOrder, start: date, end: date, today: date
) -> Iterator[ReceiptFallenDue]:
    """Yield the receipt of a month, and each week after it what was corrected or came late."""
    occasions = ["month"] if order.status in OPEN else []
    weeks, days = divmod((today - end).days, 7)
    if 0 < weeks <= LATE_WEEKS:
        occasions.append(f"late:{today - days * _DAY}")
    for occasion in occasions:
        yield ReceiptFallenDue(
            purchase_order_id=order.id,
            start=start,
            end=end,
            occasion=occasion,
            legal_entity=order.legal_entity,
        )


def _months(order: PurchaseOrder, today: date) -> Iterator[tuple[date, date]]:
    """Yield the months that are over in which somebody worked on an order that was sent."""
    lines = [each for each in order.lines if each.contractor and each.start]
    if order.status not in {*OPEN, OrderStatus.RECEIVED} or not lines:
        return
    first = min(each.start for each in lines if each.start).replace(day=1)
    last = max(each.end or today for each in lines)
    while first <= last:
        following = (first + 31 * _DAY).replace(day=1)
        if following > today:
            return
        yield first, following - _DAY
        first = following
