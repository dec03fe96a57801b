"""Statements of a retainer's hours, which go with its invoice. Pure decisions."""

from decimal import Decimal

from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.invoicing.worked import DECIDED, standing
from process_apis.project_to_cash.records import BillingKind, HoursOfDay, HoursStatement
from system_apis.canonical.time import EntryStatus


def statement(facts: BillingFacts) -> HoursStatement | None:
    """Return who worked how long on which day, or None before all of it is decided.

    Only of a retainer: what else is billed needs none.
    """
    billable = [each for each in standing(facts.entries) if each.billable]
    if facts.event.kind is not BillingKind.RETAINER:
        return None
    if any(each.status not in DECIDED for each in billable):
        return None
    hours: dict[tuple[str, str], HoursOfDay] = {}
    for each in sorted(billable, key=lambda one: (one.work_date, one.employee)):
        if each.status is EntryStatus.REJECTED:
            continue
        day = (each.employee, each.work_date.isoformat())
        before = hours[day].hours if day in hours else Decimal(0)
        hours[day] = HoursOfDay(each.employee, each.work_date, before + each.hours)
    rows = tuple(hours.values())
    recurring = facts.contract.recurring
    return HoursStatement(
        rows=rows,
        total=sum((each.hours for each in rows), start=Decimal(0)),
        included=recurring.included_hours if recurring else None,
        carried=facts.carried_hours,
    )
