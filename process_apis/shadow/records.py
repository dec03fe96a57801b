"""The nouns of shadowing: what we would have done, what people did, and where they differ."""

from datetime import date
from enum import StrEnum

from msgspec import Struct

from system_apis.canonical.money import Money


class Shadowed(StrEnum):
    """The processes that can be run beside people."""

    PROJECT_TO_CASH = "project-to-cash"
    OPPORTUNITY_TO_PROJECT = "opportunity-to-project"


class Difference(Struct, frozen=True, kw_only=True):
    """One thing that people did otherwise; `amount` is what they have more, where it is money."""

    field: str
    ours: str | None
    theirs: str | None
    amount: Money | None = None
    reason: str


class Verdict(StrEnum):
    """How what we would have done compares with what was done."""

    SAME = "same"
    DIFFERS = "differs"
    ONLY_OURS = "only_ours"
    ONLY_THEIRS = "only_theirs"


class Case(Struct, frozen=True, kw_only=True):
    """One invoice or project, as we would have made it and as people made it.

    `waits_for` are the codes of what a person would have been asked to put right first.
    """

    subject: str
    project_number: str | None
    legal_entity: str
    verdict: Verdict
    ours: Money | None = None
    theirs: Money | None = None
    documents: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = ()
    waits_for: tuple[str, ...] = ()


class ShadowReport(Struct, frozen=True, kw_only=True):
    """A process run beside people over a period; nothing was written for it."""

    process: Shadowed
    start: date
    end: date
    cases: tuple[Case, ...]
    agreeing: int
    differing: int

    @classmethod
    def of(cls, process: Shadowed, start: date, end: date, cases: list[Case]) -> "ShadowReport":
        """Return a report with its cases counted."""
        agreeing = sum(each.verdict is Verdict.SAME for each in cases)
        return cls(
            process=process,
            start=start,
            end=end,
            cases=tuple(cases),
            agreeing=agreeing,
            differing=len(cases) - agreeing,
        )
