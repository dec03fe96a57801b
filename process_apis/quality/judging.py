"""A rule and the predicate that decides it, and what all rules say of some facts. Pure."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from governance.quality.rules import Action, Kind, QualityRule, Verdict

Predicate = Callable[[Any], str | None]  # each kind of record has facts of its own


class Step(Struct, frozen=True):
    """The step that a rule guards, and how it acts there if otherwise than elsewhere."""

    name: str | None = None
    action: Action | None = None


ANYWHERE = Step()


class Bound(Struct, frozen=True):
    """A rule, what decides it, and the type of the facts that it is decided by."""

    rule: QualityRule
    judge: Predicate
    facts: type


def bound(
    kind: Kind,
    action: Action,
    number: str,
    owner: str,
    judge: Predicate,
    title: str,
    remedy: str,
    at: Step = ANYWHERE,
) -> Bound:
    """Return a rule of the handbook, bound to its predicate."""
    rule = QualityRule(
        id=f"DQ-{number}",
        title=title,
        kind=kind,
        owner=owner,
        action=action,
        remedy=remedy,
        step=at.name,
        action_at_step=at.action,
    )
    return Bound(rule, judge, judge.__annotations__["facts"])


def verdicts(rules: Sequence[Bound], facts: Struct) -> tuple[Verdict, ...]:
    """Return what every rule that is decided by such facts says of these."""
    return tuple(
        Verdict(each.rule, each.judge(facts)) for each in rules if each.facts is type(facts)
    )
