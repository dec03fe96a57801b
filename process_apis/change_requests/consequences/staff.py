"""Who works longer when a milestone moves, and who is then booked too much. Pure decisions."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from msgspec.structs import replace

from process_apis.change_requests.consequences.days import working_days
from process_apis.change_requests.consequences.facts import MilestoneFacts
from process_apis.change_requests.records import (
    Action,
    Consequence,
    Domain,
    Extension,
    OverAllocation,
)
from process_apis.change_requests.terms import ChangeTerms
from system_apis.canonical.team import Booking

_APPROVERS = ("resource_manager",)


def ending_with(facts: MilestoneFacts) -> list[Booking]:
    """Return the bookings of the project that end with the milestone.

    Where a booking does not name the milestone that it ends with, it ends with the one of its
    last day.
    """
    number, project = facts.milestone.number, facts.contract.project_number
    ours = [each for each in facts.bookings if each.project_number == project]
    return [
        each
        for each in ours
        if each.ends_with == number or (each.ends_with is None and each.end == facts.before)
    ]


def extensions(facts: MilestoneFacts) -> tuple[Extension, ...]:
    """Return the days that bookings go on for."""
    return tuple(
        Extension(
            employee=each.employee,
            role=each.role,
            legal_entity=each.legal_entity,
            percent=each.percent,
            start=each.end + timedelta(days=1),
            end=facts.after,
        )
        for each in _longer(facts)
    )


def over_allocated(facts: MilestoneFacts, terms: ChangeTerms) -> tuple[OverAllocation, ...]:
    """Return who would be booked for more than there is of them, day after day the same."""
    found: list[OverAllocation] = []
    longer = {each.id: replace(each, end=facts.after) for each in _longer(facts)}
    people = sorted({each.employee for each in longer.values()})
    for person in people:
        booked = [longer.get(each.id, each) for each in facts.bookings if each.employee == person]
        first = min(each.end for each in _longer(facts) if each.employee == person)
        days = working_days(facts.company, first, facts.after)
        for percent, run in groupby(days, key=lambda day: _booked(booked, day)):
            held = list(run)
            if percent > terms.fully_booked:
                found.append(
                    OverAllocation(employee=person, percent=percent, start=held[0], end=held[-1])
                )
    return tuple(found)


def staff(facts: MilestoneFacts, terms: ChangeTerms) -> Iterator[Consequence]:
    """Yield who works longer or is free earlier, who is booked too much, and who is away."""
    shorter = facts.after < facts.before
    for each in ending_with(facts) if shorter else _longer(facts):
        yield _of(
            each.employee,
            "BOOKING_ENDS_EARLIER" if shorter else "BOOKING_EXTENDED",
            f"{each.employee} works {each.percent:f} % until {facts.after}, not {each.end}",
            (each.end, facts.after),
        )
    for over in over_allocated(facts, terms):
        yield _of(
            over.employee,
            "OVER_ALLOCATED",
            f"{over.employee} would be booked for {over.percent:f} %",
            (over.start, over.end),
        )
    needed = {each.employee for each in _longer(facts)}
    for person, day in facts.away:
        if person in needed and facts.before < day <= facts.after:
            yield _of(person, "AWAY", f"{person} is away on {day}", (day, day))


def _longer(facts: MilestoneFacts) -> list[Booking]:
    return [each for each in ending_with(facts) if each.end < facts.after]


def _booked(bookings: Iterable[Booking], day: date) -> Decimal:
    return sum(
        (each.percent for each in bookings if each.start <= day <= each.end), start=Decimal(0)
    )


def _of(person: str, code: str, effect: str, days: tuple[date, date]) -> Consequence:
    return Consequence(
        domain=Domain.STAFF,
        code=code,
        effect=effect,
        action=Action.APPROVAL,
        approvers=_APPROVERS,
        reversible=True,
        subject=person,
        before=days[0],
        after=days[1],
    )
