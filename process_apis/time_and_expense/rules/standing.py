"""What of a row stands: the hours of it that were approved, until another version counts."""

from collections.abc import Iterable

from process_apis.time_and_expense.records import EntryWish, HandedIn, RowStatus


def standing(versions: Iterable[HandedIn]) -> HandedIn | None:
    """Return the approved hours that count, of a row's versions with the newest first."""
    for each in versions:
        if each.status is RowStatus.APPROVED and isinstance(each.wish, EntryWish):
            return None if each.wish.strikes_out else each
    return None
