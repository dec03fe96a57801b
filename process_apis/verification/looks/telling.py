"""How a look tells what it saw."""

from collections.abc import Iterable, Sized

from process_apis.verification.records import Break, Count, Looked


def looked(breaks: Iterable[Break], **what: Sized) -> Looked:
    """Return what broke, and how many of each kind were looked at; `_` in a name is a blank."""
    counts = tuple(Count(name.replace("_", " "), len(some)) for name, some in what.items())
    return Looked(counts, tuple(breaks))
