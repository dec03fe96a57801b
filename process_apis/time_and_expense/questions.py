"""What approvers are asked about time and expenses, and who stands in for them."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from msgspec import Struct

from governance.editions import Editions
from process_apis.approvals.decisions import Approvals
from process_apis.approvals.requests import ApprovalRequest, approval_id
from process_apis.events.time_and_expense import WorkApproved, WorkRejected
from process_apis.time_and_expense.delegations import Delegations
from process_apis.time_and_expense.directory import Directory
from process_apis.time_and_expense.records import EntryWish, HandedIn
from process_apis.time_and_expense.register import Register
from process_apis.time_and_expense.rules import escalation, routing
from process_apis.time_and_expense.rules.terms import TimeAndExpenseTerms
from system_apis.canonical.party import LegalEntity

NAME = "time-and-expense"
ENTRY, EXPENSE = "time_entry", "expense_line"


class Questions(Struct, frozen=True):
    """The approvals that stand between a row and what is billed and paid of it."""

    register: Register
    approvals: Approvals
    delegations: Delegations
    directory: Directory
    entities: Mapping[str, LegalEntity]
    terms: Editions[TimeAndExpenseTerms]
    clock: Callable[[], datetime]

    async def approval(self, row_id: str, version: int) -> str:
        """Ask every role that must approve a version of a row, in one request."""
        row, now = await self.register.get(row_id, version), self.clock()
        company = self.entities[row.legal_entity]
        terms = self.terms.on(company.day_of(now)).terms.routing
        hours = terms.time_within if isinstance(row.wish, EntryWish) else terms.expense_within
        asked = approval_id(subject(row), row.id, row.version)
        first, *others = row.roles
        return await self.approvals.ask(
            ApprovalRequest(
                question=subject(row),
                subject_type=subject(row),
                subject_id=row.id,
                subject_version=row.version,
                process=NAME,
                legal_entity=row.legal_entity,
                project_number=row.project_number,
                title=title(row),
                role=first,
                further_roles=tuple(others),
                assignee=await self._assignee(row, company.day_of(now)),
                amount=None if isinstance(row.wish, EntryWish) else row.wish.amount,
                requested_by=row.handed_in_by,
                beneficiary=row.wish.employee,
                requested_at=now,
                due_at=escalation.due_at(now, hours, company),
                if_approved=WorkApproved(
                    row_id=row.id,
                    version=row.version,
                    approval_id=asked,
                    legal_entity=row.legal_entity,
                ),
                if_rejected=WorkRejected(
                    row_id=row.id,
                    version=row.version,
                    approval_id=asked,
                    legal_entity=row.legal_entity,
                ),
            )
        )

    async def withdraw(self, row_id: str, version: int) -> None:
        """Ask no more about the versions before one that needs no answer."""
        row = await self.register.get(row_id, version)
        await self.approvals.withdraw(subject(row), [row.id], before=row.version)

    async def _assignee(self, row: HandedIn, today: date) -> str | None:
        """Return who is asked by name: whoever leads, or a delegate who holds the same role."""
        told = [
            each
            for each in await self.delegations.of(row.assignee)
            if self.directory.holds(each.delegate, row.roles[0], row.legal_entity)
        ]
        concerned = {row.wish.employee, row.handed_in_by}
        return routing.stands_in(row.assignee, concerned, told, today)


def subject(row: HandedIn) -> str:
    """Return what an approval is about."""
    return ENTRY if isinstance(row.wish, EntryWish) else EXPENSE


def title(row: HandedIn) -> str:
    """Return what an approver reads: what was handed in, and everything found about it."""
    wish = row.wish
    what = _hours(wish) if isinstance(wish, EntryWish) else f"{wish.category} of {wish.amount}"
    found = ", ".join(f"{each.code} {each.name}" for each in row.findings)
    told = f" ({found})" if found else ""
    return f"{row.reference}, {what} of {wish.employee} on {wish.day}{told}"


def _hours(wish: EntryWish) -> str:
    return "strike out the hours" if wish.strikes_out else f"{wish.hours} h"
