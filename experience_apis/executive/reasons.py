"""Why a key figure is what it is: its formula, what goes into it, and the records behind it.

Pure. Who may not see personal figures is told none about fewer than five people, as on the page.
"""

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, TypeVar  # Any: a key figure of any kind

from msgspec import UnsetType

from experience_apis.executive.figures.people import FEWEST
from experience_apis.executive.page import KeyFigure, KeyFigures
from process_apis.explanations.tree import Part, facts
from system_apis.canonical.money import Money


class FigureName(StrEnum):
    """A key figure, as the page calls it."""

    UTILIZATION = "utilization"
    UTILIZATION_FORECAST = "utilization_forecast"
    DSO = "dso"
    READINESS = "readiness"
    ON_TIME_INVOICING = "on_time_invoicing"
    APPROVAL_LATENCY_HOURS = "approval_latency_hours"
    TIME_ENTRY_COMPLIANCE = "time_entry_compliance"
    PROJECT_SETUP = "project_setup"


class OfPeople(Protocol):
    """A figure about some people, which says of how few of them it tells."""

    @property
    def tells_of(self) -> int:
        """Of how few people it tells."""


P = TypeVar("P", bound=OfPeople)
Amount = Decimal | int | None


def why_figure(page: KeyFigures, name: FigureName, *, personal: bool) -> Part:
    """Return why a key figure of a page is what it is, for who may see personal ones or not."""
    figure: KeyFigure[Any] = getattr(page, name)
    value, reasons = (
        (None, ()) if figure.figure is None else _REASONS[name](figure.figure, personal)
    )
    meaning = figure.definition
    return Part(
        what=f"{name.replace('_', ' ')}, {page.start} to {page.end}",
        quantity=value,
        facts=facts(
            unit=meaning.unit,
            formula=meaning.formula,
            definition_version=meaning.version,
            terms_version=figure.terms_version,
            as_of=figure.as_of.isoformat(),
            data_completeness=figure.data_completeness,
            late_systems=", ".join(page.late_sources) or None,
        ),
        because=(
            *reasons,
            *(
                Part(
                    what=f"{each.record_type} records",
                    quantity=Decimal(each.count),
                    facts=facts(ids=" ".join(each.ids)),
                )
                for each in figure.drill_down
            ),
        ),
    )


Reasons = tuple[Decimal | None, tuple[Part, ...]]


def _number(what: str, value: Amount, parts: Iterable[Part] = ()) -> Part:
    quantity = None if value is None else Decimal(value)
    return Part(what=what, quantity=quantity, parts=tuple(parts))


def _shown(figure: P | UnsetType, personal: bool) -> P | None:
    """Return a figure that may be told, None for one that tells of too few people."""
    if isinstance(figure, UnsetType) or (not personal and figure.tells_of < int(FEWEST)):
        return None
    return figure


def _by(
    figures: Mapping[str, P | UnsetType], of: Callable[[P], Amount], personal: bool
) -> tuple[Part, ...]:
    """Return what each part of the firm adds; nothing when one of them may not be told."""
    shown = {key: _shown(each, personal) for key, each in figures.items()}
    if any(each is None for each in shown.values()):
        return ()
    return tuple(_number(f"of {key}", of(each)) for key, each in shown.items() if each is not None)


def _utilization(figure: Any, personal: bool) -> Reasons:
    firm = _shown(figure.firm, personal)
    if firm is None:
        return None, ()
    parts = {each.key: each.utilized for each in figure.by_entity}

    def split(name: str) -> tuple[Part, ...]:
        if personal and not isinstance(figure.by_employee, UnsetType):
            people = figure.by_employee
            return tuple(_number(f"of {each.employee}", getattr(each, name)) for each in people)
        return _by(parts, lambda each: getattr(each, name), personal)

    return firm.utilization, (
        _number("billable hours", firm.billable_hours, split("billable_hours")),
        _number("available hours", firm.available_hours, split("available_hours")),
        _number("people", firm.people),
    )


