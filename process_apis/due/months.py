"""Months that are over: on the first working day after, revenue is drafted and costs accrued."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from process_apis.engagements import Engagements, EngagementStatus
from process_apis.engine import Engine
from process_apis.events.procurement import AccrualsFallenDue
from process_apis.events.revenue import MonthEnded
from process_apis.revenue.figures.standing import month_of
from system_apis.canonical.party import LegalEntity

BY = "process:months-ended"
_DAY = timedelta(days=1)
_SATURDAY = 6


class MonthsEnded:
    """Starts what a month's end brings, by each company's own calendar; each once.

    A firm that `buys` nothing through us has nothing to accrue.
    """

    def __init__(
        self,
        engine: Engine,
        engagements: Engagements,
        entities: Mapping[str, LegalEntity],
        clock: Callable[[], datetime],
        *,
        buys: bool,
    ) -> None:
        self._buys = buys
        self._engine, self._engagements = engine, engagements
        self._entities, self._clock = entities, clock
        self._looked: tuple[date, dict[str, str]] | None = None

    async def look(self) -> None:
        """Start what was not started yet, once a day all through the month after."""
        now = self._clock()
        over = {code: month_over(each, each.day_of(now)) for code, each in self._entities.items()}
        ended = {code: month for code, month in over.items() if month is not None}
        if self._looked == (now.date(), ended):
            return
        found = await self._engagements.listed(frozenset(ended))
        drafts = [
            MonthEnded(
                project_number=each.project_number,
                month=ended[each.legal_entity],
                legal_entity=each.legal_entity,
            )
            for each in found
            if each.status is EngagementStatus.ACTIVE
        ]
        accruals = [
            AccrualsFallenDue(month=month, legal_entity=code)
            for code, month in ended.items()
            if self._buys
        ]
        await self._engine.start_new([*drafts, *accruals], by=BY)
        self._looked = (now.date(), ended)


def month_over(company: LegalEntity, today: date) -> str | None:
    """Return the month before, from the first working day of a company after it on."""
    first = today.replace(day=1)
    before, day = first - _DAY, first
    while day.isoweekday() >= _SATURDAY or day in company.holidays:
        day += _DAY
    return month_of(before) if today >= day else None
