"""Receipts and bills that come after a month was accrued: the difference, while it is open."""

from collections.abc import Mapping
from datetime import date

from governance.access import Caller, acting_as
from governance.lanes import Lane, in_lane
from process_apis.commands import Commands, CommandStatus
from process_apis.engine import Engine
from process_apis.months_ended import month_over
from process_apis.procure_to_pay.buying import Buying
from process_apis.procurement_events import AccrualsFallenDue
from process_apis.revenue.books.periods import Periods
from process_apis.revenue.records import PeriodStatus
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.revenue import Month
from system_apis.errors import SystemFailure

BY = "process:late-accruals"
_ENDED = {CommandStatus.DONE, CommandStatus.CANCELLED}


class LateAccruals:
    """Looks once a day, all through the month after; a closed month is left as it is.

    What comes later still is in the next month's accrual, as long as no bill asks for it.
    """

    def __init__(
        self,
        engine: Engine,
        commands: Commands,
        buying: Buying,
        periods: Periods,
        companies: Mapping[str, LegalEntity],
    ) -> None:
        self._engine, self._commands, self._buying = engine, commands, buying
        self._periods, self._companies = periods, companies
        self._looked_on: date | None = None
        self._identity = Caller(
            subject=BY,
            client_id=BY,
            scopes=frozenset({"system:procurement:read"}),
            entities=frozenset(companies),
        )

    async def look(self) -> None:
        """Start what is to be accrued beside what was; a system that is away is asked again."""
        now = self._periods.clock()
        if self._looked_on == now.date() or not self._buying.systems.procurements:
            return
        over = {code: month_over(each, each.day_of(now)) for code, each in self._companies.items()}
        try:
            found = [await self._late(code, month) for code, month in over.items() if month]
        except SystemFailure:
            return
        await self._engine.start_new([each for each in found if each is not None], by=BY)
        self._looked_on = now.date()

    async def _late(self, legal_entity: str, month: Month) -> AccrualsFallenDue | None:
        """Return what is started when a month that was accrued, and is open, is right no more."""
        first = AccrualsFallenDue(month=month, legal_entity=legal_entity)
        begun = await self._commands.find(first.business_key)
        period = await self._periods.get(legal_entity, month)
        if begun is None or begun.status not in _ENDED or period.status is PeriodStatus.CLOSED:
            return None
        with acting_as(self._identity), in_lane(Lane.SYNC):
            occasion = await self._buying.told_late(legal_entity, month)
        if not occasion:
            return None
        return AccrualsFallenDue(month=month, occasion=occasion, legal_entity=legal_entity)
