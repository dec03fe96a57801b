"""What falls due in staffing: once a week, each company's weeks to come are frozen as foreseen."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

from governance.editions import Editions
from process_apis.engine import Engine
from process_apis.events.staffing import ForecastFallenDue
from process_apis.resource_to_revenue.terms import StaffingTerms
from system_apis.systems import SystemKind, Systems

BY = "process:staffing-due"


class StaffingDue:
    """Starts what is due by the business clock, once a day; what is started twice is done once."""

    def __init__(
        self,
        engine: Engine,
        systems: Systems,
        entities: Iterable[str],
        terms: Editions[StaffingTerms],
        clock: Callable[[], datetime],
    ) -> None:
        self._engine, self._systems = engine, systems
        self._entities, self._terms, self._clock = sorted(entities), terms, clock
        self._looked_on: date | None = None

    async def look(self) -> None:
        """Have the forecasts of this week frozen, from its day on until its end.

        A week that went by unseen is not frozen afterwards: nothing would be foreseen by then.
        """
        today = self._clock().date()
        if today == self._looked_on:
            return
        day = forecast_day(today, self._terms.on(today).terms.freeze_weekday)
        if day is not None:
            due = [
                ForecastFallenDue(frozen_on=day, legal_entity=each)
                for each in self._entities
                if self._systems.serves(SystemKind.HR, each, on=day)
            ]
            await self._engine.start_new(due, by=BY)
        self._looked_on = today


def forecast_day(today: date, weekday: int) -> date | None:
    """Return the day of this week on which forecasts are frozen, once it has come."""
    ahead = today.isoweekday() - weekday
    return today - timedelta(days=ahead) if ahead >= 0 else None
