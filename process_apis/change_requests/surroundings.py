"""What hangs on a date: who is booked until it, who is away, what was ordered until it."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from msgspec import Struct

from process_apis.change_requests.consequences.facts import Ordered
from process_apis.pages import every
from process_apis.project_to_cash.invoicing.worked import COUNTED, standing
from process_apis.revenue.figures.exchange import Exchange
from system_apis.canonical.attendance import LONGEST_PERIOD
from system_apis.canonical.contracts import Contract, MilestoneTerms
from system_apis.canonical.fx import RateType
from system_apis.canonical.procurement import OrderLine, OrderStatus, PurchaseOrder
from system_apis.canonical.record import Page
from system_apis.canonical.team import Booking
from system_apis.canonical.time import TimeEntry
from system_apis.systems import Systems

_OVER = {OrderStatus.CLOSED, OrderStatus.CANCELLED}


class Surroundings(Struct, frozen=True):
    """Reads what is around a project."""

    systems: Systems
    exchange: Exchange

    async def bookings(self, contract: Contract, milestone: MilestoneTerms) -> tuple[Booking, ...]:
        """Return all bookings of those who are booked on the project until a milestone."""
        psa = self.systems.psa(contract.legal_entity, on=milestone.planned_date)
        number = contract.project_number
        ours = await every(lambda at: psa.bookings(project_number=number, cursor=at))
        people = {
            each.employee
            for each in ours
            if each.ends_with == milestone.number or each.end == milestone.planned_date
        }
        found: list[Booking] = []
        for person in sorted(people):

            async def booked(cursor: str | None, person: str = person) -> Page[Booking]:
                return await psa.bookings(employee_number=person, cursor=cursor)

            found += await every(booked)
        return tuple(found)

    async def away(
        self, contract: Contract, bookings: Iterable[Booking], days: tuple[date, date]
    ) -> tuple[tuple[str, date], ...]:
        """Return the days between two on which somebody who is booked is away."""
        start = min(days)
        end = min(max(days), start + LONGEST_PERIOD)
        people = {each.employee for each in bookings}
        if not self.systems.hrs or not people:
            return ()
        hr = self.systems.hr(contract.legal_entity, on=start)
        leave = await hr.time_off(legal_entity=contract.legal_entity, start=start, end=end)
        found = {
            (each.employee, off.date)
            for each in leave
            if each.employee in people
            for off in each.days
            if start <= off.date <= end
        }
        return tuple(sorted(found))

    async def orders(self, contract: Contract, *, on: date) -> tuple[Ordered, ...]:
        """Return the lines that are ordered for a project, with what was worked on each."""
        if not self.systems.procurements:
            return ()
        number, buying = contract.project_number, self.systems.procurement
        found = await every(lambda at: buying.purchase_orders(project_number=number, cursor=at))
        alive = [each for each in found if each.status not in _OVER]
        worked = standing(await self._worked(contract, on)) if alive else []
        return tuple(
            self._ordered(order, line, worked, on)
            for order in alive
            for line in order.lines
            if line.project_number == number
        )

    def _ordered(
        self, order: PurchaseOrder, line: OrderLine, entries: Iterable[TimeEntry], on: date
    ) -> Ordered:
        kind = RateType.MONTH_AVERAGE
        rate = self.exchange.rate(order.currency, self.exchange.reporting, kind, on)
        return Ordered(
            purchase_order_id=order.id,
            number=order.number,
            revision=order.revision,
            total=order.total,
            line=line,
            worked=sum(
                (each.hours for each in entries if _is_of(line, each)),
                start=Decimal(0),
            ),
            rate_of_currency=None if rate is None else rate.rate,
        )

    async def _worked(self, contract: Contract, on: date) -> list[TimeEntry]:
        psa = self.systems.psa(contract.legal_entity, on=on)
        start = contract.effective_from

        async def worked(cursor: str | None) -> Page[TimeEntry]:
            return await psa.time_entries(
                project_number=contract.project_number,
                start=start,
                end=max(on, start),
                cursor=cursor,
            )

        return [each for each in await every(worked) if each.status in COUNTED]


def _is_of(line: OrderLine, entry: TimeEntry) -> bool:
    """Whether hours were worked on a line: by its contractor, in its days."""
    if line.contractor is None or entry.employee != line.contractor:
        return False
    begun = line.start is None or line.start <= entry.work_date
    return begun and (line.end is None or entry.work_date <= line.end)
