"""The page of key figures: each with its meaning, its moment, and the records behind it."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, TypeVar

from msgspec import Struct

from experience_apis.executive.definitions import Definition
from experience_apis.executive.figures.forecast import ForecastAccuracy
from experience_apis.executive.figures.invoicing import OnTimeInvoicing
from experience_apis.executive.figures.latency import ApprovalLatency
from experience_apis.executive.figures.readiness import Readiness
from experience_apis.executive.figures.receivable_days import ReceivableDays
from experience_apis.executive.figures.set_up import SetUp
from experience_apis.executive.figures.timeliness import TimeEntryCompliance
from experience_apis.executive.figures.utilization import Utilization
from process_apis.read_models.views import ReadFrom
from process_apis.revenue.group import GroupFigures

F = TypeVar("F")


class Records(Struct, frozen=True, kw_only=True):
    """The records of one type that a figure was worked out from, by our ids.

    Of more than a thousand time entries, invoices, credit notes or payments, `ids` are the first,
    and `count` says how many they are.
    """

    record_type: str
    count: int
    ids: tuple[str, ...]


class KeyFigure(Struct, Generic[F], frozen=True, kw_only=True):
    """One key figure. It is None where nothing is recorded, or where it is not told by a part.

    `terms_version` is the edition of the firm's terms that it was worked out by.
    """

    definition: Definition
    terms_version: int
    as_of: datetime
    data_completeness: Decimal | None
    figure: F | None
    drill_down: tuple[Records, ...]


class KeyFigures(Struct, frozen=True, kw_only=True):
    """The key figures of some days, for the part of the firm that the caller sees and asks for.

    `data_completeness` is the share of the firm's systems that were read up in time; those that
    were not are `late_sources`.
    """

    start: date
    end: date
    as_of: datetime
    reporting_currency: str
    data_completeness: Decimal | None
    late_sources: tuple[str, ...]
    read_from: tuple[ReadFrom, ...]
    group: KeyFigure[GroupFigures]
    utilization: KeyFigure[Utilization]
    utilization_forecast: KeyFigure[ForecastAccuracy]
    dso: KeyFigure[ReceivableDays]
    readiness: KeyFigure[Readiness]
    on_time_invoicing: KeyFigure[OnTimeInvoicing]
    approval_latency_hours: KeyFigure[ApprovalLatency]
    time_entry_compliance: KeyFigure[TimeEntryCompliance]
    project_setup: KeyFigure[SetUp]


def records(record_type: str, ids: Iterable[str | None]) -> Records:
    """Return records behind a figure, each once, in the order of their ids."""
    known = tuple(sorted({each for each in ids if each is not None}))
    return Records(record_type=record_type, count=len(known), ids=known)


def first_of(record_type: str, ids: Iterable[str], count: int) -> Records:
    """Return so many records behind a figure, by the ids of the first of them."""
    return Records(record_type=record_type, count=count, ids=tuple(sorted(set(ids))))
