"""What can go wrong with a caller's wish, as every process API says it."""

from collections.abc import Sequence

from msgspec import Struct

from system_apis.canonical.money import Money
from system_apis.errors import Refused


class NoSuchRecord(LookupError):
    """There is no such record that the caller may see."""


class Conflict(Exception):
    """The record is not in the state, or not in the version, that the wish supposes."""


class WrongPart(Struct, frozen=True, kw_only=True):
    """One thing that is wrong with a wish: where it stands, what it is, and what to do about it."""

    pointer: str
    detail: str
    remedy: str


class NothingTaken(Exception):
    """A wish of many parts has wrong ones, so that none of it was taken."""

    def __init__(self, parts: Sequence[WrongPart]) -> None:
        super().__init__("nothing was taken: correct what is wrong, and send the whole again")
        self.parts = tuple(parts)


class NeedsPerson(Refused):
    """A step of ours stops at a person, who is told what is at stake and where to look."""

    def __init__(
        self,
        reason: str,
        *,
        code: str,
        amount: Money | None = None,
        evidence: Sequence[str] = (),
    ) -> None:
        super().__init__("strata", reason, code=code)
        self.amount, self.evidence = amount, tuple(evidence)
