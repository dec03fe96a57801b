"""Which recorded work counts: corrected entries do not, their corrections do. Pure decisions."""

from collections.abc import Iterable

from system_apis.canonical.time import EntryStatus, TimeEntry

# What is billed, and what is waited for no more.
COUNTED = {EntryStatus.APPROVED, EntryStatus.LOCKED}
DECIDED = {*COUNTED, EntryStatus.REJECTED}


def reversed_ids(entries: Iterable[TimeEntry]) -> frozenset[str]:
    """Return the ids of the entries that a correction took back."""
    return frozenset(each.adjusts for each in entries if each.adjusts and each.hours < 0)


def standing(entries: Iterable[TimeEntry]) -> list[TimeEntry]:
    """Return the entries that count: neither reversed nor a reversal."""
    known = list(entries)
    gone = reversed_ids(known)
    return [each for each in known if each.hours > 0 and each.id not in gone]
