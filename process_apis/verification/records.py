"""The nouns of verification: what holds, what was looked at, and what broke."""

from datetime import date, datetime

from msgspec import Struct

from system_apis.canonical.money import Money


class Span(Struct, frozen=True):
    """The days that are looked at, both included; without one, from or to whenever."""

    start: date | None = None
    end: date | None = None

    def has(self, day: date | datetime | None) -> bool:
        """Whether something of a day is looked at; what has no day always is."""
        if day is None:
            return True
        at = day.date() if isinstance(day, datetime) else day
        after = self.start is None or self.start <= at
        return after and (self.end is None or at <= self.end)


class Count(Struct, frozen=True):
    """How many of what were looked at."""

    what: str
    count: int


class Break(Struct, frozen=True, kw_only=True):
    """One place where something does not hold: which record, why, how much, where to look next."""

    subject: str
    reason: str
    look_at: str
    legal_entity: str | None = None
    amount: Money | None = None


class Looked(Struct, frozen=True):
    """What one look saw."""

    counts: tuple[Count, ...]
    breaks: tuple[Break, ...]


class InvariantView(Struct, frozen=True):
    """Something that always holds: its id, its name and what it says."""

    id: str
    name: str
    words: str


class Verdict(Struct, frozen=True, kw_only=True):
    """Whether something that always holds does, and how much was looked at to say so."""

    invariant: InvariantView
    holds: bool
    looked_at: tuple[Count, ...]
    breaks: tuple[Break, ...]


class VerificationReport(Struct, frozen=True, kw_only=True):
    """What was found, as of a moment; `whole` says whether it is of all the firm's companies.

    What names no company (an effect, a kept answer, an audit entry) is looked at only for who
    sees all of them.
    """

    as_of: datetime
    legal_entities: tuple[str, ...]
    whole: bool
    holds: bool
    verdicts: tuple[Verdict, ...]
