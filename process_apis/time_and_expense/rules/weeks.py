"""T17: weeks that nobody handed in, told from when they are late on."""

from collections.abc import Iterable
from datetime import datetime

from process_apis.time_and_expense.records import PolicyFinding, Severity
from process_apis.time_and_expense.rules.terms import TimeTerms
from process_apis.time_and_expense.rules.time import due_at
from system_apis.canonical.party import LegalEntity
from system_apis.canonical.time import Timesheet


def missing(
    weeks: Iterable[Timesheet], company: LegalEntity, now: datetime, terms: TimeTerms
) -> list[PolicyFinding]:
    """Return a finding for each week that is late and not handed in, the oldest first."""
    absent = sorted(
        (each.week_start, each.employee)
        for each in weeks
        if not each.submitted and due_at(each.week_start, company, terms) < now
    )
    return [
        PolicyFinding(
            code="T17",
            name="MISSING_TIMESHEET",
            severity=Severity.WARN,
            reason=f"{employee} has not handed in the week of {week}",
            remedy="hand the week in",
        )
        for week, employee in absent
    ]
