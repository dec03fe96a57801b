"""What the sandbox PSA tells of a whole company, in Kantata's words and in ours."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct

from system_apis.canonical.forecasts import ForecastGrain, HoursForecast
from system_apis.canonical.past_approvals import PastApproval
from system_apis.canonical.record import Source
from system_apis.canonical.time import Timesheet
from system_apis.connector import References, same_words, worded
from system_apis.psa.sandbox_hours import Submissions
from system_apis.psa.sandbox_records import Listing
from system_apis.psa.sandbox_wire import Wire

_GRAINS = same_words(ForecastGrain)
_MINUTES = Decimal(60)


class ForecastSnapshot(Struct, frozen=True):
    """Minutes of a person in a span of time, as they were foreseen at a moment."""

    id: str
    user_number: str
    legal_entity: str
    start_date: date
    end_date: date
    minutes: Decimal
    grain: str
    frozen_at: datetime

    def canonical(self, own: str, instance: str) -> HoursForecast:
        """Say the same in our words."""
        return HoursForecast(
            id=own,
            employee=self.user_number,
            legal_entity=self.legal_entity,
            start=self.start_date,
            end=self.end_date,
            hours=self.minutes / _MINUTES,
            grain=worded(_GRAINS, self.grain, field="grain", system=instance),
            frozen_at=self.frozen_at,
            source=Source("psa", instance, "hours_forecast", self.id, self.frozen_at),
        )


class ForecastSnapshots(Listing, frozen=True, kw_only=True):
    """A page of forecasts."""

    forecast_snapshots: dict[str, ForecastSnapshot]


class Resolution(Struct, frozen=True):
    """Something that was submitted for approval, and when it was resolved."""

    id: str
    reference: str
    subject_type: str | None
    legal_entity: str | None
    submitted_at: datetime
    resolved_at: datetime | None

    def canonical(self, own: str, instance: str) -> PastApproval:
        """Say the same in our words."""
        return PastApproval(
            id=own,
            number=self.reference,
            subject_type=self.subject_type,
            legal_entity=self.legal_entity,
            requested_at=self.submitted_at,
            decided_at=self.resolved_at,
            source=Source("psa", instance, "past_approval", self.id),
        )


class Resolutions(Listing, frozen=True, kw_only=True):
    """A page of what was resolved."""

    resolutions: dict[str, Resolution]


class Company:
    """What one PSA knows of the companies whose people it has."""

    def __init__(self, wire: Wire, references: References, instance: str) -> None:
        self._wire, self._references, self._instance = wire, references, instance

    async def weeks(self, legal_entity: str, start: date, end: date) -> list[Timesheet]:
        """Return the weeks that a company's people owe."""
        asked = window(legal_entity, start, end)
        pages = await self._wire.all("weeks", "/timesheet_submissions", asked, Submissions)
        found = [page.timesheet_submissions[each] for page in pages for each in page.ids]
        ids = await self._own("timesheet", pages)
        return [each.canonical(own) for each, own in zip(found, ids, strict=True)]

    async def forecasts(self, legal_entity: str, start: date, end: date) -> list[HoursForecast]:
        """Return every frozen forecast of a company's people."""
        asked = window(legal_entity, start, end)
        pages = await self._wire.all("forecasts", "/forecast_snapshots", asked, ForecastSnapshots)
        found = [page.forecast_snapshots[each] for page in pages for each in page.ids]
        ids = await self._own("hours_forecast", pages)
        return [each.canonical(own, self._instance) for each, own in zip(found, ids, strict=True)]

    async def past_approvals(self, start: date, end: date) -> list[PastApproval]:
        """Return what the PSA asked people to approve."""
        asked = {"from": start.isoformat(), "to": end.isoformat()}
        pages = await self._wire.all("past_approvals", "/resolutions", asked, Resolutions)
        found = [page.resolutions[each] for page in pages for each in page.ids]
        ids = await self._own("past_approval", pages)
        return [each.canonical(own, self._instance) for each, own in zip(found, ids, strict=True)]

    async def _own(self, record_type: str, pages: Sequence[Listing]) -> list[str]:
        records = [each for page in pages for each in page.ids]
        return await self._references.ids_of(record_type, records)


def window(legal_entity: str, start: date, end: date) -> dict[str, str]:
    """Return how a company's records of some days are asked for."""
    return {"legal_entity": legal_entity, "from": start.isoformat(), "to": end.isoformat()}
