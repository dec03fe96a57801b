"""What every business fact has: the company it happened to, and its business key.

The same key starts the same work only once, however often and in whatever order the fact is
told.
"""

from typing import ClassVar

from msgspec import Struct, structs


class BusinessEvent(Struct, frozen=True, kw_only=True):
    """Something that happened; `legal_entity` is the company it happened to, once known."""

    KEY: ClassVar[str]

    legal_entity: str | None = None

    @property
    def business_key(self) -> str:
        """What is done at most once: the event's `KEY` with its own facts filled in."""
        return self.KEY.format_map(structs.asdict(self))