def _forecast(figure: Any, personal: bool) -> Reasons:
    firm = _shown(figure.firm, personal)
    if firm is None:
        return None, ()
    return firm.accuracy, (
        _number("hours apart, person by person", firm.absolute_error),
        _number("hours worked", firm.actual_hours),
        _number("hours foreseen", firm.forecast_hours),
    )


def _dso(figure: Any, _: bool) -> Reasons:
    return figure.dso, (
        Part(
            what="open receivables, in the reporting currency",
            amount=figure.receivables_reporting,
            because=_currencies(figure.open_receivables),
        ),
        Part(
            what="billings, in the reporting currency",
            amount=figure.billings_reporting,
            because=_currencies(figure.billings_gross),
        ),
        _number("days", figure.days),
    )


def _currencies(amounts: Iterable[Money]) -> tuple[Part, ...]:
    return tuple(Part(what=f"in {each.currency}", amount=each) for each in amounts)


def _readiness(figure: Any, _: bool) -> Reasons:
    held = figure.events_due - figure.ready_at_first_check
    return figure.rate, (
        _number(
            "billing events due",
            figure.events_due,
            (
                _number("ready when first looked at", figure.ready_at_first_check),
                _number("held back", held),
            ),
        ),
        *(
            Part(
                what=f"{each.code} {each.reason}",
                quantity=Decimal(each.events),
                facts=facts(share=each.share),
            )
            for each in figure.pareto
        ),
        *(
            Part(
                what=f"held back of {each.project_number}",
                facts=facts(by=", ".join(f"{one.code} {one.reason}" for one in each.blockers)),
            )
            for each in figure.blockers
        ),
    )


def _on_time(figure: Any, _: bool) -> Reasons:
    parts = (
        _number("posted in time", figure.posted_on_time),
        _number("posted late", figure.posted_late),
        _number("not posted, and late", figure.not_posted),
        _number("not posted, and still in time", figure.still_in_time),
    )
    return figure.rate, (_number("billing events due", figure.events_due, parts),)


def _latency(figure: Any, _: bool) -> Reasons:
    whole = figure.all
    parts = tuple(_number(f"by {each.key}", each.latency.answered) for each in figure.by_source)
    return whole.median, (
        _number("answered", whole.answered, parts),
        _number("open", whole.open),
        _number("overdue", whole.overdue),
        _number("hours that an answer may take", figure.limit_hours),
    )


def _compliance(figure: Any, personal: bool) -> Reasons:
    firm = _shown(figure.firm, personal)
    if firm is None:
        return None, ()
    parts = (
        _number("handed in in time", firm.on_time),
        _number("handed in late", firm.late),
        _number("missing", firm.missing),
    )
    return firm.on_time_rate, (_number("weeks owed", firm.expected, parts),)


def _set_up(figure: Any, _: bool) -> Reasons:
    return figure.median_hours, (
        _number("projects opened", figure.opened),
        _number("projects still open", figure.still_open),
        _number(
            "seconds in all",
            figure.machine_seconds + figure.human_seconds,
            (
                _number("seconds of the machine", figure.machine_seconds),
                _number("seconds of people", figure.human_seconds),
            ),
        ),
        *(Part(what=f"project {each.project_number}") for each in figure.projects),
    )


_REASONS: Mapping[FigureName, Callable[[Any, bool], Reasons]] = {
    FigureName.UTILIZATION: _utilization,
    FigureName.UTILIZATION_FORECAST: _forecast,
    FigureName.DSO: _dso,
    FigureName.READINESS: _readiness,
    FigureName.ON_TIME_INVOICING: _on_time,
    FigureName.APPROVAL_LATENCY_HOURS: _latency,
    FigureName.TIME_ENTRY_COMPLIANCE: _compliance,
    FigureName.PROJECT_SETUP: _set_up,
}
