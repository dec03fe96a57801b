"""The sandbox PSA's hours and expenses by person, and those that are handed in and decided."""

from collections.abc import Awaitable, Callable
from datetime import date

from system_apis.canonical.time import (
    EntryDraft,
    ExpenseDraft,
    ExpenseLine,
    TimeEntry,
    Timesheet,
)
from system_apis.connector import References
from system_apis.psa import sandbox_hours as hours
from system_apis.psa import sandbox_wishes as wishes
from system_apis.psa.sandbox_wire import Wire

_ENTRIES, _EXPENSES, _WEEKS = "/time_entries", "/expenses", "/timesheet_submissions"
Saying = Callable[[hours.TimeEntries], Awaitable[list[TimeEntry]]]


class HandedIn:
    """What people hand in to one PSA; `entries` says a page of hours in our words."""

    def __init__(self, wire: Wire, references: References, instance: str, entries: Saying) -> None:
        self._wire, self._references, self._instance = wire, references, instance
        self._entries = entries

    async def entries_of(self, employee: str, start: date, end: date) -> list[TimeEntry]:
        """Return a person's time entries."""
        asked = _of_person(employee, start, end)
        pages = await self._wire.all("entries_of", _ENTRIES, asked, hours.TimeEntries)
        return [each for page in pages for each in await self._entries(page)]

    async def expenses_of(self, employee: str, start: date, end: date) -> list[ExpenseLine]:
        """Return a person's expenses."""
        asked = _of_person(employee, start, end)
        pages = await self._wire.all("expenses_of", _EXPENSES, asked, hours.Expenses)
        return [each for page in pages for each in await self._lines(page)]

    async def expenses_with(self, receipt_hash: str) -> list[ExpenseLine]:
        """Return the expenses of a receipt."""
        asked = {"receipt_digest": receipt_hash}
        pages = await self._wire.all("expenses_with", _EXPENSES, asked, hours.Expenses)
        return [each for page in pages for each in await self._lines(page)]

    async def enter_time(self, draft: EntryDraft) -> TimeEntry:
        """Enter hours; the reference is unique, so that they are entered once."""
        wish = wishes.NewEntry.of(draft)
        made = await self._wire.create("enter_time", _ENTRIES, wish, hours.TimeEntries)
        [entry] = await self._entries(made)
        return entry

    async def enter_expense(self, draft: ExpenseDraft) -> ExpenseLine:
        """Enter an expense; the reference is unique, so that it is entered once."""
        wish = wishes.NewExpense.of(draft)
        made = await self._wire.create("enter_expense", _EXPENSES, wish, hours.Expenses)
        [line] = await self._lines(made)
        return line

    async def decide_time(self, entry_id: str, *, approved: bool) -> TimeEntry:
        """Approve an entry, or reject it."""
        record_id = await self._references.record_of("time_entry", entry_id)
        made = await self._wire.put(
            "decide_time", _ENTRIES, record_id, "approval", _decided(approved), hours.TimeEntries
        )
        [entry] = await self._entries(made)
        return entry

    async def decide_expense(self, expense_id: str, *, approved: bool) -> ExpenseLine:
        """Approve an expense, or reject it."""
        record_id = await self._references.record_of("expense_line", expense_id)
        made = await self._wire.put(
            "decide_expense", _EXPENSES, record_id, "approval", _decided(approved), hours.Expenses
        )
        [line] = await self._lines(made)
        return line

    async def submit_week(self, employee: str, week_start: date) -> Timesheet:
        """Submit a person's week; there is one of it, so that it is submitted once."""
        wish = wishes.NewSubmission(employee, week_start)
        made = await self._wire.create("submit_week", _WEEKS, wish, hours.Submissions)
        [own] = await self._references.ids_of("timesheet", made.ids)
        return made.timesheet_submissions[made.ids[0]].canonical(own)

    async def _lines(self, page: hours.Expenses) -> list[ExpenseLine]:
        ids = await self._references.ids_of("expense_line", page.ids)
        return [
            page.expenses[record].canonical(known, self._instance)
            for record, known in zip(page.ids, ids, strict=True)
        ]


def _of_person(employee: str, start: date, end: date) -> dict[str, str]:
    return {"user_number": employee, "from": start.isoformat(), "to": end.isoformat()}


def _decided(approved: bool) -> wishes.NewApproval:
    return wishes.NewApproval("approved" if approved else "rejected")
