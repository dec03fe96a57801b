"""What the PSA refuses when an expense is entered, so that it never reaches its books."""

from collections.abc import Iterable

from system_apis.sandbox.firm import Expense


def accepted(expenses: Iterable[Expense]) -> list[Expense]:
    """Return the expenses that pass; one that a person will judge is let in for that."""
    kept: list[Expense] = []
    rows = sorted(expenses, key=lambda row: row.date)
    trips = [row for row in rows if row.category == "per_diem" and row.trip is not None]
    for row in rows:
        if row.rejected_at is not None or not (_repeats(row, kept) or _covered(row, trips)):
            kept.append(row)
    return kept


def _repeats(row: Expense, earlier: list[Expense]) -> bool:
    """Whether it has the receipt, or all the facts, of one that was entered before."""
    return any(
        (row.receipt is not None and row.receipt == one.receipt) or _facts(row) == _facts(one)
        for one in earlier
    )


def _facts(row: Expense) -> tuple[object, ...]:
    return (row.employee, row.date, row.merchant, row.amount, row.currency)


def _covered(row: Expense, trips: list[Expense]) -> bool:
    """Whether it is a meal of a day that a per diem has paid already."""
    return row.category == "meal" and any(
        one.employee == row.employee
        and one.trip is not None
        and one.trip.start <= row.date <= one.trip.end
        for one in trips
    )
