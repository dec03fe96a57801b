"""What is handed in comes into the PSA, which is the system of record, and so does its end."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import replace

from process_apis.approvals.decisions import Approvals
from process_apis.time_and_expense.records import (
    WAITING,
    EntryWish,
    ExpenseWish,
    HandedIn,
    RowStatus,
)
from process_apis.time_and_expense.register import Register
from process_apis.time_and_expense.rules.standing import standing
from system_apis.canonical.time import EntryDraft, EntryStatus, ExpenseDraft, TimeCorrection
from system_apis.errors import Refused
from system_apis.psa.interface import Psa
from system_apis.systems import Systems


class Writing(Struct, frozen=True):
    """The steps that write rows to the PSA and note what became of them."""

    systems: Systems
    register: Register
    approvals: Approvals
    clock: Callable[[], datetime]

    async def enter(self, row_id: str, version: int) -> HandedIn:
        """Enter a version in the PSA, where it waits for its approval.

        Whoever handed it in may have taken its place by another one in the meantime.
        """
        row = await self.register.get(row_id, version)
        if row.status is RowStatus.REJECTED and row.record_id is None:
            return row
        await self._take_back(await self.register.before(row.id, row.version))
        if isinstance(row.wish, EntryWish) and row.wish.strikes_out:
            return row
        psa, key = await self._psa(row), f"handed-in:{row.id}:v{row.version}"
        if isinstance(row.wish, EntryWish):
            written = await psa.enter_time(_entry(row, row.wish), key=key)
            record, status = written.id, written.status
        else:
            line = await psa.enter_expense(_expense(row, row.wish), key=key)
            record, status = line.id, line.status
        noted = replace(row, record_id=record)
        if status is EntryStatus.REJECTED:
            noted = replace(noted, status=RowStatus.REJECTED, comment="rejected in the PSA")
        there = await self.register.moved(noted, reason=f"{row.reference} is in the PSA")
        if there.status is RowStatus.REJECTED and status is not EntryStatus.REJECTED:
            await self._take_back([noted])
        return there

    async def approve(self, row_id: str, version: int, approval_id: str) -> HandedIn:
        """Write an approval to the PSA, and down."""
        return await self._decide(row_id, version, approval_id, approved=True)

    async def reject(self, row_id: str, version: int, approval_id: str) -> HandedIn:
        """Write a rejection to the PSA, and down with its reason."""
        return await self._decide(row_id, version, approval_id, approved=False)

    async def _decide(
        self, row_id: str, version: int, approval_id: str, *, approved: bool
    ) -> HandedIn:
        row = await self.register.get(row_id, version)
        if row.status not in WAITING:
            return row
        if approved:
            await self._strike_out(await self.register.before(row.id, row.version), by=row)
        if row.record_id is not None:
            await self._tell(row, row.record_id, approved=approved)
        asked = await self.approvals.find(approval_id)
        decided = replace(
            row,
            status=RowStatus.APPROVED if approved else RowStatus.REJECTED,
            decided_by=asked.decided_by if asked else None,
            decided_at=asked.decided_at if asked else self.clock(),
            comment=asked.comment if asked else None,
        )
        return await self.register.moved(decided, reason=decided.comment or approval_id)

    async def _tell(self, row: HandedIn, record: str, *, approved: bool) -> None:
        psa, key = await self._psa(row), f"decided:{row.id}:v{row.version}"
        if isinstance(row.wish, EntryWish):
            await psa.decide_time(record, approved=approved, key=key)
        else:
            await psa.decide_expense(record, approved=approved, key=key)

    async def submit_week(self, legal_entity: str, employee: str, week_start: date) -> None:
        """Say in the PSA that a person handed a week in."""
        psa = self.systems.psa(legal_entity, on=week_start)
        key = f"week:{employee}:{week_start}"
        await psa.submit_week(employee_number=employee, week_start=week_start, key=key)

    async def _take_back(self, versions: Sequence[HandedIn]) -> None:
        """Reject in the PSA what another version took the place of before it was decided."""
        for each in versions:
            if each.status is RowStatus.APPROVED or each.record_id is None:
                continue
            if isinstance(each.wish, EntryWish):
                await self._reject_or_reverse(each, each.record_id)

    async def _reject_or_reverse(self, row: HandedIn, record: str) -> None:
        psa, key = await self._psa(row), f"taken-back:{row.id}:v{row.version}"
        try:
            await psa.decide_time(record, approved=False, key=key)
        except Refused as told:
            # Its approval came to the PSA in the same moment, and is void.
            if told.code != "DECIDED":
                raise
            await self._reverse(row, "taken back before it was approved")

    async def _strike_out(self, versions: Sequence[HandedIn], *, by: HandedIn) -> None:
        """Reverse the approved hours that others, or none, take the place of from now on."""
        stood = standing(versions)
        if stood is not None:
            await self._reverse(stood, f"{by.reference} takes its place")

    async def _reverse(self, row: HandedIn, reason: str) -> None:
        """Enter as many hours below nothing, as an approved entry is never changed."""
        psa, key = await self._psa(row), f"struck:{row.id}:v{row.version}"
        struck = TimeCorrection(entry_number=row.reference, hours=Decimal(0), reason=reason)
        await psa.correct_time(project_number=row.project_number, correction=struck, key=key)

    async def _psa(self, row: HandedIn) -> Psa:
        """Return the PSA that has the row's project, else the one of the person's company."""
        for psa in self.systems.psas.values():
            if (await psa.projects(number=row.project_number)).items:
                return psa
        return self.systems.psa(row.legal_entity, on=row.wish.day)


def _entry(row: HandedIn, wish: EntryWish) -> EntryDraft:
    return EntryDraft(
        number=row.reference,
        employee=wish.employee,
        role=row.role,
        project_number=wish.project_number,
        work_date=wish.work_date,
        hours=wish.hours,
        billable=wish.billable,
        held=row.status is RowStatus.HELD,
        task=wish.task,
        notes=wish.notes,
    )


def _expense(row: HandedIn, wish: ExpenseWish) -> ExpenseDraft:
    return ExpenseDraft(
        number=row.reference,
        employee=wish.employee,
        project_number=wish.project_number,
        date=wish.date,
        category=wish.category,
        merchant=wish.merchant,
        amount=wish.amount,
        billable=wish.billable,
        held=row.status is RowStatus.HELD,
        receipt_hash=wish.receipt_hash,
        trip=wish.trip,
    )
