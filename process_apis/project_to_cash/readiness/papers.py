"""Readiness: what an invoice waits for on paper: changes, and backup documents.

Codes follow the domain handbook, section 3(d). Pure functions of facts. A retainer's statement
of hours (B17) never keeps its invoice: Strata drafts it, see `hours_statements.py`.
"""

from collections.abc import Iterator

from process_apis.project_to_cash.invoicing.billing_facts import BillingFacts
from process_apis.project_to_cash.records import Blocker
from system_apis.canonical.contracts import Backup
from system_apis.canonical.quality.expense import ExpenseFacts, receipt_missing
from system_apis.canonical.time import EntryStatus


def pending_change(facts: BillingFacts) -> Iterator[Blocker]:
    """A milestone that is about to change is not billed as it was."""
    milestone = facts.event.milestone
    if milestone is None:
        return
    waiting = [e.number for e in facts.changes if e.is_pending and e.concerns(milestone)]
    if waiting:
        yield Blocker(
            code="B15",
            reason="CHANGE_REQUEST_PENDING",
            owner="project_manager",
            remedy=f"have {', '.join(waiting)} applied, rejected or withdrawn",
        )


def backup(facts: BillingFacts) -> Iterator[Blocker]:
    """What a client wants to see with its invoice must be there."""
    wanted = facts.contract.invoicing.backup if facts.event.bills_work else ()
    missing = []
    if Backup.RECEIPTS in wanted:
        billable = [each for each in facts.expenses if each.billable]
        missing += [
            f"the receipt of {each.number}"
            for each in billable
            if receipt_missing(ExpenseFacts(expense=each))
            and each.status is not EntryStatus.REJECTED
        ]
    if Backup.TIMESHEETS in wanted:
        missing += [
            f"the timesheet of {each.employee} of {each.week_start}"
            for each in facts.timesheets
            if not each.submitted
        ]
    if missing:
        yield Blocker(
            code="B19",
            reason="BACKUP_MISSING",
            owner="project_manager",
            remedy=f"have these filed: {', '.join(missing)}",
        )
