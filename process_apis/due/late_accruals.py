"""Receipts and bills that come after a month was accrued: the difference, while it is open."""

from collections.abc import Mapping

from process_apis.commands import Commands, CommandStatus
from process_apis.due.months import month_over
from process_apis.engine import Engine
from process_apis.events.procurement import AccrualsFallenDue, AccrualsLookedAt
from process_apis.revenue.books.periods import Periods
from process_apis.revenue.records import PeriodStatus
from system_apis.canonical.party import LegalEntity

BY = "process:late-accruals"
_ENDED = {CommandStatus.DONE, CommandStatus.CANCELLED}


class LateAccruals:
    """Has each company looked at once a day, all through the month after, however often it starts.

    A closed month is left as it is. What comes later still is in the next month's accrual, as
    long as no bill asks for it. A firm that `buys` nothing through us has nothing to accrue.
    """

    def __init__(
        self,
        engine: Engine,
        commands: Commands,
        periods: Periods,
        companies: Mapping[str, LegalEntity],
        *,
        buys: bool,
    ) -> None:
        self._engine, self._commands = engine, commands
        self._periods, self._companies = periods, companies
        self._buys = buys

    async def look(self) -> None:
        """Start the day's look at every month that was accrued and is open."""
        if not self._buys:
            return
        now = self._periods.clock()
        today = {code: each.day_of(now) for code, each in self._companies.items()}
        over = {code: month_over(self._companies[code], day) for code, day in today.items()}
        looks = [
            AccrualsLookedAt(month=month, on=today[code], legal_entity=code)
            for code, month in over.items()
            if month is not None
        ]
        new = {each.business_key for each in await self._commands.new_among(looks)}
        due = [each for each in looks if each.business_key in new and await self._may_lack(each)]
        await self._engine.start_new(due, by=BY)

    async def _may_lack(self, look: AccrualsLookedAt) -> bool:
        """Whether a month was accrued, and is open."""
        first = AccrualsFallenDue(month=look.month, legal_entity=look.legal_entity)
        begun = await self._commands.find(first.business_key)
        if begun is None or begun.status not in _ENDED:
            return False
        period = await self._periods.get(look.legal_entity or "", look.month)
        return period.status is not PeriodStatus.CLOSED
