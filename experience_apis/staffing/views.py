"""What resource managers are shown: weeks of roles and of the firm, put together."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from msgspec import Struct

from process_apis.resource_to_revenue.records import (
    ForecastRow,
    OverAllocated,
    Replan,
    WeekOfPerson,
    WeekOfRole,
)
from system_apis.canonical.team import StaffingRequest


class RequestList(Struct, frozen=True):
    """What a page of the caller's projects ask for, the oldest project's first."""

    items: list[StaffingRequest]
    next_cursor: str | None = None


class RoleWeek(Struct, frozen=True, kw_only=True):
    """What a role is needed and free for in a week, in a company."""

    legal_entity: str
    role: str
    week: date
    needed: Decimal
    free: Decimal
    short: Decimal


class CapacityView(Struct, frozen=True, kw_only=True):
    """What people can still take on by week, what is needed, and how they meet by role."""

    people: list[WeekOfPerson]
    demand: list[WeekOfRole]
    roles: list[RoleWeek]


class OverAllocationList(Struct, frozen=True):
    """Who is booked for more than there is of them."""

    items: list[OverAllocated]


class ForecastList(Struct, frozen=True):
    """Forecasts as they were frozen, the newest last."""

    items: list[ForecastRow]


class ReplanList(Struct, frozen=True):
    """What is to be planned again, oldest first."""

    items: list[Replan]
    next_cursor: str | None = None


def by_role(people: Iterable[WeekOfPerson], demand: Iterable[WeekOfRole]) -> list[RoleWeek]:
    """Return what each role lacks or has to spare, week by week."""
    needed: dict[tuple[str, str, date], Decimal] = {}
    free: dict[tuple[str, str, date], Decimal] = {}
    nothing = Decimal(0)
    for each in demand:
        key = (each.legal_entity, each.role, each.week)
        needed[key] = needed.get(key, nothing) + each.hours
    for person in people:
        key = (person.legal_entity, person.role, person.week)
        free[key] = free.get(key, nothing) + person.free
    return [
        RoleWeek(
            legal_entity=entity,
            role=role,
            week=week,
            needed=needed.get((entity, role, week), nothing),
            free=free.get((entity, role, week), nothing),
            short=max(
                needed.get((entity, role, week), nothing) - free.get((entity, role, week), nothing),
                nothing,
            ),
        )
        for entity, role, week in sorted({*needed, *free})
    ]
