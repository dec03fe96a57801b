"""When the firm's people, hours and expenses show in the PSA."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import msgspec

from system_apis.sandbox import firm as facts
from system_apis.sandbox.books import Fact
from system_apis.sandbox.exchange import whole
from system_apis.sandbox.psa.entry_check import accepted
from system_apis.sandbox.psa.foreseen import told_of_companies
from system_apis.sandbox.psa.records import (
    Assignment,
    CheckItem,
    Expense,
    Membership,
    Submission,
    Template,
    TimeEntry,
)
from system_apis.sandbox.rounding import base_unit

_PHASES = {
    "time_and_materials": ("Mobilize", "Deliver", "Hand over"),
    "fixed_fee": ("Mobilize", "Design", "Build", "Accept"),
    "retainer": ("Mobilize", "Advise"),
    "subscription": ("Mobilize", "Operate"),
}
_CHECKLIST = (
    CheckItem("Client kick-off", "project_manager"),
    CheckItem("System access", "project_manager", -3),
    CheckItem("NDA signed", "sales_operations", -5),
    CheckItem("Collaboration space", "project_manager", -3),
)
_METHODS = {"T&M": "time_and_materials"}


def arrivals(firm: facts.Firm, entities: frozenset[str]) -> Iterator[Fact]:
    """Yield everything that the PSA of these companies will come to know."""
    for count, (method, phases) in enumerate(_PHASES.items(), start=1):
        template = Template(
            id=str(count),
            code=f"TPL-{method.upper().replace('_', '-')}",
            version=1,
            billing_method=method,
            phases=phases,
            checklist=_CHECKLIST,
        )
        yield Fact(None, "project_template", template.id, msgspec.json.encode(template))
    for count, plan in enumerate(firm.project_templates, start=len(_PHASES) + 1):
        own = _own_template(plan, str(count))
        yield Fact(None, "project_template", own.id, msgspec.json.encode(own))
    yield from _people(firm, entities)
    yield from _hours(firm, entities)
    yield from _expenses(firm, entities)
    yield from told_of_companies(firm, entities)


def _own_template(plan: facts.ProjectTemplate, record: str) -> Template:
    """Return a plan of the firm's own."""
    return Template(
        id=record,
        code=plan.code,
        version=plan.version,
        billing_method=_METHODS.get(plan.billing_model, plan.billing_model.lower()),
        phases=plan.phases,
        checklist=tuple(
            CheckItem(each.name, each.owner, each.due_in_days, each.mandatory)
            for each in plan.checklist
        ),
    )


def _people(firm: facts.Firm, entities: frozenset[str]) -> Iterator[Fact]:
    listed = {each.role: each.rate for each in firm.list_rates}
    own = {each.id for each in firm.employees if each.legal_entity in entities}
    for count, person in enumerate(firm.employees, start=101):
        if person.id in own:
            record = _membership(person, str(count), firm.currency_of(person.legal_entity), listed)
            yield Fact(None, "account_membership", record.id, msgspec.json.encode(record))
    people = {each.id: each for each in firm.employees}
    for count, each in enumerate(firm.assignments, start=301):
        booked = people.get(each.employee)
        booking = Assignment(
            id=str(count),
            user_number=each.employee,
            workspace_number=each.project,
            percent=each.percent,
            hard=each.booking == "hard",
            start_date=each.start,
            end_date=each.end,
            ends_with=each.ends_with,
            role_name=booked.role if booked else "",
            legal_entity=booked.legal_entity if booked else "",
        )
        yield Fact(None, "assignment", booking.id, msgspec.json.encode(booking))
    for count, week in enumerate(firm.timesheets, start=501):
        if week.employee in own:
            yield from _week(week, str(count))


def _membership(
    person: facts.Employee, record: str, currency: str, listed: dict[str, Decimal]
) -> Membership:
    unit = base_unit(currency)
    price = listed.get(person.role)
    return Membership(
        id=record,
        user_number=person.id,
        full_name=person.name,
        role_name=person.role,
        legal_entity=person.legal_entity,
        currency=currency,
        currency_base_unit=unit,
        cost_rate_in_cents=person.cost_rate * unit,
        bill_rate_in_cents=price * unit if price is not None else None,
        department=person.business_unit,
    )


def _week(week: facts.Timesheet, record: str) -> Iterator[Fact]:
    owed = Submission(
        id=record,
        user_number=week.employee,
        start_date=week.week_start,
        status="missing",
        due_at=week.due_at,
    )
    begins = facts.start_of(week.week_start)
    yield Fact(begins, "timesheet_submission", record, msgspec.json.encode(owed))
    if week.submitted_at is not None:
        handed_in = msgspec.json.encode({"status": "submitted", "submitted_at": week.submitted_at})
        at = max(week.submitted_at, begins)
        yield Fact(at, "timesheet_submission", record, handed_in)


def _place(firm: facts.Firm) -> dict[str, str]:
    """Return the company of every project that a contract names."""
    return {each.project: each.legal_entity for each in firm.agreements}


def _hours(firm: facts.Firm, entities: frozenset[str]) -> Iterator[Fact]:
    people = {each.id: each for each in firm.employees}
    place = _place(firm)
    judged = [each for each in firm.bad_time_entries if each.rejected_at is not None]
    for count, row in enumerate([*firm.time_entries, *judged], start=1001):
        person = people[row.employee]
        if place.get(row.project, person.legal_entity) not in entities:
            continue
        entry = TimeEntry(
            id=str(count),
            user_number=row.employee,
            role_name=person.role,
            workspace_number=row.project,
            date_performed=row.work_date,
            time_in_minutes=row.hours * 60,
            billable=row.billable,
            approval="held" if row.rejected_at else "approved",
            reference=row.id,
        )
        day = facts.start_of(row.work_date)
        at = max(day, row.submitted_at) if row.submitted_at else day
        yield Fact(at, "time_entry", entry.id, msgspec.json.encode(entry))
        yield from _rejected(row.rejected_at, at, "time_entry", entry.id)


def _expenses(firm: facts.Firm, entities: frozenset[str]) -> Iterator[Fact]:
    people = {each.id: each for each in firm.employees}
    place = _place(firm)
    for count, row in enumerate(accepted(firm.expenses), start=2001):
        if place.get(row.project, people[row.employee].legal_entity) not in entities:
            continue
        unit = base_unit(row.currency)
        expense = Expense(
            id=str(count),
            user_number=row.employee,
            workspace_number=row.project,
            date=row.date,
            category=row.category,
            vendor=row.merchant,
            amount_in_cents=whole(row.amount * unit),
            currency=row.currency,
            currency_base_unit=unit,
            billable=row.billable,
            approval="held" if row.rejected_at else "approved",
            receipt_digest=row.receipt,
            reference=row.id,
            trip_from=row.trip.start if row.trip else None,
            trip_to=row.trip.end if row.trip else None,
        )
        at = facts.start_of(row.date)
        yield Fact(at, "expense", expense.id, msgspec.json.encode(expense))
        yield from _rejected(row.rejected_at, at, "expense", expense.id)


def _rejected(at: datetime | None, earliest: datetime, kind: str, record: str) -> Iterator[Fact]:
    if at is not None:
        yield Fact(max(at, earliest), kind, record, msgspec.json.encode({"approval": "rejected"}))
