"""From hours and expenses that people hand in to approved work, as the domain handbook's 3(c).

What is blocked never comes here. Each segment ends at a question to a person; no process waits
for days.
"""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from process_apis.engine import Process, step, wait_for
from process_apis.events.time_and_expense import (
    PayRunAsked,
    WeekHandedIn,
    WorkApproved,
    WorkHandedIn,
    WorkRejected,
)
from process_apis.time_and_expense.paying import Paying
from process_apis.time_and_expense.questions import NAME, Questions
from process_apis.time_and_expense.records import WAITING, RowStatus
from process_apis.time_and_expense.writing import Writing

# Plans a bill of what a version of a row adds to a period that is billed already.
PlanBill = Callable[[str, int], Awaitable[str | None]]


class TimeAndExpense(Struct, frozen=True):
    """The process with what it needs at hand."""

    writing: Writing
    questions: Questions
    paying: Paying
    plan_bill: PlanBill

    async def hand_in(self, event: WorkHandedIn) -> None:
        """Enter what was handed in in the PSA, and ask whoever must agree."""
        row = await step(self.writing.enter, event.row_id, event.version)
        if row.status in WAITING:
            await wait_for(self.questions.approval, row.id, row.version)
        elif row.status is RowStatus.STRUCK_OUT:
            await step(self.questions.withdraw, row.id, row.version)

    async def hand_in_week(self, event: WeekHandedIn) -> None:
        """Say in the PSA that a person's week is in."""
        await step(
            self.writing.submit_week, event.legal_entity or "", event.employee, event.week_start
        )

    async def approve(self, event: WorkApproved) -> None:
        """Say in the PSA that it is approved, so that it is billed and paid, however late."""
        await step(self.writing.approve, event.row_id, event.version, event.approval_id)
        await step(self.plan_bill, event.row_id, event.version)

    async def reject(self, event: WorkRejected) -> None:
        """Say in the PSA that it is rejected; the person may hand in another version."""
        await step(self.writing.reject, event.row_id, event.version, event.approval_id)

    async def pay(self, event: PayRunAsked) -> None:
        """Tell payroll, and whoever pays contractors, the hours that they were not told yet."""
        run = await step(self.paying.claim, event.legal_entity or "", event.period, event.run)
        if run.lines:
            await step(self.paying.tell_payroll, run)
        if run.contractors:
            await step(self.paying.tell_procurement, run)
        await step(self.paying.note, run)


def processes(process: TimeAndExpense) -> list[Process]:
    """Return what of this value stream happens on which event."""
    writing = frozenset({"system:psa:read", "system:psa:write"})
    approving = writing | {"system:psa:correct_time"}
    paying = frozenset(
        {"system:psa:read", "system:hr:read", "system:hr:write", "system:procurement:write"}
    )
    return [
        Process(name=NAME, on=WorkHandedIn, run=process.hand_in, scopes=approving),
        Process(name=f"{NAME}.week", on=WeekHandedIn, run=process.hand_in_week, scopes=writing),
        Process(name=f"{NAME}.approve", on=WorkApproved, run=process.approve, scopes=approving),
        Process(name=f"{NAME}.reject", on=WorkRejected, run=process.reject, scopes=writing),
        Process(name=f"{NAME}.pay", on=PayRunAsked, run=process.pay, scopes=paying),
    ]
