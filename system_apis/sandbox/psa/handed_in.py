"""Hours and expenses that are handed in: entered under a unique reference, and decided once."""

from datetime import date
from decimal import Decimal
from typing import TypeVar

from msgspec import Struct, structs

from system_apis.sandbox.books import Books, Kept, Shelf
from system_apis.sandbox.exchange import Answer, Call, Refusal, Route
from system_apis.sandbox.psa.listing import Meta, listing
from system_apis.sandbox.psa.records import Expense, TimeEntry

_DAY = 24 * 60
_WAITING = {"submitted", "held"}
_R = TypeVar("_R", TimeEntry, Expense)
_Day = date


class NewEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an entry is made from."""

    user_number: str
    role_name: str
    workspace_number: str
    date_performed: date
    time_in_minutes: Decimal
    billable: bool
    approval: str
    reference: str
    story: str | None = None
    notes: str | None = None


class NewExpense(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an expense is made from."""

    user_number: str
    workspace_number: str
    date: date
    category: str
    vendor: str | None
    amount_in_cents: int
    currency: str
    currency_base_unit: int
    billable: bool
    approval: str
    receipt_digest: str | None
    reference: str
    trip_from: _Day | None = None
    trip_to: _Day | None = None


class NewApproval(Struct, frozen=True, forbid_unknown_fields=True):
    """What was decided."""

    approval: str


class HandedIn:
    """What people hand in to one PSA."""

    def __init__(self, books: Books, hours: Shelf[TimeEntry], expenses: Shelf[Expense]) -> None:
        self._books, self._hours, self._expenses = books, hours, expenses

    def routes(self) -> list[Route]:
        """Return the addresses of what is handed in."""
        hours, expenses = "/api/v1/time_entries", "/api/v1/expenses"
        return [
            Route("enter_time", "POST", hours, self._enter_time),
            Route("decide_time", "PUT", f"{hours}/{{id}}/approval", self._decide_time),
            Route("enter_expense", "POST", expenses, self._enter_expense),
            Route("decide_expense", "PUT", f"{expenses}/{{id}}/approval", self._decide_expense),
        ]

    def _enter_time(self, call: Call) -> Answer:
        wish = call.read(NewEntry)
        _check(wish.approval, lasts=wish.time_in_minutes)
        there = self._hours.find({"reference": wish.reference})
        if there:
            _check_same(wish.reference, _hours_of(wish), _hours_of(there[0].record))
            return _answer("time_entries", there[0])
        number = str(self._books.next("time_entry_entered", start=500_001))
        made = TimeEntry(id=number, **structs.asdict(wish))
        return _answer("time_entries", self._hours.put(number, made, call.now), status=201)

    def _enter_expense(self, call: Call) -> Answer:
        wish = call.read(NewExpense)
        _check(wish.approval)
        there = self._expenses.find({"reference": wish.reference})
        if there:
            _check_same(wish.reference, _spent_of(wish), _spent_of(there[0].record))
            return _answer("expenses", there[0])
        number = str(self._books.next("expense_entered", start=600_001))
        made = Expense(id=number, **structs.asdict(wish))
        return _answer("expenses", self._expenses.put(number, made, call.now), status=201)

    def _decide_time(self, call: Call) -> Answer:
        return _answer("time_entries", _decided(self._hours, call))

    def _decide_expense(self, call: Call) -> Answer:
        return _answer("expenses", _decided(self._expenses, call))


def _decided(shelf: Shelf[_R], call: Call) -> Kept[_R]:
    kept, wanted = shelf.get(call.path["id"]), call.read(NewApproval).approval
    if kept is None:
        raise Refusal(404, "not_found", "no such record")
    if wanted not in {"approved", "rejected"}:
        raise Refusal(422, "invalid", f"nothing is decided to be {wanted}")
    if kept.record.approval == wanted:
        return kept
    if kept.record.approval not in _WAITING:
        raise Refusal(409, "decided", f"it is {kept.record.approval} already")
    decided = structs.replace(kept.record, approval=wanted)
    return shelf.put(decided.id, decided, call.now)


def _check(approval: str, lasts: Decimal = Decimal(1)) -> None:
    if approval not in _WAITING:
        raise Refusal(422, "invalid", f"nothing is handed in {approval}")
    if not 0 < lasts <= _DAY:
        raise Refusal(422, "invalid", "a day has 24 hours")


def _check_same(reference: str, wish: tuple[object, ...], there: tuple[object, ...]) -> None:
    """Refuse a reference that stands for something else."""
    if wish != there:
        raise Refusal(422, "taken", f"{reference} is another record's")


def _hours_of(row: NewEntry | TimeEntry) -> tuple[object, ...]:
    when = (row.user_number, row.workspace_number, row.date_performed)
    return (*when, row.time_in_minutes, row.billable)


def _spent_of(row: NewExpense | Expense) -> tuple[object, ...]:
    what = (row.user_number, row.workspace_number, row.date, row.category)
    return (*what, row.amount_in_cents, row.currency)


def _answer(key: str, kept: Kept[_R], *, status: int = 200) -> Answer:
    shown = structs.replace(kept.record, lock_version=kept.version, updated_at=kept.updated_at)
    return Answer(body=listing(key, [shown], Meta(1, 1, 1)), status=status, record=shown.id)
