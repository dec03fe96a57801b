"""The chapter of those who lead the firm: the month's key figures, in the shape of the results.

They are read once the month is over, as they stood at its end.
"""

from decimal import Decimal
from typing import TypeVar

from msgspec import UNSET, UnsetType

from experience_apis.executive.figures.forecast import Foreseen
from experience_apis.executive.figures.latency import ApprovalLatency, Latency
from experience_apis.executive.figures.readiness import Readiness
from experience_apis.executive.figures.receivable_days import ReceivableDays
from experience_apis.executive.figures.timeliness import Compliance
from experience_apis.executive.figures.utilization import Utilization
from experience_apis.executive.of_work import OURS
from experience_apis.executive.page import KeyFigures
from gateway.demo.comparison import Figure
from gateway.demo.month_end import group_figures
from gateway.demo.visitor import Unexpected, Visitor
from gateway.firm import Period
from process_apis.project_to_cash.records import Blocker

T = TypeVar("T")
ADDRESS = "/experience/executive/v1/kpis"


async def key_figures(visitor: Visitor, who: str, month: Period) -> dict[str, Figure]:
    """Return the key figures that the gateway tells of a month; what is not recorded is absent."""
    path = f"{ADDRESS}?start={month.start}&end={month.end}"
    told = await visitor.get(who, path, KeyFigures)
    found: dict[str, Figure] = {}
    if told.group.figure:
        found["group"] = group_figures(told.group.figure)
    if told.utilization.figure:
        found["utilization"] = _utilization(told.utilization.figure)
    if told.utilization_forecast.figure:
        found["utilization_forecast"] = _forecast(_shown(told.utilization_forecast.figure.firm))
    if told.dso.figure:
        found["dso"] = _dso(told.dso.figure)
    if told.readiness.figure:
        found["readiness"] = _readiness(told.readiness.figure)
    before = _before_us(told.approval_latency_hours.figure)
    if before:
        found["approval_latency_hours"] = _latency(before)
    if told.time_entry_compliance.figure:
        found["time_entry_compliance"] = _compliance(_shown(told.time_entry_compliance.figure.firm))
    return found


def _utilization(told: Utilization) -> dict[str, Figure]:
    firm = _shown(told.firm)
    if told.by_employee is UNSET:
        raise Unexpected(f"{ADDRESS}: the figures of each person are not shown")
    return {
        "billable_hours": str(firm.billable_hours),
        "available_hours": str(firm.available_hours),
        "firm": _said(firm.utilization),
        "target_hours": str(firm.target_hours),
        "target": _said(firm.target),
        "by_entity": {
            each.key: _said(_shown(each.utilized).utilization) for each in told.by_entity
        },
        "by_employee": {
            each.employee: {
                "billable": str(each.billable_hours),
                "available": str(each.available_hours),
                "utilization": _said(each.utilization),
            }
            for each in told.by_employee
        },
    }


def _forecast(told: Foreseen) -> dict[str, Figure]:
    return {
        "forecast_hours": str(told.forecast_hours),
        "absolute_error": str(told.absolute_error),
        "wape": _said(told.wape),
        "accuracy": _said(told.accuracy),
        "bias": _said(told.bias),
        "variance_pp": _said(told.variance_pp),
    }


def _dso(told: ReceivableDays) -> dict[str, Figure]:
    owed, sold = told.receivables_reporting, told.billings_reporting
    return {
        "open_receivables": {each.currency: each.amount for each in told.open_receivables},
        "billings_gross": {each.currency: each.amount for each in told.billings_gross},
        "receivables_reporting": owed.amount if owed else None,
        "billings_reporting": sold.amount if sold else None,
        "days": told.days,
        "dso": _said(told.dso),
        "by_entity": {each.legal_entity: _said(each.dso) for each in told.by_entity},
    }


def _readiness(told: Readiness) -> dict[str, Figure]:
    return {
        "events_due": told.events_due,
        "ready_at_first_check": told.ready_at_first_check,
        "rate": _said(told.rate),
        "blockers": {
            each.project_number: [_blocker(one) for one in each.blockers] for each in told.blockers
        },
    }


def _blocker(blocker: Blocker) -> dict[str, Figure]:
    told: dict[str, Figure] = {"code": blocker.code, "reason": blocker.reason}
    if blocker.amount_at_risk:
        told["amount_at_risk"] = blocker.amount_at_risk.amount
    return told


def _before_us(told: ApprovalLatency | None) -> Latency | None:
    """Return how fast people answered what another system of the firm asked them, if one tells it.

    What they are asked while the story is played they answer at once.
    """
    parts = told.by_source if told else ()
    return next((each.latency for each in parts if each.key != OURS), None)


def _latency(told: Latency) -> dict[str, Figure]:
    return {
        "median": _said(told.median),
        "p90_nearest_rank": _said(told.p90_nearest_rank),
        "mean": _said(told.mean),
        "within_24h": _said(told.within),
    }


def _compliance(told: Compliance) -> dict[str, Figure]:
    return {
        "expected": told.expected,
        "on_time": told.on_time,
        "late": told.late,
        "missing": told.missing,
        "on_time_rate": _said(told.on_time_rate),
        "submitted_rate": _said(told.submitted_rate),
    }


def _shown(figure: T | UnsetType) -> T:
    """Return a figure that the reader may see, or raise `Unexpected`."""
    if isinstance(figure, UnsetType):
        raise Unexpected(f"{ADDRESS}: a figure about few people is not shown")
    return figure


def _said(value: Decimal | None) -> str | None:
    return None if value is None else str(value)
