"""What the HR system will come to know of the firm's people, and when.

What the facts leave out is filled in as an HR system would have it: everybody came a year before
the firm's story begins, and nobody is their own address twice.
"""

from collections.abc import Iterator
from datetime import date
from re import sub

import msgspec

from system_apis.sandbox import firm as facts
from system_apis.sandbox.books import Fact
from system_apis.sandbox.hr.leave import requests
from system_apis.sandbox.hr.records import (
    NO_DATE,
    CompensationRow,
    EmployeeFile,
    Holiday,
    JobRow,
    Rate,
    SkillRow,
    WorkSchedule,
)

_WORK_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_FIRST_YEAR = 2020


def arrivals(firm: facts.Firm, entities: frozenset[str]) -> Iterator[Fact]:
    """Yield everything that the HR system of these companies will come to know."""
    for schedule in _schedules(firm, entities):
        yield Fact(None, "workSchedule", schedule.id, msgspec.json.encode(schedule))
    ids = {each.id: str(count) for count, each in enumerate(firm.employees, start=4001)}
    own = [each for each in firm.employees if each.legal_entity in entities]
    addresses: set[str] = set()
    for person in own:
        address = _address(firm, person, addresses)
        addresses.add(address)
        yield from _file(firm, person, ids, address)
    for person in own:
        yield from requests(firm, person, ids[person.id])


def _schedules(firm: facts.Firm, entities: frozenset[str]) -> Iterator[WorkSchedule]:
    for count, company in enumerate(firm.entities, start=1):
        if company.id in entities:
            yield WorkSchedule(
                id=f"WS{count}",
                division=company.id,
                hours_per_day=company.hours_per_day,
                work_days=_WORK_DAYS,
                holidays=tuple(
                    Holiday(day.isoformat(), "Public holiday")
                    for day in sorted(company.calendar_holidays)
                ),
            )


def _file(
    firm: facts.Firm, person: facts.Employee, ids: dict[str, str], address: str
) -> Iterator[Fact]:
    """Yield a person's file, and what becomes of it when they leave."""
    record, hired = ids[person.id], _hired(firm, person)
    company = next(each for each in firm.entities if each.id == person.legal_entity)
    first, _, last = person.name.partition(" ")
    opened = EmployeeFile(
        id=record,
        employee_number=person.id,
        first_name=first,
        last_name=last,
        display_name=person.name,
        work_email=address,
        hire_date=hired.isoformat(),
        division=person.legal_entity,
        department=person.business_unit,
        location=person.work_location or _city(company),
        job_title=person.role,
        supervisor_e_id=ids.get(person.manager or ""),
        employment_history_status=_employment(person),
        standard_hours_per_week=company.hours_per_day * len(_WORK_DAYS) * person.fte,
        custom_fte=person.fte,
        custom_billable_target=person.utilization_target,
        custom_vendor_number=person.vendor,
        job_info=(
            JobRow(f"{record}-J1", record, hired.isoformat(), person.role, person.legal_entity),
        ),
        compensation=_compensation(person, record, hired, company.currency),
        custom_skills=_skills(person, record),
    )
    yield Fact(None, "employee", record, msgspec.json.encode(opened))
    if person.termination_date is not None:
        left = {
            "status": "Inactive",
            "jobTitle": "Other",
            "terminationDate": person.termination_date.isoformat(),
        }
        moment = facts.end_of(person.termination_date)
        yield Fact(moment, "employee", record, msgspec.json.encode(left))


def _hired(firm: facts.Firm, person: facts.Employee) -> date:
    begins = firm.period.start.year if firm.period else _FIRST_YEAR
    return person.hire_date or date(begins - 1, 1, 1)


def _employment(person: facts.Employee) -> str:
    if person.employment_type == "contractor":
        return "Contractor"
    return "Full-Time" if person.fte >= 1 else "Part-Time"


def _compensation(
    person: facts.Employee, record: str, hired: date, currency: str
) -> tuple[CompensationRow, ...]:
    rates = person.cost_rates or (facts.CostRate(person.cost_rate, hired),)
    return tuple(
        CompensationRow(
            f"{record}-C{count}", record, each.since.isoformat(), Rate(each.amount, currency)
        )
        for count, each in enumerate(rates, start=1)
    )


def _skills(person: facts.Employee, record: str) -> tuple[SkillRow, ...]:
    return tuple(
        SkillRow(
            id=f"{record}-S{count}",
            employee_id=record,
            skill_code=each.code,
            skill_name=each.name or each.code,
            category=each.category,
            proficiency=each.level,
            last_used=_day(each.last_used),
            certified_until=_day(each.certified_until),
            evaluated_on=_day(each.evaluated_on),
        )
        for count, each in enumerate(person.skills, start=1)
    )


def _day(day: date | None) -> str:
    return day.isoformat() if day else NO_DATE


def _city(company: facts.Entity) -> str | None:
    """Return the city that a time zone is named after, if it is after one."""
    _, slash, city = company.tz.rpartition("/")
    return city.replace("_", " ") if slash else None


def _address(firm: facts.Firm, person: facts.Employee, taken: set[str]) -> str:
    """Return a person's address, by their number when the name gives none or is taken."""
    if person.work_email is not None:
        return person.work_email
    domain = f"{_slug(firm.name, '') or 'firm'}.example"
    named = f"{_slug(person.name, '.')}@{domain}"
    return f"{person.id.lower()}@{domain}" if named in taken or named[0] == "@" else named


def _slug(text: str, joint: str) -> str:
    return sub(r"[^a-z0-9]+", joint, text.lower()).strip(".")
