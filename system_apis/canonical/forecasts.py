"""What was foreseen, kept as it was: hours of people, frozen before they were worked."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.record import Id, Source


class ForecastGrain(StrEnum):
    """How long the spans are that hours are foreseen for."""

    PERSON_WEEK = "person-week"
    PERSON_MONTH = "person-month"


class HoursForecast(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The billable hours of one person in a span of time, as foreseen when it was frozen."""

    id: Id
    employee: str
    legal_entity: str
    start: date
    end: date
    hours: Decimal
    grain: ForecastGrain
    frozen_at: datetime
    source: Source

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError("a span of time ends after it begins")
        if not self.hours.is_finite() or self.hours < 0:
            raise ValueError("nobody is foreseen to work less than nothing")
