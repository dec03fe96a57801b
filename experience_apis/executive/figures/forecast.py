"""How well hours were foreseen: a frozen forecast held against what was worked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated

from msgspec import Struct, UnsetType

from experience_apis.executive.figures.measures import hundredths, share
from experience_apis.executive.figures.people import OF_MANY, Capacity, tells_of
from experience_apis.executive.terms import KeyFigureTerms
from system_apis.canonical.forecasts import ForecastGrain, HoursForecast


class Foreseen(Struct, frozen=True, kw_only=True):
    """The hours that were foreseen and worked, and how far apart they are.

    `bias` is above nothing where more was foreseen than worked; `variance_pp` is by how many
    points of a hundred the utilization was above the foreseen one.
    """

    people: int
    tells_of: int
    grain: ForecastGrain | None
    frozen_at: datetime | None
    forecast_hours: Decimal
    actual_hours: Decimal
    absolute_error: Decimal
    wape: Decimal | None
    accuracy: Decimal | None
    bias: Decimal | None
    variance_pp: Decimal | None


class ForecastAccuracy(Struct, frozen=True, kw_only=True):
    """How well the billable hours of the firm's people were foreseen."""

    firm: Annotated[Foreseen | UnsetType, OF_MANY]


class Span(Struct, frozen=True, order=True):
    """What a forecast is about: one person in one span of time."""

    employee: str
    start: str
    end: str


def frozen_before(forecasts: Iterable[HoursForecast], terms: KeyFigureTerms) -> list[HoursForecast]:
    """Return for each person and span the newest forecast that was frozen early enough."""
    chosen: dict[Span, HoursForecast] = {}
    for each in sorted(forecasts, key=lambda one: (one.frozen_at, one.id)):
        week = each.grain is ForecastGrain.PERSON_WEEK
        lead = terms.weekly_forecast_lead_days if week else terms.monthly_forecast_lead_days
        begins = datetime.combine(each.start, time(), UTC)
        if each.frozen_at <= begins - timedelta(days=lead):
            chosen[_span(each)] = each
    return list(chosen.values())


def finest(forecasts: Sequence[HoursForecast]) -> Sequence[HoursForecast]:
    """Return the forecasts of weeks where there are any, so that no hour is foreseen twice."""
    weeks = [each for each in forecasts if each.grain is ForecastGrain.PERSON_WEEK]
    return weeks or forecasts


def accuracy(
    people: Sequence[Capacity],
    forecasts: Sequence[HoursForecast],
    actual: Mapping[Span, Decimal],
    whole: int,
) -> ForecastAccuracy | None:
    """Return the figure, or None where nothing was foreseen.

    `actual` has what was worked in each span that was foreseen for anybody, by each person:
    hours that nobody foresaw are an error too, and so is a forecast of somebody who did not work.
    """
    own = {each.number: each for each in people if each.is_own}
    rows = {_span(each): each.hours for each in forecasts if each.employee in own}
    if not rows:
        return None
    worked = {span: hours for span, hours in actual.items() if span.employee in own}
    foreseen = sum(rows.values(), start=Decimal(0))
    done = sum(worked.values(), start=Decimal(0))
    nothing = Decimal(0)
    apart = sum(
        (abs(rows.get(each, nothing) - worked.get(each, nothing)) for each in {*rows, *worked}),
        start=nothing,
    )
    wape, available = share(apart, done), sum((each.available for each in own.values()), nothing)
    first = next(iter(forecasts))
    return ForecastAccuracy(
        firm=Foreseen(
            people=len(own),
            tells_of=tells_of(len(own), whole),
            grain=first.grain,
            frozen_at=max(each.frozen_at for each in forecasts),
            forecast_hours=hundredths(foreseen),
            actual_hours=hundredths(done),
            absolute_error=hundredths(apart),
            wape=wape,
            accuracy=None if wape is None else share(done - apart, done),
            bias=share(foreseen - done, done),
            variance_pp=hundredths((done - foreseen) / available * 100) if available else None,
        )
    )


def _span(forecast: HoursForecast) -> Span:
    return Span(forecast.employee, str(forecast.start), str(forecast.end))
