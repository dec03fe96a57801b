"""Which of our own records a caller sees: those of their companies, and of their units' projects.

A record whose lines name projects, as an order's do, is hidden with any of them. One that names
no project (a receipt) is shown by its company alone.
"""

from collections.abc import Iterable
from typing import TypeVar

from msgspec import Struct

from governance.access import Caller

R = TypeVar("R")


class Sight(Struct, frozen=True):
    """A caller, and the projects of business units that they do not see."""

    caller: Caller
    hidden: frozenset[str]

    def sees(self, record: object) -> bool:
        """Whether a record, or one whose draft it carries, may be shown to the caller."""
        said = getattr(record, "draft", record)
        entity = getattr(said, "legal_entity", "")
        parts = (said, *getattr(said, "lines", ()))
        projects = {getattr(each, "project_number", None) for each in parts}
        return self.caller.sees(entity) and not projects & self.hidden

    def of(self, records: Iterable[R]) -> list[R]:
        """Return those of some records that may be shown to the caller."""
        return [each for each in records if self.sees(each)]
